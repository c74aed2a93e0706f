import { afterEach, expect, test } from 'vitest'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import { decimal, listOf, oneOf, time, tradeDate, wholeNumber } from '../../src/serve/route-parameters.ts'
import type { HttpSources } from '../../src/serve/sources.ts'
import { servedSources } from '../support/served-sources.ts'

const SLOT = newYorkInstant(sessionDate('2026-11-18'), '10:00')

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start(own: Partial<HttpSources> = {}) {
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

test('a time has a date that exists, a time of day and an offset', () => {
  expect(time.read('2026-11-18T10:00:00-05:00')).toBe(SLOT)
  expect(time.read('2026-11-18T15:00:00.000Z')).toBe(SLOT)
  expect(time.read('2026-11-18T15:00Z')).toBe(SLOT)
  for (const text of [
    '2026-11-18',
    '2026-11-18T10:00:00',
    '2026-02-30T10:00:00Z',
    '2026-11-18T24:00:00Z',
    '2026-11-18T10:60:00Z',
    '2026-11-18T10:00:00 05:00',
    '2026-11-18T10:00:00-99:00',
    '+012026-11-18T10:00:00Z',
    '1763478000000',
    '1Z',
    'now',
    '',
  ]) {
    expect([text, time.read(text)]).toEqual([text, undefined])
  }
})

test('numbers and lists are read whole or not at all', () => {
  expect(wholeNumber(1, 400).read('400')).toBe(400)
  for (const text of ['0', '401', '1e2', '+5', '05', '5.0', ' 5', '']) {
    expect([text, wholeNumber(1, 400).read(text)]).toEqual([text, undefined])
  }
  expect(decimal(0, 10_000).read('662.5')).toBe(662.5)
  for (const text of ['-1', '1e3', 'NaN', 'Infinity', '1.', '.5', '10001']) {
    expect([text, decimal(0, 10_000).read(text)]).toEqual([text, undefined])
  }
  const rights = listOf(oneOf('C', 'P'), 2)
  expect(rights.read('P,C')).toEqual(['P', 'C'])
  for (const text of ['', 'C,', 'C,C', 'C,P,X', 'C,P,C']) {
    expect([text, rights.read(text)]).toEqual([text, undefined])
  }
  expect(tradeDate.read('2026-02-30')).toBeUndefined()
})

test('each route of a slot takes the newest at or before a time', async () => {
  const asked: (readonly [string, string, number | undefined])[] = []
  const noted = (name: string) => async (symbol: string, at?: number) => {
    asked.push([name, symbol, at])
    return null
  }
  const ask = await start({
    marketData: noted('marketData'),
    positioning: noted('positioning'),
    surface: noted('surface'),
    futures: async (symbol, at) => {
      asked.push(['futures', symbol, at])
      return []
    },
  })
  for (const path of ['market-data', 'positioning', 'iv', 'realized', 'surface', 'futures']) {
    const { status, body } = await ask(`/api/${path}/SPY?at=2026-11-18T10:00:00-05:00`)
    expect([path, status, body.slot]).toEqual([path, 200, null])
  }
  expect(asked).toEqual([
    ['marketData', 'SPY', SLOT],
    ['positioning', 'SPY', SLOT],
    ['marketData', 'SPY', SLOT],
    ['marketData', 'SPY', SLOT],
    ['surface', 'SPY', SLOT],
    ['futures', 'SPY', SLOT],
  ])
})

test('the chain as of a time is that of the newest slot by then, and none before the first', async () => {
  const ask = await start()
  const path = '/api/chains/SPY?at='
  const { body } = await ask(`${path}2026-11-18T10:03:00-05:00`)
  expect(body).toMatchObject({ slot: '2026-11-18T15:00:00.000Z', date: '2026-11-18' })
  expect(body.rows).toHaveLength(1)
  expect((await ask(`${path}2026-11-18T09:55:00-05:00`)).body).toMatchObject({
    slot: null,
    date: null,
    rows: [],
  })
  expect((await ask('/api/chains/SPY')).body).toEqual((await ask('/api/chains/SPY/latest')).body)
})

test('the sessions with stored slots come newest first, of one symbol or of all', async () => {
  const day = (date: string) => ({ date: sessionDate(date), firstSlot: SLOT, lastSlot: SLOT })
  const ask = await start({
    sessions: async ({ symbol }) =>
      symbol === 'QQQ' ? [] : [day('2026-11-18'), day('2026-11-17'), day('2026-11-16')],
  })
  const { body } = await ask('/api/sessions?symbol=SPY&most=2')
  expect(body).toMatchObject({ symbol: 'SPY', at: '2026-11-18T15:07:00.000Z', count: 3 })
  const slot = '2026-11-18T15:00:00.000Z'
  expect(body.sessions).toEqual([
    { date: '2026-11-18', first_slot: slot, last_slot: slot },
    { date: '2026-11-17', first_slot: slot, last_slot: slot },
  ])
  expect((await ask('/api/sessions?symbol=QQQ')).body).toMatchObject({ sessions: [], count: 0 })
  expect((await ask('/api/sessions')).body).toMatchObject({ symbol: null, count: 3 })
})

test.each([
  ['/api/chains/SPY?at=2026-11-18', 400, 'bad_time'],
  ['/api/chains/SPY?at=2026-02-30T10:00:00Z', 400, 'bad_time'],
  ['/api/chains/SPY?at=%00', 400, 'bad_time'],
  ['/api/chains/SPY?at=', 400, 'bad_time'],
  ['/api/chains/SPY?at=2026-11-18T10:00:00Z&at=2026-11-18T10:00:00Z', 400, 'unknown_parameter'],
  ['/api/chains/SPY?At=2026-11-18T10:00:00Z', 400, 'unknown_parameter'],
  ['/api/chains/SPY/latest?at=2026-11-18T10:00:00Z', 400, 'unknown_parameter'],
  ['/api/chains/SPY?__proto__=1', 400, 'unknown_parameter'],
  ['/api/chains/SPY?constructor=1', 400, 'unknown_parameter'],
  ['/api/chains/spy', 404, 'unknown_symbol'],
  ['/api/chains/TSLA?at=2026-11-18T10:00:00Z', 404, 'unknown_symbol'],
  ['/api/chains/__proto__', 404, 'unknown_symbol'],
  ['/api/sessions?symbol=TSLA', 404, 'unknown_symbol'],
  ['/api/sessions?symbol=__proto__', 404, 'unknown_symbol'],
  ['/api/sessions?most=0', 400, 'unknown_parameter'],
  ['/api/sessions?most=99999', 400, 'unknown_parameter'],
  ['/api/sessions?symbol=SPY&symbol=QQQ', 400, 'unknown_parameter'],
  ['/api/positioning/SPY?expiry=20261218', 400, 'unknown_parameter'],
  ['/api/futures/SPY/latest?at=2026-11-18T10:00:00Z', 400, 'unknown_parameter'],
  ['/api/slots?date=2026-11-18&date=2026-11-19', 400, 'unknown_parameter'],
  ['/api/bars/%3Cscript%3E', 400, 'bad_symbol'],
  ['/api/bars/SPY?from=2026-11-18', 400, 'bad_date'],
])('%s is refused with %i', async (path, status, code) => {
  const ask = await start()
  const answer = await ask(path)
  expect([answer.status, answer.body.error.code]).toEqual([status, code])
})

test('a refusal lists the parameters that a route has, with what is legal', async () => {
  const ask = await start()
  const messageOf = async (path: string) => (await ask(path)).body.error.message
  expect(await messageOf('/api/chains/SPY?x=1')).toBe('the only parameters, each once, are at; greeks=all')
  expect(await messageOf('/api/realized/SPY?x=1')).toBe(
    'the only parameters, each once, are days, a number from 1 to 9999; ' +
      'estimator: close_to_close, parkinson, yang_zhang, five_minute; at',
  )
  expect(await messageOf('/api/futures/SPY/latest?x=1')).toBe('this path has no parameters')
})
