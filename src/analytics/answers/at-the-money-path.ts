import { flagNames } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { freshMidOf, isStale, rowVol, spotOf } from '../chain.ts'

/** The columns of the options at the money that a path is made from. */
export const PATH_COLUMNS = [
  'timestamp',
  'expiry',
  'strike',
  'right',
  'bid',
  'ask',
  'iv',
  'underlying_price',
  'greeks_source',
  'data_type',
  'flags',
  'trading_class',
] as const

export type PathRow = Pick<SnapshotRow, (typeof PATH_COLUMNS)[number]>

/** The options at the money of one expiration over the slots of a day, column by column. */
export interface AtTheMoneyPath {
  readonly slots: readonly string[]
  /** $: the median over both options; null where neither row has it. */
  readonly underlying: readonly (number | null)[]
  /** The listed strike nearest to the underlying; of two equally near ones the lower. */
  readonly strike: readonly number[]
  /** Mean of the volatilities of call and put, a fraction a year; of one alone where the other has none. */
  readonly iv: readonly (number | null)[]
  /** Middle of bid and ask of the call and of the put together, $; null without four prices that are not stale. */
  readonly straddle: readonly (number | null)[]
  readonly call_bid: readonly (number | null)[]
  readonly call_ask: readonly (number | null)[]
  readonly put_bid: readonly (number | null)[]
  readonly put_ask: readonly (number | null)[]
  /** Whose volatilities they are: ib_model or own; null where there is none, `mixed` where call and put differ. */
  readonly greeks_source: readonly (string | null)[]
  /** live, delayed, frozen …; null where the rows do not say. */
  readonly data_type: readonly (string | null)[]
  /** Names of the quality flags of either option. */
  readonly flags: readonly (readonly string[])[]
}

/**
 * The path of an expiration at the money: from each slot the call and put of the strike nearest to the underlying. Pure.
 * @param rows of one expiration and trading class, as `atmOptions` gives them for a date.
 */
export function atTheMoneyPath(rows: readonly PathRow[]): AtTheMoneyPath {
  const slots = new Map<number, PathRow[]>()
  for (const row of rows) {
    const own = slots.get(row.timestamp)
    if (own) own.push(row)
    else slots.set(row.timestamp, [row])
  }
  const points = [...slots]
    .sort(([a], [b]) => a - b)
    .flatMap(([slot, own]) => {
      const point = pointOf(own)
      return point ? [{ slot, ...point }] : []
    })
  const column = <Name extends keyof Point>(name: Name) => points.map((point) => point[name])
  return {
    slots: points.map(({ slot }) => new Date(slot).toISOString()),
    underlying: column('underlying'),
    strike: column('strike'),
    iv: column('iv'),
    straddle: column('straddle'),
    call_bid: column('call_bid'),
    call_ask: column('call_ask'),
    put_bid: column('put_bid'),
    put_ask: column('put_ask'),
    greeks_source: column('greeks_source'),
    data_type: column('data_type'),
    flags: column('flags'),
  }
}

type Point = { readonly [Name in keyof Omit<AtTheMoneyPath, 'slots'>]: AtTheMoneyPath[Name][number] }

/** Of two strikes equally far from the price the lower one, unless only the other has both options. */
function pointOf(rows: readonly PathRow[]): Point | null {
  const strikes = [...new Set(rows.map(({ strike }) => strike))].sort((a, b) => a - b)
  const pairs = strikes.map((strike) => ({
    strike,
    call: rows.find((row) => row.strike === strike && row.right === 'C') ?? null,
    put: rows.find((row) => row.strike === strike && row.right === 'P') ?? null,
  }))
  const pair = pairs.find(({ call, put }) => call && put) ?? pairs[0]
  if (!pair) return null
  const { strike, call, put } = pair
  const both = [call, put].filter((row) => row !== null)
  const [callMid, putMid] = [freshMidOf(call), freshMidOf(put)]
  const vols = both.flatMap((row) => (isStale(row) ? [] : (rowVol(row) ?? [])))
  const sources = [...new Set(both.flatMap((row) => (row.iv === null ? [] : (row.greeks_source ?? []))))]
  return {
    strike,
    underlying: spotOf(both),
    iv: vols.length === 0 ? null : vols.reduce((sum, vol) => sum + vol, 0) / vols.length,
    straddle: callMid === null || putMid === null ? null : callMid + putMid,
    call_bid: call?.bid ?? null,
    call_ask: call?.ask ?? null,
    put_bid: put?.bid ?? null,
    put_ask: put?.ask ?? null,
    greeks_source: sources.length > 1 ? 'mixed' : (sources[0] ?? null),
    data_type: both[0]?.data_type ?? null,
    flags: [...new Set(both.flatMap((row) => flagNames(row.flags)))],
  }
}
