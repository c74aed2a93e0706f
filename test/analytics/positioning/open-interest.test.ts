import { describe, expect, test } from 'vitest'
import { maxPain } from '../../../src/analytics/positioning/max-pain.ts'
import { positioningOf } from '../../../src/analytics/positioning/positioning.ts'
import { slotMetrics } from '../../../src/analytics/slot-metrics.ts'
import { storedPositioning } from '../../../src/analytics/stored/positioning.ts'
import { append } from '../../../src/lake/write/append.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { type EpochMs, expiryDate, sessionDate } from '../../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { slotOf } from '../../lake/slots.ts'
import { makeChain, rowOf, SLOT, spyChain } from '../chains.ts'

const carry = { rateFraction: 0.04, dividends: [] }
const DATE = sessionDate('2026-11-20')

describe('max pain', () => {
  const open = (call: Record<number, number | null>, put: Record<number, number | null>) => {
    const rows = (right: string, counts: Record<number, number | null>) =>
      Object.entries(counts).map(([strike, open_interest]) =>
        rowOf({ right, strike: Number(strike), open_interest }),
      )
    return maxPain(spyChain([...rows('C', call), ...rows('P', put)], SLOT).expirations[0]!)
  }

  test('is the strike at which all options together pay least', () => {
    // At 95 puts pay 5·30 + 10·10 = 250, at 100 calls 5·20 and puts 5·10, at 105 calls 10·20 + 5·40.
    const { value } = open({ 95: 20, 100: 40, 105: 0 }, { 95: 0, 100: 30, 105: 10 })
    expect(value).toEqual({ strike: 100, payout: 100 * (5 * 20 + 5 * 10) })
  })

  test('is the lowest of strikes that pay the same', () => {
    expect(open({ 100: 10 }, { 110: 10 }).value?.strike).toBe(100)
  })

  test('leaves out unknown open interest, and is null without any', () => {
    expect(open({ 95: null, 100: 10 }, { 100: 10 }).value?.strike).toBe(100)
    expect(open({ 95: null, 100: 0 }, { 100: null })).toEqual({ value: null, reason: 'no_open_interest' })
  })
})

/** The same contracts with other open interest. */
function withOpenInterest(rows: readonly SnapshotRow[], of: (row: SnapshotRow) => number | null) {
  return rows.map((row) => ({ ...row, open_interest: of(row) }))
}

describe('the change of open interest', () => {
  const rows = makeChain({ vol: () => 0.2, expiries: ['20261218', '20261231'], strikes: [670, 680, 690] })
  const today = withOpenInterest(rows, ({ right, strike }) => (right === 'C' ? strike : 100))
  const before = withOpenInterest(rows, ({ right, strike, expiry }) => {
    if (expiry === '20261231' && strike === 690) return null
    return right === 'C' ? strike - 10 : 130
  }).filter(({ expiry, strike, right }) => !(expiry === '20261231' && strike === 670 && right === 'P'))
  const input = { symbol: 'SPY', slot: SLOT, date: DATE, rows: today, before, carry }
  const { figures, strikes, expirations, ...rest } = positioningOf(input)

  test('is that of the contracts listed in both sessions and known in both', () => {
    expect(figures.oi_change_calls).toMatchObject({ value: 50, observations: 9, oi_date: '2026-11-19' })
    expect(figures.oi_change_puts).toMatchObject({ value: -120, unit: 'contracts' })
    expect(rest).toMatchObject({ oiDate: '2026-11-19', oiDateBefore: '2026-11-18' })
  })

  test('is told by strike and by expiration', () => {
    expect(strikes.map(({ strike, callChange, putChange }) => [strike, callChange, putChange])).toEqual([
      [670, 20, -30],
      [680, 20, -60],
      [690, 10, -30],
    ])
    expect(expirations.map(({ expiry, callChange }) => [expiry, callChange])).toEqual([
      ['20261218', 30],
      ['20261231', 20],
    ])
  })

  test('is unknown where a strike has no contract known in both', () => {
    const late = before.filter(({ strike }) => strike !== 680)
    const [, middle] = positioningOf({ ...input, before: late }).strikes
    expect(middle).toMatchObject({ strike: 680, callChange: null, putChange: null, callOpenInterest: 1_360 })
  })

  test('is null with its reason without the session before', () => {
    const alone = positioningOf({ ...input, before: null })
    expect(alone.figures.oi_change_calls).toMatchObject({ value: null, reason: 'no_session_before' })
    expect(alone.oiDateBefore).toBeNull()
    const unknown = positioningOf({ ...input, before: [] })
    expect(unknown.figures.oi_change_puts).toMatchObject({ value: null, reason: 'no_open_interest' })
  })

  test('and all else of one expiration alone is asked for by its expiry', () => {
    const one = positioningOf({ ...input, expiry: expiryDate('20261231') })
    expect(one.expirations.map(({ expiry }) => expiry)).toEqual(['20261231'])
    expect(one.figures.oi_change_calls.value).toBe(20)
    expect(one.strikes[0]).toMatchObject({ strike: 670, callOpenInterest: 670, putOpenInterest: 100 })
    expect(one.figures.gamma_exposure.observations).toBe(6)
  })
})

