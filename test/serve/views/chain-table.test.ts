import { expect, test } from 'vitest'
import { expiryDate } from '../../../src/market/units.ts'
import { chainTable } from '../../../src/serve/views/chain-table.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { chainRow } from '../../support/served-sources.ts'

function row(changes: Partial<SnapshotRow>): SnapshotRow {
  return { ...chainRow(), ...changes }
}

const chain = [
  row({ strike: 650, right: 'C', bid: 14 }),
  row({ strike: 660, right: 'C', bid: 11.2 }),
  row({ strike: 660, right: 'P', bid: 9.8, flags: QUALITY_FLAGS.wide }),
  row({ strike: 665, right: 'P', bid: null, quoted_at: null }),
  row({ expiry: '20261120', strike: 661, right: 'C' }),
]

test('calls and puts of the chosen expiration stand beside each other by strike', () => {
  const table = chainTable('SPY', chain, { expiry: expiryDate('20261218') })
  expect(table).toMatchObject({ slot: '2026-11-18T15:00:00.000Z', date: '2026-11-18', reason: null })
  expect(table.strike).toEqual([650, 660, 665])
  expect(table.calls.bid).toEqual([14, 11.2, null])
  expect(table.puts.bid).toEqual([null, 9.8, null])
  expect(table.calls.has_row).toEqual([true, true, false])
  expect(table.puts.has_row).toEqual([false, true, true])
  expect(table.puts.quoted_seconds).toEqual([null, 12.3, null])
  expect(table.flags).toContainEqual({ mask: QUALITY_FLAGS.wide, names: ['wide'] })
})

test('the strike nearest to the underlying is at the money, the lower of two', () => {
  // 661.5
  expect(chainTable('SPY', chain, { expiry: expiryDate('20261218') }).at_the_money).toBe(1)
  const between = [
    row({ strike: 660, underlying_price: 662.5 }),
    row({ strike: 665, underlying_price: 662.5 }),
  ]
  expect(chainTable('SPY', between).at_the_money).toBe(0)
  expect(chainTable('SPY', [row({ underlying_price: null })])).toMatchObject({
    at_the_money: null,
    underlying_price: null,
  })
})

test('without a choice the expiration nearest to 30 days is shown, and all are listed with their days', () => {
  const table = chainTable('SPY', chain)
  expect(table.chosen).toEqual({ expiry: '20261218', trading_class: 'SPY', days: 30, contracts: 4 })
  expect(table.expirations.map(({ expiry, days }) => [expiry, days])).toEqual([
    ['20261120', 2],
    ['20261218', 30],
  ])
})

test('two classes of one expiry are two tables', () => {
  const rows = [
    row({ trading_class: 'SPX', strike: 6_600, bid: 1 }),
    row({ trading_class: 'SPXW', strike: 6_600, bid: 2 }),
  ]
  expect(chainTable('SPX', rows).calls.bid).toEqual([1])
  expect(chainTable('SPX', rows, { tradingClass: 'SPXW' }).calls.bid).toEqual([2])
})

test('an expiration that the slot does not have, and a lake without rows, are named', () => {
  const absent = chainTable('SPY', chain, { expiry: expiryDate('20261219') })
  expect(absent).toMatchObject({ reason: 'no_such_expiration', chosen: null, strike: [], at_the_money: null })
  expect(chainTable('SPY', [])).toMatchObject({ reason: 'no_chain', slot: null, expirations: [] })
})
