import { afterEach, expect, test } from 'vitest'
import { analyticsOptions, carryOf } from '../../../src/analytics/options.ts'
import { createLatestFigures } from '../../../src/analytics/stored/latest-figures.ts'
import { marketData } from '../../../src/analytics/stored/reader.ts'
import { storeFigures } from '../../../src/analytics/stored/stored-figures.ts'
import { volatilitySources } from '../../../src/daemon/served/volatility-sources.ts'
import type { Lake } from '../../../src/lake/open.ts'
import { storedSessions } from '../../../src/lake/query/stored-sessions.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { type HttpServer, openHttpServer } from '../../../src/serve/http.ts'
import { httpOptions } from '../../../src/serve/options.ts'
import { ibIndexHistory, makeChain, range } from '../../analytics/chains.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { slotOf } from '../../lake/slots.ts'
import { servedSources } from '../../support/served-sources.ts'

const THURSDAY = sessionDate('2026-11-19')
const FRIDAY = sessionDate('2026-11-20')
const OPTIONS = analyticsOptions.parse({})
const carry = carryOf(OPTIONS, 'SPY')

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function store(lake: Lake, date: SessionDate, clock: string, spot: number) {
  const at = newYorkInstant(date, clock)
  const rows = makeChain({
    ...{ at, spot, vol: () => 0.17, strikes: range(660, 700, 10) },
    expiries: ['20261120', '20261218', '20261231'],
  }).map((row, index) => ({ ...row, date, open_interest: 100 + index, multiplier: 100 }))
  await append(lake, slotOf({ SPY: rows }, at, date))
  const received = [{ symbol: 'SPY', kind: 'STK' as const, vix: 17.25, ivIndexFraction: 0.17 }]
  await storeFigures(lake, dueSlot(at, date, ['SPY']), { received, options: OPTIONS })
  return new Date(at).toISOString()
}

/** Thursday's last slot, and two of Friday. */
async function stored() {
  const lake = await temporaryLake()
  const history = ibIndexHistory('SPY', newYorkInstant(THURSDAY, '09:00')).slice(0, -1)
  await upsert(
    lake,
    DAILY_OBSERVATIONS,
    history.map((row) => ({ ...row, recorded_at: newYorkInstant(sessionDate(row.date), '18:00') })),
  )
  const slots = [
    await store(lake, THURSDAY, '15:55', 676),
    await store(lake, FRIDAY, '10:00', 680),
    await store(lake, FRIDAY, '10:05', 682),
  ]
  return { lake, slots }
}

async function serve(lake: Lake | null) {
  const own =
    lake === null
      ? {}
      : {
          ...volatilitySources(lake, { figures: createLatestFigures(lake, OPTIONS), analytics: OPTIONS }),
          sessions: (only: { readonly symbol?: string | undefined }) => storedSessions(lake, only),
          observations: (symbol: string, dates: { readonly from: SessionDate; readonly to: SessionDate }) =>
            readRows(lake, DAILY_OBSERVATIONS, { symbol, ...dates }),
        }
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: { ...servedSources(), ...own },
    onError: (error) => {
      throw error
    },
  })
  open.push(server)
  return async (path: string) => {
    const answer = await fetch(server.url + path)
    return { status: answer.status, body: JSON.parse(await answer.text()) }
  }
}