test('the figures are those of market_metrics, of rows of an older version too', () => {
  const made = makeChain({ vol: () => 0.2, expiries: ['20261218', '20261231'], strikes: [670, 680, 690] })
  for (const version of [null, DEFINITION_VERSION]) {
    // Own greeks of the older version are wrong, and solved again.
    const rows = made.map((row) => ({
      ...row,
      ...{ greeks_source: 'own', gamma: row.gamma! * 2, definition_version: version },
      open_interest: row.right === 'C' ? 300 : 100,
    }))
    const { figures } = positioningOf({ symbol: 'SPY', slot: SLOT, date: DATE, rows, before: null, carry })
    const nothing = {
      vix: null,
      ivIndexFraction: null,
      history: [],
      sessions: [],
      dailyBars: [],
      intradayBars: [],
    }
    const metrics = slotMetrics({ ...nothing, slot: SLOT, symbol: 'SPY', date: DATE, rows, carry })
    const { gamma_exposure, gamma_flip, put_call_oi_ratio_60d } = metrics.figures
    expect(gamma_exposure.value).toBeGreaterThan(0)
    expect(figures).toMatchObject({ gamma_exposure, gamma_flip, put_call_oi_ratio_60d })
  }
})

describe('from a lake', () => {
  const chainAt = (at: EpochMs, date: string, of: number) =>
    makeChain({ at, vol: () => 0.2, expiries: ['20261218'], strikes: [670, 680, 690] }).map((row) => ({
      ...row,
      date,
      open_interest: of,
    }))
  const stored = async (
    ...slots: readonly (readonly [date: string, time: string, openInterest: number])[]
  ) => {
    const lake = await temporaryLake()
    for (const [date, time, count] of slots) {
      const at = newYorkInstant(sessionDate(date), time)
      await append(lake, slotOf({ SPY: chainAt(at, date, count) }, at, sessionDate(date)))
    }
    return storedPositioning(lake, 'SPY', { carry })
  }

  test('the newest slot of the session before is compared with', async () => {
    // 20 November 2026 is a Friday; the 18th is not the session before it.
    const found = await stored(
      ['2026-11-18', '15:55', 10],
      ['2026-11-19', '10:00', 100],
      ['2026-11-19', '16:10', 110],
      ['2026-11-20', '09:30', 140],
      ['2026-11-20', '11:00', 140],
    )
    expect(found).toMatchObject({ date: '2026-11-20', oiDate: '2026-11-19', oiDateBefore: '2026-11-18' })
    expect(found?.figures.oi_change_calls.value).toBe(90)
  })

  test('an older session is not', async () => {
    const found = await stored(['2026-11-18', '15:55', 10], ['2026-11-20', '11:00', 140])
    expect(found?.figures.oi_change_calls).toMatchObject({ value: null, reason: 'no_session_before' })
  })

  test('a symbol without a slot has none', async () => {
    expect(await storedPositioning(await temporaryLake(), 'QQQ', { carry })).toBeNull()
  })
})
