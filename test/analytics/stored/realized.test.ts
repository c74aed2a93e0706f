import { expect, test } from 'vitest'
import { realizedVolatility } from '../../../src/analytics/answers/realized-volatility.ts'
import { analyticsOptions, carryOf } from '../../../src/analytics/options.ts'
import { barObservation } from '../../../src/analytics/stored/bar-observations.ts'
import { marketMetricsRow } from '../../../src/analytics/stored/metrics-row.ts'
import { marketData } from '../../../src/analytics/stored/reader.ts'
import { storeFigures, storeObservations } from '../../../src/analytics/stored/stored-figures.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, UNDERLYING_BARS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant, sessionOn, sessionsBetween } from '../../../src/market/calendar.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../../src/snapshot/underlying-bars.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { slotOf } from '../../lake/slots.ts'
import { makeChain, range, SLOT } from '../chains.ts'
import { random } from '../random.ts'

const TODAY = sessionDate('2026-11-20')
const SESSIONS = sessionsBetween(sessionDate('2026-10-15'), TODAY).map(({ date }) => date)
const OPTIONS = analyticsOptions.parse({})

/** Bars of a random walk of 20 % a year, a fifth of the variance by night, through all sessions. */
function walk(): UnderlyingBarRow[] {
  const normal = random(11)
  const step = Math.sqrt((0.8 * 0.04) / 252 / 78)
  let price = 680
  return SESSIONS.flatMap((date) => {
    const session = sessionOn(date)!
    price *= Math.exp(Math.sqrt((0.2 * 0.04) / 252) * normal())
    return Array.from({ length: (session.closeAt - session.openAt) / BAR_MS }, (_, at) => {
      const timestamp = session.openAt + at * BAR_MS
      const open = price
      price *= Math.exp(step * normal())
      const [low, high] = [Math.min(open, price), Math.max(open, price)]
      return {
        ...({ timestamp, symbol: 'SPY', con_id: 756733, kind: 'STK', expiry: null, date } as const),
        ...({ open, high, low, close: price, ticks: 10, price_basis: 'trade', session: 'regular' } as const),
        ...{ coverage_seconds: 300, data_type: 'live', first_at: timestamp, last_at: timestamp },
      }
    })
  })
}

const WALK = walk()

const barsOn = (date: SessionDate | undefined) => WALK.filter((bar) => bar.date === date)

/** The daily prices of the sessions before today. */
const OBSERVED = SESSIONS.slice(0, -1).flatMap((date, at) => {
  const [session, before] = [sessionOn(date)!, SESSIONS[at - 1]]
  const previous = before === undefined ? null : { session: sessionOn(before)!, bars: barsOn(before) }
  const recordedAt = epochMs(session.closeAt + 1_800_000)
  return barObservation(barsOn(date), session, { previous, given: null, recordedAt }) ?? []
})

test('bars become daily prices, and those the realized volatility of a slot, as it was known then', async () => {
  const lake = await temporaryLake()
  const recent = WALK.filter(({ date }) => date >= SESSIONS.at(-2)!)
  await upsert(
    lake,
    UNDERLYING_BARS,
    recent.filter(({ timestamp }) => timestamp + BAR_MS <= SLOT),
  )
  await upsert(lake, DAILY_OBSERVATIONS, OBSERVED)
  const chain = { vol: () => 0.22, expiries: ['20261127', '20261218', '20261231'] }
  await append(lake, slotOf({ SPY: makeChain({ ...chain, strikes: range(640, 720, 4) }) }, SLOT))
  const received = [{ symbol: 'SPY', kind: 'STK' as const, vix: 17, ivIndexFraction: null }]
  await storeFigures(lake, dueSlot(SLOT, TODAY, ['SPY']), { received, options: OPTIONS })

  const [stored] = await readRows(lake, MARKET_METRICS, { symbol: 'SPY' })
  expect(stored).toMatchObject({ realized_source: 'bars', definition_version: DEFINITION_VERSION })
  // The walk has 20 %; 20 sessions of five-minute returns know it to a few hundredths of it.
  expect(stored!.realized_vol_5min).toBeGreaterThan(0.18)
  expect(stored!.realized_vol_5min).toBeLessThan(0.22)
  const { iv30, realized_vol_yang_zhang: yangZhang } = stored!
  expect(stored!.variance_risk_premium).toBeCloseTo(iv30! ** 2 - yangZhang! ** 2, 12)
  expect(stored!.volatility_spread).toBeCloseTo(100 * (iv30! - yangZhang!), 12)
  // The bar from 10:55 ends at the slot of 11:00, not before it.
  const used = barsOn(TODAY).filter(({ timestamp }) => timestamp + BAR_MS < SLOT)
  expect(used).toHaveLength(17)
  const squares = used.reduce((sum, { open, close }) => sum + Math.log(close / open) ** 2, 0)
  expect(stored!.realized_vol_today).toBeCloseTo(Math.sqrt((252 * squares * 78) / 17), 12)

  // What comes after the slot changes nothing of it: the rest of the session, and its own observation.
  await upsert(
    lake,
    UNDERLYING_BARS,
    recent.filter(({ timestamp }) => timestamp + BAR_MS > SLOT),
  )
  const evening = newYorkInstant(TODAY, '16:30')
  const written = await storeObservations(lake, TODAY, evening)
  expect(written.map(({ source }) => source)).toEqual(['chain', 'bars'])
  const { open, overnight_return } = written[1]!
  expect(overnight_return).toBeCloseTo(Math.log(open! / OBSERVED.at(-1)!.close!), 12)
  expect(await storeObservations(lake, TODAY, epochMs(evening + 60_000))).toEqual([])
  const data = await marketData(lake, 'SPY', { carry: carryOf(OPTIONS, 'SPY'), at: SLOT })
  expect(marketMetricsRow({ timestamp: SLOT, symbol: 'SPY', date: TODAY }, data!)).toEqual(stored)

  const answer = await realizedVolatility(lake, 'SPY', { at: SLOT, estimator: 'five_minute' })
  expect(answer).toMatchObject({ price_source: 'bars', date: TODAY, from: '2025-11-20', to: TODAY })
  expect(answer.windows.map(({ window, yang_zhang }) => [window, yang_zhang.reason])).toEqual([
    [5, null],
    [10, null],
    [20, null],
    [60, 'too_few_sessions'],
  ])
  expect(answer.windows[2]!.five_minute).toMatchObject({ observations: 20, window: 20, source: 'bars' })
  const [five, , twenty] = answer.cone
  expect(five!.windows).toBeGreaterThanOrEqual(20)
  expect(five!.iv).toBeCloseTo(0.22, 1)
  expect(five!.min! <= five!.p50! && five!.p50! <= five!.max!).toBe(true)
  expect(twenty).toMatchObject({ p50: null, reason: 'too_few_sessions' })
  expect(twenty!.current).toBeCloseTo(answer.windows[2]!.five_minute.value as number, 12)
  const nothing = await realizedVolatility(lake, 'QQQ')
  expect(nothing).toMatchObject({ slot: null, iv30: { value: null }, price_source: 'bars' })
})