test('the figures of all symbols are those stored at or before a time, and say why one is absent', async () => {
  const { lake, slots } = await stored()
  const [thursday, first, second] = slots as [string, string, string]
  const ask = await serve(lake)
  const rows = await readRows(lake, MARKET_METRICS, { symbol: 'SPY', from: FRIDAY, to: FRIDAY })

  const { status, body } = await ask(`/api/views/figures?at=${first}`)
  expect(status).toBe(200)
  expect(body.symbols.map(({ symbol }: { symbol: string }) => symbol)).toEqual(['SPY', 'QQQ'])
  const [spy, qqq] = body.symbols
  expect(spy).toMatchObject({ slot: first, date: '2026-11-20' })
  expect(spy.figures.iv30).toEqual({
    ...{ value: rows[0]?.iv30, reason: null, source: 'chain', unit: 'fraction', window: null },
  })
  expect(spy.figures.underlying_price).toMatchObject({ value: 680, unit: '$' })
  expect(spy.figures.iv_rank).toMatchObject({ window: 252, source: 'ib_index' })
  expect(spy.figures.trend_intraday.value).toBeNull()
  expect(spy.figures.trend_intraday.reason).not.toBeNull()
  // Nothing of it is stored.
  expect(qqq).toEqual({
    ...{ symbol: 'QQQ', slot: null, date: null, figures: null, iv_observations: null },
    definition_version: null,
  })

  const slotAt = async (query: string) => (await ask(`/api/views/figures${query}`)).body.symbols[0].slot
  const minuteLater = (slot: string) => new Date(Date.parse(slot) + 60_000).toISOString()
  expect(await slotAt(`?at=${minuteLater(first)}`)).toBe(first)
  expect(await slotAt(`?at=${minuteLater(second)}`)).toBe(second)
  expect(await slotAt('?at=2026-11-19T20:00:00-05:00')).toBe(thursday)
  expect(await slotAt('?at=2026-11-19T09:00:00-05:00')).toBeNull()
  // The daemon's time is Wednesday.
  expect(await slotAt('')).toBeNull()
})

test('the figures of all symbols take a time and nothing else', async () => {
  const ask = await serve(null)
  for (const [query, code] of [
    ['?at=yesterday', 'bad_time'],
    ['?symbol=SPY', 'unknown_parameter'],
  ]) {
    const { status, body } = await ask(`/api/views/figures${query}`)
    expect([query, status, body.error.code]).toEqual([query, 400, code])
  }
})

test('the views of volatility, moves and positioning show any stored slot', async () => {
  const { lake, slots } = await stored()
  const [thursday, first, second] = slots as [string, string, string]
  const ask = await serve(lake)

  const { body: volatility } = await ask('/api/views/volatility/SPY')
  expect(volatility).toMatchObject({ date: '2026-11-20', window: 252, iv_source: 'ib_index' })
  expect(volatility.dates.at(-1)).toBe('2026-11-19')
  expect(volatility.day.slots).toEqual([first, second])
  const rows = await readRows(lake, MARKET_METRICS, { symbol: 'SPY', from: FRIDAY, to: FRIDAY })
  expect(volatility.day.figures.iv30.values).toEqual(rows.map(({ iv30 }) => Math.round(iv30! * 1e6) / 1e6))
  const { low, high } = volatility.band
  const current = volatility.day.figures.iv30_ib_index.values[1]
  expect((100 * (current - low)) / (high - low)).toBeCloseTo(volatility.day.figures.iv_rank.values[1], 5)
  const asOf = await ask(`/api/views/volatility/SPY?at=${thursday}&sessions=60&estimator=parkinson`)
  expect(asOf.body).toMatchObject({ date: '2026-11-19', window: 60, estimator: 'parkinson' })
  expect(asOf.body.dates).toHaveLength(60)

  const { body: moves } = await ask(`/api/views/expected-move/SPY?at=${first}`)
  expect(moves).toMatchObject({ slot: first, date: '2026-11-20', price: 680 })
  const figures = await marketData(lake, 'SPY', { carry, at: newYorkInstant(FRIDAY, '10:00') })
  expect(moves.expirations.map((one: { move: number }) => one.move)).toEqual(
    figures!.moves.map(({ byVol }) => byVol.value),
  )
  expect((await ask('/api/views/expected-move/SPY')).body).toMatchObject({ slot: second, price: 682 })

  const { body: day } = await ask('/api/views/expected-move/SPY/day')
  expect(day).toMatchObject({ date: '2026-11-20', expiry: '20261120', trading_class: 'SPY' })
  expect(day.expirations.map(({ expiry }: { expiry: string }) => expiry)).toEqual([
    '20261120',
    '20261218',
    '20261231',
  ])
  expect(day.path).toMatchObject({ slots: [first, second], strike: [680, 680], underlying: [680, 682] })
  const earlier = await ask('/api/views/expected-move/SPY/day?date=2026-11-19&expiry=20261218')
  expect(earlier.body).toMatchObject({ expiry: '20261218', path: { slots: [thursday] } })
  expect(earlier.body.prices).toMatchObject({ slots, prices: [676, 680, 682] })
  expect(earlier.body.record[0]).toMatchObject({ sessions: 1, within_one: 1 })
  const unlisted = await ask('/api/views/expected-move/SPY/day?date=2026-11-19&expiry=20270115')
  expect(unlisted.body).toMatchObject({ expiry: null, path: { slots: [] } })

  const { body: positioning } = await ask(`/api/views/positioning/SPY?at=${first}`)
  expect(positioning).toMatchObject({ slot: first, oi_date: '2026-11-19', oi_date_before: '2026-11-18' })
  expect(positioning.strikes).toEqual(range(660, 700, 10))
  const calls: number[] = positioning.by_strike.call_oi
  const one = await ask(`/api/views/positioning/SPY?at=${first}&expiry=20261218`)
  expect(one.body.listed).toEqual(positioning.listed)
  expect(one.body.expirations).toHaveLength(1)
  expect(one.body.by_strike.call_oi[0]).toBeLessThan(calls[0]!)
  expect(positioning.figures.gamma_exposure).toMatchObject({
    assumption: 'dealers are long calls and short puts',
    oi_date: '2026-11-19',
  })
  expect(positioning.profile.prices).toHaveLength(121)
})

