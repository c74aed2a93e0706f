import { afterAll, beforeAll, expect, test } from 'vitest'
import { type HttpServer, openHttpServer } from '../../../src/serve/http.ts'
import { httpOptions } from '../../../src/serve/options.ts'
import { servedSources } from '../../support/served-sources.ts'

let server: HttpServer
beforeAll(async () => {
  server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: servedSources(),
    onError: (error) => {
      throw error
    },
  })
})
afterAll(() => server.close())

async function ask(path: string) {
  const answer = await fetch(server.url + path)
  return { status: answer.status, body: JSON.parse(await answer.text()) }
}

test('the coverage of a month ends with the newest session', async () => {
  const { status, body } = await ask('/api/views/coverage/SPY')
  expect(status).toBe(200)
  expect(body).toMatchObject({
    ...{ symbol: 'SPY', range: 'month', from: '2026-10-19', to: '2026-11-18', newest: '2026-11-18' },
    ...{ source: 'test data', interval_seconds: 300 },
    totals: { expected: 7, stored: 5, partial: 1, missing: 1, unknown: 0 },
  })
  expect(body.lines[0].states.slice(0, 9)).toBe('ssmspssoo')
})

test('a range ends at a date that is asked for, and never after the newest session', async () => {
  const dates = async (query: string) => {
    const { from, to } = (await ask(`/api/views/coverage/SPY?${query}`)).body
    return [from, to]
  }
  expect(await dates('range=week&to=2026-11-10')).toEqual(['2026-11-04', '2026-11-10'])
  expect(await dates('range=year&to=2030-01-01')).toEqual(['2025-11-18', '2026-11-18'])
})

test('a symbol that was never collected has no lines, and says so', async () => {
  const { body } = await ask('/api/views/coverage/QQQ')
  expect(body).toMatchObject({ lines: [], reason: 'nothing_collected' })
})

test('the chain table has the slot, its expirations and the strike at the money', async () => {
  const { body } = await ask('/api/views/chain/SPY')
  expect(body).toMatchObject({
    ...{ symbol: 'SPY', slot: '2026-11-18T15:00:00.000Z', at_the_money: 0, strike: [660] },
    calls: { bid: [11.2], quoted_seconds: [12.3] },
  })
  expect((await ask('/api/views/chain/QQQ')).body.reason).toBe('no_chain')
})

test('the harvest of a day and the quotes of a slot come with the limits', async () => {
  const { body } = await ask('/api/views/harvest/SPY?date=2026-11-18')
  expect(body).toMatchObject({ date: '2026-11-18', limits: { messages_per_second: 45, lines: 100 } })
  expect(body.answered).toHaveLength(7)
  expect((await ask('/api/views/harvest/SPY?date=2020-01-02')).body.slot).toEqual([])
  expect((await ask('/api/views/quotes/SPY')).body).toMatchObject({ rows: 1, from_second: 0 })
})

test('the gateway says what it lacks, and the lake what it holds', async () => {
  expect((await ask('/api/views/gateway')).body).toMatchObject({
    connected: true,
    session: { lines_in_use: 8, lines_usable: 100 },
    notices: [],
  })
  expect((await ask('/api/views/lake')).body).toMatchObject({
    tables: [{ name: 'option_snapshots', rows: 78_000 }, { name: 'slots' }],
    days: { date: ['2026-11-18'], bytes: [1_600_000] },
    growth: { bytes_per_day: 1_700_000, sessions_until_full: 5_000 },
  })
})

test.each([
  ['/api/views/coverage/TSLA', 404, 'unknown_symbol'],
  ['/api/views/coverage/SPY?range=decade', 400, 'unknown_parameter'],
  ['/api/views/coverage/SPY?range=week&range=year', 400, 'unknown_parameter'],
  ['/api/views/coverage/SPY?to=2026-02-30', 400, 'bad_date'],
  ['/api/views/chain/SPY?at=yesterday', 400, 'bad_time'],
  ['/api/views/chain/SPY?expiry=2026-12-18', 400, 'bad_date'],
  ['/api/views/chain/SPY?class=%3Cscript%3E', 400, 'bad_class'],
  ['/api/views/chain/%2e%2e%2fSPY', 404, 'unknown_symbol'],
  ['/api/views/harvest/SPY?date=20261118', 400, 'bad_date'],
  ['/api/views/quotes/SPY?at=2026-11-18T10:00', 400, 'bad_time'],
  ['/api/views/gateway?symbol=SPY', 400, 'unknown_parameter'],
  ['/api/views/lake?at=2026-11-18T10:00:00Z', 400, 'unknown_parameter'],
])('%s is refused: %i %s', async (path, status, code) => {
  const answer = await ask(path)
  expect([answer.status, answer.body.error.code]).toEqual([status, code])
  expect(JSON.stringify(answer.body)).not.toContain('script')
})
