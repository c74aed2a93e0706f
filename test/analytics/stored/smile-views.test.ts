import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { smileAnswer } from '../../../src/analytics/answers/smile-answer.ts'
import { tenorAnswer } from '../../../src/analytics/answers/tenor-answer.ts'
import { termAnswer } from '../../../src/analytics/answers/term-answer.ts'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { chooseExpirations } from '../../../src/analytics/stored/surfaces/choose-expirations.ts'
import { type Comparison, smileData } from '../../../src/analytics/stored/surfaces/smile-data.ts'
import { fittedRows } from '../../../src/analytics/stored/surfaces/store-surfaces.ts'
import { tenorData } from '../../../src/analytics/stored/surfaces/tenor-data.ts'
import { createTenorHistory } from '../../../src/analytics/stored/surfaces/tenor-history.ts'
import { termData } from '../../../src/analytics/stored/surfaces/term-data.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { SURFACE_GRID, SURFACES } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionsBetween } from '../../../src/market/calendar.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { type ExpiryDate, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { QUALITY_FLAGS } from '../../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../../src/snapshot/row.ts'
import type { SurfaceGridRow } from '../../../src/snapshot/surface/surface-grid.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { slotOf } from '../../lake/slots.ts'
import { makeChain, range } from '../chains.ts'

const OPTIONS = analyticsOptions.parse({})
const THURSDAY = sessionDate('2026-11-19')
const FRIDAY = sessionDate('2026-11-20')
const EXPIRIES = ['20261127', '20261218', '20270115']

function chainOf(date: SessionDate, time: string, level: number): SnapshotRow[] {
  const slot = newYorkInstant(date, time)
  const rows = makeChain({
    at: slot,
    vol: (strike, days) => level - (0.03 * Math.log(strike / 682)) / Math.sqrt(days / 365),
    expiries: EXPIRIES,
    strikes: range(600, 760, 10),
    greeks: false,
  })
  return rows.map((row) => ({ ...row, date }))
}

/** The slots of two sessions, each with its chain; the last one has no surface. */
const SLOTS = [
  { date: THURSDAY, time: '11:00', level: 0.16, isFitted: true },
  { date: THURSDAY, time: '15:50', level: 0.15, isFitted: true },
  { date: FRIDAY, time: '11:00', level: 0.18, isFitted: true },
  { date: FRIDAY, time: '11:05', level: 0.19, isFitted: false },
]
const chains = new Map<string, SnapshotRow[]>()
const folder = mkdtempSync(join(tmpdir(), 'optionlake-smiles-'))
let lake: Lake

/** One lake for the tests that only read. */
beforeAll(async () => {
  lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  const fitted = []
  for (const { date, time, level, isFitted } of SLOTS) {
    const rows = chainOf(date, time, level)
    const slot = newYorkInstant(date, time)
    chains.set(`${date} ${time}`, rows)
    await append(lake, slotOf({ SPY: rows }, slot, date))
    if (isFitted) fitted.push(fittedRows(rows, { symbol: 'SPY', slot, date }, OPTIONS))
  }
  await upsert(
    lake,
    SURFACES,
    fitted.flatMap(({ surfaces }) => surfaces),
  )
  await upsert(
    lake,
    SURFACE_GRID,
    fitted.flatMap(({ grid }) => grid),
  )
})

afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true, force: true })
})

const at = (date: SessionDate, time: string) => newYorkInstant(date, time)

