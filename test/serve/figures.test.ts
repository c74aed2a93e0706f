import { afterEach, expect, test } from 'vitest'
import { slotMetrics } from '../../src/analytics/slot-metrics.ts'
import { historyAt, type MarketData } from '../../src/analytics/stored/reader.ts'
import { newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import { ibIndexHistory, makeChain, range } from '../analytics/chains.ts'
import { servedSources } from '../support/served-sources.ts'

const DATE = sessionDate('2026-11-18')
const slot = newYorkInstant(DATE, '10:00')
const observed = ibIndexHistory('SPY').filter(({ date }) => date < DATE)

function figures(): MarketData {
  const rows = makeChain({
    at: slot,
    vol: () => 0.17,
    expiries: ['20261204', '20261218', '20261231'],
    strikes: range(650, 710, 10),
  })
  const carry = { rateFraction: 0.04, dividends: [] }
  const past = historyAt({ observed, metrics: [] }, 'SPY', { at: slot, date: DATE }, sessionOn)
  const input = { slot, symbol: 'SPY', date: DATE, rows, carry, vix: 17.25, ivIndexFraction: 0.17, ...past }
  return { symbol: 'SPY', slot, date: DATE, ...slotMetrics(input) }
}

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start() {
  const data = figures()
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: {
      ...servedSources(),
      marketData: async (symbol) => (symbol === 'SPY' ? data : null),
      observations: async (symbol, { from, to }) =>
        observed.filter((row) => row.symbol === symbol && row.date >= from && row.date <= to),
    },
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

test('the figures of a symbol come with their basis, their age and their gateway', async () => {
  const ask = await start()
  const { status, body } = await ask('/api/market-data/SPY')
  expect(status).toBe(200)
  expect(body).toMatchObject({ symbol: 'SPY', source: 'test data', age_seconds: 420 })
  expect(body.figures.iv30).toMatchObject({
    unit: 'fraction',
    source: 'chain',
    age_seconds: 420,
    reason: null,
  })
  expect(body.figures.iv_rank).toMatchObject({
    source: 'ib_index',
    window: 252,
    as_of: '2026-11-18T15:00:00.000Z',
  })
  expect(body.figures.trend_intraday).toMatchObject({ value: null, reason: 'too_few_bars' })
})

test('a symbol without a slot has reasons, and defaults on request', async () => {
  const ask = await start()
  expect((await ask('/api/market-data/QQQ')).body).toMatchObject({
    slot: null,
    figures: { iv_rank: { value: null, is_default: false } },
  })
  expect((await ask('/api/market-data/QQQ?defaults=true')).body.figures).toMatchObject({
    iv_rank: { value: 50, is_default: true },
    iv30: { value: null, reason: 'no_chain' },
  })
  expect((await ask('/api/iv/QQQ')).body).toMatchObject({
    slot: null,
    iv_source: 'chain',
    current: { value: null, reason: 'no_chain', as_of: null },
    ranks: { iv_rank: { value: null, reason: 'no_current_value', observations: 0 } },
    history: [],
  })
})

test('the history of volatility comes with rank and percentile', async () => {
  const ask = await start()
  const { body } = await ask('/api/iv/SPY')
  expect(body).toMatchObject({
    iv_source: 'ib_index',
    current: { value: 0.17 },
    to: DATE,
    from: '2025-11-18',
  })
  expect(body.history.at(-1)).toEqual({
    date: '2026-11-17',
    iv30: expect.any(Number),
    close: 664,
    vix: null,
    cycles: null,
    definition_version: null,
  })
  expect((await ask('/api/iv/SPY?days=7')).body.history).toHaveLength(5)
})

test.each([
  ['/api/market-data/TSLA', 404, 'unknown_symbol'],
  ['/api/iv/TSLA', 404, 'unknown_symbol'],
  ['/api/market-data/SPY?defaults=perhaps', 400, 'unknown_parameter'],
  ['/api/market-data/SPY?default=true', 400, 'unknown_parameter'],
  ['/api/iv/SPY?days=0', 400, 'unknown_parameter'],
  ['/api/iv/SPY?days=1e9', 400, 'unknown_parameter'],
  ['/api/iv/SPY?days=5&days=6', 400, 'unknown_parameter'],
  ['/api/realized/TSLA', 404, 'unknown_symbol'],
  ['/api/realized/SPY?days=0', 400, 'unknown_parameter'],
  ['/api/realized/SPY?estimator=garch', 400, 'unknown_parameter'],
  ['/api/realized/SPY?window=20', 400, 'unknown_parameter'],
])('%s is refused with %i', async (path, status, code) => {
  const answer = await (await start())(path)
  expect([answer.status, answer.body.error.code]).toEqual([status, code])
})

test('a symbol without options has a positioning of nulls that still says what it would assume', async () => {
  const ask = await start()
  expect((await ask('/api/positioning/SPY')).body).toMatchObject({
    ...{ symbol: 'SPY', slot: null, oi_date: null, figures: null, strikes: [] },
    assumption: 'dealers are long calls and short puts',
  })
  expect((await ask('/api/positioning/XYZ')).status).toBe(404)
})

test('the surface of a symbol is asked for by time and expiry, and by nothing else', async () => {
  const ask = await start()
  const { status, body } = await ask('/api/surface/SPY?at=2026-11-18T10:02:00-05:00&expiry=20261218')
  expect(status).toBe(200)
  expect(body).toMatchObject({ symbol: 'SPY', source: 'test data', slot: null, expirations: [], grid: [] })
  expect(await ask('/api/surface/NOPE')).toMatchObject({
    status: 404,
    body: { error: { code: 'unknown_symbol' } },
  })
  for (const [query, code] of [
    ['at=2026-11-18', 'bad_time'],
    ['at=2026-11-18T10:00:00', 'bad_time'],
    ['expiry=2026', 'bad_date'],
    ['expiry=20261218&expiry=20261219', 'unknown_parameter'],
    ['days=3', 'unknown_parameter'],
  ]) {
    expect(await ask(`/api/surface/SPY?${query}`)).toMatchObject({ status: 400, body: { error: { code } } })
  }
})
