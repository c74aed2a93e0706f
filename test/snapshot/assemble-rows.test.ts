import { expect, test } from 'vitest'
import type { AnsweredContract } from '../../src/harvest/harvest.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { expiryTimesOf } from '../../src/market/option-hours.ts'
import { applyTick, emptyQuote, type Tick } from '../../src/market/quote.ts'
import { conId, epochMs, sessionDate } from '../../src/market/units.ts'
import { assembleRows, type RowContext } from '../../src/snapshot/assemble-rows.ts'
import { DEFINITION_VERSION } from '../../src/snapshot/definition-version.ts'
import { flagNames } from '../../src/snapshot/quality-flags.ts'
import { NOT_RECORDED } from '../../src/snapshot/row.ts'
import { options } from '../chain/contracts.ts'

const date = sessionDate('2026-11-20')
const context: RowContext = {
  slot: newYorkInstant(date, '10:00'),
  date,
  openAt: newYorkInstant(date, '09:30'),
  closeAt: newYorkInstant(date, '16:00'),
  openInterest: new Map(),
  expiresAt: expiryTimesOf('SPY'),
}
const [call, put] = options('SPY', '20261218', [680]) as [
  AnsweredContract['contract'],
  AnsweredContract['contract'],
]
const at = epochMs(context.slot + 3_000)
const GREEKS: Tick = {
  field: 'modelGreeks',
  greeks: {
    impliedVolFraction: 0.12345678,
    delta: 0.51234567,
    gamma: 0.012345678912,
    vega: 0.7000001,
    theta: -0.2000004,
    underlyingPrice: 681,
    pvDividend: 1.5,
  },
}

/** Arrived with the quote and confirmed then, unless told otherwise. */
function priced(price: number, times: { at?: number; confirmedAt?: number } = {}) {
  return { price, at: epochMs(times.at ?? at), confirmedAt: epochMs(times.confirmedAt ?? at) }
}

function harvested(ticks: Tick[], overrides: Partial<AnsweredContract> = {}): AnsweredContract {
  const quote = emptyQuote()
  for (const tick of ticks) applyTick(quote, tick, at)
  return { contract: call, quote, underlying: priced(680.5), complete: true, ...overrides }
}

function rowOf(one: AnsweredContract, overrides: Partial<RowContext> = {}) {
  const harvest = { symbol: 'SPY', answered: [one], gaps: [], startedAt: at, finishedAt: at }
  const [row] = assembleRows(harvest, { ...context, ...overrides })
  if (!row) throw new Error('no row')
  return row
}

const num = (
  field: 'bid' | 'ask' | 'bidSize' | 'askSize' | 'last' | 'volume' | 'halted' | 'callOpenInterest',
  value: number | null,
): Tick => ({ field, value })
const good = [
  num('bid', 12),
  num('bidSize', 5),
  num('ask', 12.1),
  num('askSize', 7),
  num('callOpenInterest', 99),
  GREEKS,
]

test('a good quote becomes a row with rounded greeks and no flags', () => {
  const row = rowOf(
    harvested([...good, num('volume', 42), num('last', 12.05), { field: 'dataType', dataType: 'live' }]),
  )
  expect(row).toEqual({
    timestamp: context.slot,
    symbol: 'SPY',
    expiry: '20261218',
    strike: 680,
    right: 'C',
    bid: 12,
    ask: 12.1,
    last: 12.05,
    bid_size: 5,
    ask_size: 7,
    volume: 42,
    open_interest: 99,
    iv: 0.123457,
    delta: 0.512346,
    gamma: 0.01234568,
    theta: -0.2,
    vega: 0.7,
    underlying_price: 680.5,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: at,
    con_id: call.conId,
    trading_class: 'SPY',
    flags: 0,
    yearmonth: '202612',
    date,
    ...NOT_RECORDED,
    settlement: 'pm',
    expires_at: newYorkInstant(sessionDate('2026-12-18'), '16:15'),
    ...{ multiplier: 100, currency: 'USD', exchange: 'SMART', pv_dividend: 1.5 },
    definition_version: DEFINITION_VERSION,
  })
})