test('the smiles of a slot have quotes, the stored curve through them, and the curve of the session before', async () => {
  const smilesAt = async (time: string, against: Comparison) => {
    const data = await smileData(lake, 'SPY', { options: OPTIONS, at: at(FRIDAY, time), against })
    return smileAnswer(data, { symbol: 'SPY', now: at(FRIDAY, '11:06'), against })
  }
  const answer = await smilesAt('11:02', 'close')
  expect(answer).toMatchObject({
    slot: '2026-11-20T16:00:00.000Z',
    date: FRIDAY,
    age_seconds: 360,
    spot: 680,
  })
  expect(answer.expirations.map(({ expiry }) => expiry)).toEqual(EXPIRIES)
  expect(answer.before).toEqual({ slot: '2026-11-19T20:50:00.000Z', date: THURSDAY })
  for (const smile of answer.smiles) {
    const { quotes, curve, before } = smile
    expect(curve?.forward).toBeCloseTo(smile.forward ?? 0, 2)
    expect(quotes.fitted.filter(Boolean)).toHaveLength(curve?.quotes ?? -1)
    expect(quotes.right).toMatch(/^P+C+$/)
    expect((curve?.atm_iv ?? 0) - (before?.atm_iv ?? 0)).toBeCloseTo(0.03, 2)
    // The line passes between the two ends of every bar, which are a cent from the price the smile was made of.
    for (const [nth, strike] of quotes.strike.entries()) {
      const k = Math.log(strike / (smile.forward ?? 0))
      const right = curve?.k.findIndex((one) => one >= k) ?? -1
      const vol = right > 0 ? curve?.iv[right] : undefined
      const [bid, ask] = [quotes.bid_iv[nth] ?? null, quotes.ask_iv[nth] ?? null]
      if (vol === undefined || bid === null || ask === null || Math.abs(k) > 0.05) continue
      expect(vol).toBeGreaterThan(bid - 0.004)
      expect(vol).toBeLessThan(ask + 0.004)
    }
  }
  const morning = await smilesAt('11:00', 'same_time')
  expect(morning.before).toEqual({ slot: '2026-11-19T16:00:00.000Z', date: THURSDAY })
  expect(await smilesAt('11:00', 'none')).toMatchObject({ before: null, before_reason: null })
})

test('a slot without a stored surface has its quotes and the reason; one without a session before says so', async () => {
  const newest = await smileData(lake, 'SPY', { options: OPTIONS })
  const answer = smileAnswer(newest, { symbol: 'SPY', now: at(FRIDAY, '11:06'), against: 'none' })
  expect(answer.slot).toBe('2026-11-20T16:05:00.000Z')
  for (const { curve, curve_reason, quotes, forward } of answer.smiles) {
    expect([curve, curve_reason]).toEqual([null, 'not_stored'])
    expect(forward).toBeCloseTo(680, -1)
    expect(quotes.strike.length).toBeGreaterThan(8)
  }
  const question = { options: OPTIONS, at: at(THURSDAY, '12:00'), against: 'close' as const }
  const first = smileAnswer(await smileData(lake, 'SPY', question), {
    ...{ symbol: 'SPY', now: at(FRIDAY, '11:06'), against: 'close' },
  })
  expect(first).toMatchObject({ before: null, before_reason: 'no_session_before' })
  const early = { ...question, against: 'same_time' as const }
  expect(
    smileAnswer(await smileData(lake, 'SPY', early), {
      ...{ symbol: 'SPY', now: at(FRIDAY, '11:06'), against: 'same_time' },
    }),
  ).toMatchObject({ before: null, before_reason: 'none_as_early' })
  expect(await smileData(lake, 'QQQ', { options: OPTIONS })).toBeNull()
  const none = smileAnswer(null, { symbol: 'QQQ', now: at(FRIDAY, '11:06'), against: 'close' })
  expect(none).toMatchObject({ slot: null, smiles: [], before_reason: null })
})

test('expirations are chosen by name, and those that the slot lacks are named', async () => {
  const [second, other] = ['20261218', '20261231'] as ExpiryDate[]
  const expirations = [{ expiry: second! }, { expiry: other!, tradingClass: 'SPY' }]
  const data = await smileData(lake, 'SPY', { options: OPTIONS, expirations, inTheMoney: true })
  const answer = smileAnswer(data, { symbol: 'SPY', now: at(FRIDAY, '11:06'), against: 'none' })
  expect(answer.smiles.map(({ expiry }) => expiry)).toEqual(['20261218'])
  expect(answer.smiles[0]?.quotes.right).toMatch(/^(CP|P|C)+$/)
  expect(answer.smiles[0]?.quotes.strike).toHaveLength(34)
  expect(answer.missing).toEqual([{ expiry: '20261231', trading_class: 'SPY' }])

  const days = (...list: number[]) =>
    list.map((minutes) => ({
      expiry: `e${minutes}` as ExpiryDate,
      tradingClass: '',
      minutes: minutes * 1_440,
    }))
  expect(chooseExpirations(days(0, 2, 6, 9, 28, 35, 63), undefined).found).toEqual(days(6, 28, 63))
  expect(chooseExpirations(days(1, 2), undefined).found).toEqual(days(2))
  expect(chooseExpirations([], undefined)).toEqual({ found: [], missing: [] })
})

