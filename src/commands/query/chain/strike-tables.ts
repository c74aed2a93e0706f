import type { Strike } from '../../../analytics/chain.ts'
import type { SecondOrderColumns } from '../../../analytics/second-order-rows.ts'
import type { SnapshotRow } from '../../../snapshot/row.ts'
import { count, fixed, percent } from '../../terminal/format.ts'
import { formatTable, type PrintedColumn } from '../../terminal/table.ts'

/** Quotes, open interest, volume, volatility and delta by strike, calls on the left and puts on the right. */
export function strikeTable(strikes: readonly Strike<SnapshotRow>[]): string {
  const call = (pair: Strike<SnapshotRow>) => pair.call
  const put = (pair: Strike<SnapshotRow>) => pair.put
  return formatTable(strikes, [
    {
      title: 'call OI',
      leaveOut: 2,
      name: 'open interest',
      align: 'right',
      value: (line) => count(call(line)?.open_interest ?? null),
    },
    { title: 'volume', leaveOut: 1, align: 'right', value: (line) => count(call(line)?.volume ?? null) },
    { title: 'delta', leaveOut: 3, align: 'right', value: (line) => fixed(call(line)?.delta, 3) },
    { title: 'iv %', align: 'right', value: (line) => percent(call(line)?.iv, 1) },
    { title: 'bid', align: 'right', value: (line) => fixed(call(line)?.bid, 2) },
    { title: 'ask', align: 'right', value: (line) => fixed(call(line)?.ask, 2) },
    { title: 'strike', align: 'right', value: ({ strike }) => String(strike) },
    { title: 'bid', align: 'right', value: (line) => fixed(put(line)?.bid, 2) },
    { title: 'ask', align: 'right', value: (line) => fixed(put(line)?.ask, 2) },
    { title: 'iv %', align: 'right', value: (line) => percent(put(line)?.iv, 1) },
    { title: 'delta', leaveOut: 3, align: 'right', value: (line) => fixed(put(line)?.delta, 3) },
    { title: 'volume', leaveOut: 1, align: 'right', value: (line) => count(put(line)?.volume ?? null) },
    {
      title: 'put OI',
      leaveOut: 2,
      name: 'open interest',
      align: 'right',
      value: (line) => count(put(line)?.open_interest ?? null),
    },
  ])
}

type SidesOfStrike = { readonly [Side in 'call' | 'put']: SecondOrderColumns | null } & {
  readonly strike: number
}

/** The order in which narrow terminals leave greeks out. */
const LEFT_OUT = { rho: 3, vanna: null, volga: 2, charm: 1 } as const

/** Rho, vanna, volga and charm by strike, calls on the left and puts on the right. */
export function secondOrderTable(
  strikes: readonly Strike<SnapshotRow>[],
  secondOrderOf: (row: SnapshotRow) => SecondOrderColumns,
): string {
  const lines = strikes.map(({ strike, call, put }) => ({
    strike,
    call: call && secondOrderOf(call),
    put: put && secondOrderOf(put),
  }))
  const names = ['rho', 'vanna', 'volga', 'charm'] as const
  const columnsOf = (side: 'call' | 'put'): PrintedColumn<SidesOfStrike>[] =>
    names.map((name) => ({
      title: `${side} ${name}`,
      name,
      ...(LEFT_OUT[name] !== null && { leaveOut: LEFT_OUT[name] }),
      align: 'right',
      value: (line) => fixed(line[side]?.[name], 5),
    }))
  const strike: PrintedColumn<SidesOfStrike> = {
    title: 'strike',
    align: 'right',
    value: (line) => String(line.strike),
  }
  return formatTable(lines, [...columnsOf('call'), strike, ...columnsOf('put')])
}
