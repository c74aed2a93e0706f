import { expect, test } from 'vitest'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { buildSymbolSlot } from '../../src/capture/build-rows.ts'
import type { Gap, GapReason, Harvest } from '../../src/harvest/harvest.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { expiryTimesOf } from '../../src/market/option-hours.ts'
import { applyTick, type DataType, emptyQuote } from '../../src/market/quote.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { NO_CONTENT, NO_QUALITY } from '../../src/snapshot/ledger.ts'
import { reportHarvest } from '../../src/snapshot/symbol-report.ts'
import { options as contracts } from '../chain/contracts.ts'

const DATE = sessionDate('2026-11-20')
const SLOT = newYorkInstant(DATE, '10:00')
const STRIKES = Array.from({ length: 50 }, (_, at) => 650 + at)

interface Sent {
  readonly dataType?: DataType
  readonly bid?: number | null
  readonly ask?: number | null
}

/** The report of 100 contracts; the first `few` were sent other values than the rest. */
function reportOf(
  rest: Sent,
  {
    few = 0,
    others = {},
    gaps = [],
    skipped = 0,
    recovered = false,
  }: { few?: number; others?: Sent; gaps?: readonly GapReason[]; skipped?: number; recovered?: boolean } = {},
) {
  const answered = contracts('SPY', '20261218', STRIKES).map((contract, at) => {
    const { dataType = 'live', bid = 1, ask = 1.1 } = at < few ? { ...rest, ...others } : rest
    const quote = emptyQuote()
    const quotedAt = epochMs(SLOT + 10_000 + at * 100)
    applyTick(quote, { field: 'dataType', dataType }, quotedAt)
    applyTick(quote, { field: 'bid', value: bid }, quotedAt)
    applyTick(quote, { field: 'ask', value: ask }, quotedAt)
    return {
      contract,
      quote,
      underlying: { price: 675, at: quotedAt, confirmedAt: quotedAt },
      complete: false,
    }
  })
  const contract = answered[0]!.contract
  const harvest: Harvest = {
    symbol: 'SPY',
    answered,
    gaps: gaps.map((reason): Gap => ({ contract, reason, detail: null })),
    startedAt: SLOT,
    finishedAt: epochMs(SLOT + 30_000),
  }
  const facts = {
    ...{ openInterest: new Map(), expiresAt: expiryTimesOf('SPY') },
    ...{ underlyingPrice: 675, vix: null, skipped, recovered },
  }
  const options = { analytics: analyticsOptions.parse({}), quoteHistories: new Map() }
  return buildSymbolSlot(harvest, { at: SLOT, date: DATE }, facts, options).report
}

test('the ledger counts what the rows of a slot hold', () => {
  const mixed = reportOf({}, { few: 10, others: { dataType: 'frozen' } })
  expect(mixed).toMatchObject({ live_rows: 90, frozen_rows: 10, delayed_rows: 0, unquoted_rows: 0 })
  // The median quote is from 14.95 s after the slot's time; the cycle ended at 30 s.
  expect(mixed.quote_age_seconds).toBeCloseTo(15.05, 3)
  expect(reportOf({}, { few: 7, others: { dataType: 'delayed_frozen' } })).toMatchObject({ delayed_rows: 7 })
  expect(reportOf({}, { few: 3, others: { bid: null, ask: null } })).toMatchObject({ unquoted_rows: 3 })
})

test.each([
  ['delayed throughout', reportOf({ dataType: 'delayed' }), 'delayed_data', '100 of 100 rows are delayed'],
  ['frozen throughout', reportOf({ dataType: 'frozen' }), 'frozen_data', '100 of 100 rows are frozen'],
  [
    'a fifth delayed',
    reportOf({}, { few: 20, others: { dataType: 'delayed' } }),
    'delayed_data',
    '20 of 100 rows are delayed',
  ],
  ['every bid null', reportOf({ bid: null }), 'no_quotes', '100 of 100 rows have no bid'],
  [
    'no quote at all',
    reportOf({ bid: null, ask: null }),
    'no_quotes',
    '100 of 100 rows have neither bid nor ask',
  ],
  [
    'a quarter skipped by the plan',
    reportOf({}, { skipped: 34 }),
    'over_budget',
    '34 of 134 contracts did not fit into the budget',
  ],
  [
    'delayed, and one contract unanswered',
    reportOf({ dataType: 'delayed' }, { gaps: ['unanswered'] }),
    'delayed_data',
    '1 unanswered; 100 of 100 rows are delayed',
  ],
  [
    'delayed, and cut at the deadline',
    reportOf({ dataType: 'delayed' }, { gaps: ['deadline'] }),
    'deadline',
    '1 deadline; 100 of 100 rows are delayed',
  ],
  [
    'delayed, and recovered',
    reportOf({ dataType: 'delayed' }, { recovered: true }),
    'recovered_from_spool',
    'an earlier run ended in the middle of this cycle; 100 of 100 rows are delayed',
  ],
] as const)('a slot that is %s is partial, with its reason', (_name, report, reason, detail) => {
  expect(report).toMatchObject({ outcome: 'partial', reason, detail })
})

test('the detail of a partial slot has the words of the gateway with their code', () => {
  const gap = { contract: contracts('SPY', '20261218', [700])[0]!, reason: 'not_entitled' } as const
  const harvest = { symbol: 'SPY', answered: [], startedAt: SLOT, finishedAt: SLOT }
  const context = { slot: SLOT, date: DATE, skipped: 0, underlyingPrice: null, vix: null }
  const detailOf = (code: { readonly code?: number }) =>
    reportHarvest(
      { ...harvest, gaps: [{ ...gap, detail: 'Requested market data is not subscribed.', ...code }] },
      { ...context, quality: NO_QUALITY, content: NO_CONTENT },
    ).detail
  expect(detailOf({ code: 354 })).toBe('1 not_entitled (354 Requested market data is not subscribed.)')
  expect(detailOf({})).toBe('1 not_entitled (Requested market data is not subscribed.)')
})

test.each([
  ['a few delayed rows', reportOf({}, { few: 10, others: { dataType: 'delayed' } })],
  ['a few rows without a quote', reportOf({}, { few: 10, others: { bid: null, ask: null } })],
  ['half of the bids missing', reportOf({}, { few: 50, others: { bid: null } })],
  ['a few contracts skipped', reportOf({}, { skipped: 11 })],
])('a slot with %s is stored', (_name, report) => {
  expect(report).toMatchObject({ outcome: 'stored', reason: null, detail: null })
})
