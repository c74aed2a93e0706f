import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ClockSource } from '../../src/serve/health/snapshot.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import { goodHealth, servedSources } from '../support/served-sources.ts'

let server: HttpServer
let clockSource: ClockSource = 'machine'
const errors: unknown[] = []

beforeAll(async () => {
  server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: { ...servedSources(), health: () => ({ ...goodHealth(), clockSource }) },
    onError: (error) => errors.push(error),
  })
})
afterAll(() => server.close())

const ANSWERS = [
  '/livez',
  '/readyz',
  '/health',
  '/api/health',
  '/api/slots',
  '/api/chains/SPY/latest',
  '/api/market-data/SPY',
  '/api/iv/SPY',
  '/api/gateway',
]

test.each(ANSWERS)('%s says whose time it uses, and that an artificial one is artificial', async (path) => {
  const clockOf = async (source: ClockSource) => {
    clockSource = source
    return ((await (await fetch(server.url + path)).json()) as { clock: unknown }).clock
  }
  expect(await clockOf('machine')).toEqual({ source: 'machine', artificial: false, words: null })
  for (const source of ['gateway', 'simulated'] as const) {
    const words = expect.stringMatching(/^artificial time: /)
    expect(await clockOf(source)).toEqual({ source, artificial: true, words })
  }
})

test.each([
  '?',
  '?x=1&x=2',
  '?__proto__=1&constructor=2',
  '?%',
  '?%00=%ff%fe',
  `?${'a=b&'.repeat(50)}`,
  '?now=NaN&symbol=../../etc/passwd',
])('no query breaks /health: %.40s', async (query) => {
  clockSource = 'machine'
  const answer = await fetch(`${server.url}/health${query}`)
  expect([answer.status, ((await answer.json()) as { status: string }).status]).toEqual([200, 'ok'])
  expect(errors).toEqual([])
})