test('the answers of a slot are the same after compaction', async () => {
  const { lake, slots } = await stored()
  const ask = await serve(lake)
  const paths = [
    `/api/views/volatility/SPY?at=${slots[1]}`,
    `/api/views/expected-move/SPY?at=${slots[1]}`,
    '/api/views/expected-move/SPY/day?date=2026-11-20',
    `/api/views/positioning/SPY?at=${slots[1]}`,
  ]
  const before = await Promise.all(paths.map(ask))
  await compact(lake, { scope: { kind: 'date', date: FRIDAY } })
  expect(await Promise.all(paths.map(ask))).toEqual(before)
})

test('a symbol without slots has empty answers', async () => {
  const ask = await serve(null)
  expect((await ask('/api/views/volatility/QQQ')).body).toMatchObject({
    band: { low: null, reason: 'too_few_observations' },
    day: { slots: [] },
  })
  expect((await ask('/api/views/expected-move/QQQ')).body).toMatchObject({ slot: null, expirations: [] })
  expect((await ask('/api/views/expected-move/QQQ/day')).body).toMatchObject({
    ...{ expiry: null, expirations: [], path: { slots: [] }, record: [{ moves: 0 }, {}, {}] },
  })
  expect((await ask('/api/views/positioning/QQQ')).body).toMatchObject({ slot: null, strikes: [] })
})

test.each([
  ['/api/views/volatility/TSLA', 404, 'unknown_symbol'],
  ['/api/views/volatility/SPY?sessions=61', 400, 'unknown_parameter'],
  ['/api/views/volatility/SPY?estimator=best', 400, 'unknown_parameter'],
  ['/api/views/volatility/SPY?date=2026-02-30', 400, 'bad_date'],
  ['/api/views/volatility/SPY?date=2026-11-20&at=2026-11-20T10:00:00-05:00', 400, 'bad_date'],
  ['/api/views/expected-move/..%2fSPY', 404, 'unknown_symbol'],
  ['/api/views/expected-move/SPY?at=2026-11-20T10:00:00', 400, 'bad_time'],
  ['/api/views/expected-move/SPY?at=2026-11-20T10:00:00Z&at=2026-11-20T10:05:00Z', 400, 'unknown_parameter'],
  ['/api/views/expected-move/SPY/day?expiry=2026-12-18', 400, 'bad_date'],
  ["/api/views/expected-move/SPY/day?class=SPX'%20OR%201=1", 400, 'bad_class'],
  ['/api/views/positioning/SPY?strike=600', 400, 'unknown_parameter'],
])('%s is refused', async (path, status, code) => {
  const ask = await serve(null)
  expect(await ask(path)).toMatchObject({ status, body: { error: { code } } })
})