test('the terms of a contract are in its row: those of the contract before any rule', () => {
  const expiresAt = newYorkInstant(sessionDate('2026-12-21'), '09:30')
  const terms = {
    ...({ exerciseStyle: 'european', settlement: 'am', expiresAt } as const),
    ...({ underlyingType: 'IND', underlyingConId: conId(416_904), tradingClass: 'SPX' } as const),
  }
  expect(rowOf(harvested(good, { contract: { ...call, ...terms } }))).toMatchObject({
    ...{ exercise_style: 'european', settlement: 'am', expires_at: expiresAt, trading_class: 'SPX' },
    ...{ underlying_type: 'IND', underlying_con_id: 416_904 },
  })
})

test('a value that was never sent, or sent as none, is null and flagged', () => {
  const row = rowOf(harvested([num('bid', null), num('bidSize', 0)], { complete: false, underlying: null }))
  expect(row).toMatchObject({ bid: null, ask: null, last: null, volume: null, open_interest: null, iv: null })
  expect(row).toMatchObject({ greeks_source: null, data_type: null, underlying_price: null })
  expect(flagNames(row.flags)).toEqual([
    'no_bid',
    'no_ask',
    'oi_missing',
    'underlying_skew',
    'iv_missing',
    'partial',
  ])
})

test('a price of 0 with size 0 is no quote, with a size it is a bid of 0', () => {
  const none = rowOf(harvested([num('bid', 0), num('bidSize', 0), num('ask', 0.01), num('askSize', 9)]))
  expect(none.bid).toBeNull()
  const zero = rowOf(harvested([num('bid', 0), num('bidSize', 3), num('ask', 0.01), num('askSize', 9)]))
  expect(zero.bid).toBe(0)
  for (const row of [none, zero]) expect(flagNames(row.flags)).toContain('no_bid')
})

test.each<[string, Tick[], Partial<AnsweredContract>, Partial<RowContext>]>([
  ['crossed', [num('bid', 12.2)], {}, {}],
  ['locked', [num('bid', 12.1)], {}, {}],
  ['wide', [num('bid', 9), num('ask', 12)], {}, {}],
  ['halted', [num('halted', 1)], {}, {}],
  ['delayed', [{ field: 'dataType', dataType: 'delayed' }], {}, {}],
  ['frozen', [{ field: 'dataType', dataType: 'frozen' }], {}, {}],
  ['opening', [], {}, { slot: newYorkInstant(date, '09:30') }],
  ['after_close', [], {}, { slot: newYorkInstant(date, '16:05') }],
  ['underlying_skew', [], { underlying: priced(680.5, { at: at - 9_000, confirmedAt: at - 2_001 }) }, {}],
  ['below_intrinsic', [], { underlying: priced(692.2) }, {}],
])('%s is flagged, alone', (flag, ticks, overrides, slotOverrides) => {
  const row = rowOf(harvested([...good, ...ticks], overrides), slotOverrides)
  expect(flagNames(row.flags)).toEqual([flag])
})

test('a price that did not change while its stream went on is not old', () => {
  const calm = priced(680.5, { at: at - 60_000, confirmedAt: at - 2_000 })
  expect(rowOf(harvested(good, { underlying: calm })).flags).toBe(0)
})

test('a wide spread of a few cents is not wide', () => {
  expect(
    rowOf(harvested([...good, num('bid', 0.05), num('ask', 0.1)], { underlying: priced(600) })).flags,
  ).toBe(0)
})

test('open interest known before the cycle is used, and calls and puts read their own', () => {
  const known = new Map([[put.conId, 7]])
  const ticks = good.filter((tick) => tick.field !== 'callOpenInterest')
  expect(
    rowOf(harvested([...ticks, num('callOpenInterest', 55)], { contract: put }), { openInterest: known })
      .open_interest,
  ).toBe(7)
  expect(rowOf(harvested(ticks)).open_interest).toBeNull()
})