test('flags of the quotes are named', async () => {
  const own = await temporaryLake()
  const rows = (chains.get(`${FRIDAY} 11:00`) as SnapshotRow[]).map((row) =>
    row.strike === 640 ? { ...row, flags: QUALITY_FLAGS.stale | QUALITY_FLAGS.wide } : row,
  )
  await append(own, slotOf({ SPY: rows }, at(FRIDAY, '11:00'), FRIDAY))
  const data = await smileData(own, 'SPY', { options: OPTIONS })
  const answer = smileAnswer(data, { symbol: 'SPY', now: at(FRIDAY, '11:00'), against: 'none' })
  const mask = QUALITY_FLAGS.stale | QUALITY_FLAGS.wide
  expect(answer.flag_names[mask]).toEqual(['wide', 'stale'])
  const [smile] = answer.smiles
  const nth = smile?.quotes.strike.indexOf(640) ?? -1
  expect([smile?.quotes.flags[nth], smile?.quotes.fitted[nth]]).toEqual([mask, 0])
})

test('the term structure has the money, the wings and the forward volatility between expirations', async () => {
  const termAt = async (time: string) => {
    const data = await termData(lake, 'SPY', { at: at(FRIDAY, time), against: 'close' })
    return termAnswer(data, { symbol: 'SPY', now: at(FRIDAY, '11:06'), against: 'close' })
  }
  const answer = await termAt('11:00')
  const { expirations } = answer
  expect(expirations.expiry).toEqual(EXPIRIES)
  expect(expirations.forward_iv[0]).toBeNull()
  for (const nth of EXPIRIES.keys()) {
    expect(expirations.atm_iv[nth]).toBeCloseTo(0.18, 2)
    expect(expirations.put_25d[nth]).toBeGreaterThan(expirations.call_25d[nth] ?? 1)
    if (nth > 0) expect(expirations.forward_iv[nth]).toBeCloseTo(0.18, 2)
  }
  expect(answer.before?.expirations.atm_iv[0]).toBeCloseTo(0.15, 2)
  expect(await termAt('11:05')).toMatchObject({ reason: 'not_stored', expirations: { expiry: [] } })
  expect(termAnswer(null, { symbol: 'QQQ', now: at(FRIDAY, '11:06'), against: 'none' }).reason).toBe(
    'no_chain',
  )
})

test('the history of tenors has a value a session, ranks the slots of the day among them, and is kept in memory', async () => {
  const own = await temporaryLake()
  const sessions = sessionsBetween(sessionDate('2026-10-21'), THURSDAY).map(({ date }) => date)
  const gridRow = (
    date: SessionDate,
    time: string,
    iv: number,
    change: Partial<SurfaceGridRow> = {},
  ): SurfaceGridRow => ({
    ...{ timestamp: at(date, time), symbol: 'SPY', tenor_days: 30, point: 'atm', date, iv, k: 0 },
    ...{ near_expiry: null, far_expiry: null, reason: null, definition_version: DEFINITION_VERSION },
    ...change,
  })
  // The third session has no slot before the close.
  const rows = sessions.map((date, nth) => gridRow(date, nth === 2 ? '11:00' : '15:50', 0.1 + nth / 1_000))
  const today = [gridRow(FRIDAY, '11:00', 0.11), gridRow(FRIDAY, '11:05', 0.2)]
  await upsert(own, SURFACE_GRID, [...rows, ...today])
  const history = createTenorHistory(own)
  const ask = async () =>
    tenorAnswer(await tenorData(own, 'SPY', { date: FRIDAY, history }), { point: 'atm', days: 30 })
  const answer = await ask()
  const thirty = answer.tenor_days.indexOf(30)
  expect(answer.sessions.date[0]).toBe('2026-10-21')
  expect(answer.sessions.iv[thirty]?.at(-1)).toBeCloseTo(0.1 + (sessions.length - 1) / 1_000, 6)
  expect(answer.observations[thirty]).toBe(sessions.length - 1)
  expect(answer.slots.slot).toHaveLength(2)
  expect(answer.slots.percentile[thirty]).toEqual([expect.closeTo((100 * 9) / (sessions.length - 1), 0), 100])
  expect(answer.slots.reason[answer.tenor_days.indexOf(7)]).toEqual(['not_stored', 'not_stored'])
  expect(await ask()).toEqual(answer)
  // A day that is stored again is read again.
  await upsert(own, SURFACE_GRID, [gridRow(THURSDAY, '15:50', 0.5)])
  expect((await ask()).sessions.iv[thirty]?.at(-1)).toBe(0.5)
  const skew = await tenorAnswer(await tenorData(own, 'SPY', { date: FRIDAY, history }), {
    point: 'skew_25d',
    days: 30,
  })
  expect(skew.slots.iv[thirty]).toEqual([null, null])
})
