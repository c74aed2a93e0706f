import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addApi } from '../../src/serve/api.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import type { Api } from '../../src/serve/refusals.ts'
import { servedSources } from '../support/served-sources.ts'

/** Every path of the API, from the routes themselves: a new one is asked too. */
function apiPaths(): string[] {
  const app: Api = new Hono()
  addApi(app, servedSources())
  const paths = app.routes.filter(({ method }) => method === 'GET').map(({ path }) => path)
  return [...new Set(paths)].filter((path) => path.startsWith('/api/')).sort()
}

const PATHS = apiPaths()
const OF_SYMBOLS = PATHS.filter((path) => path.includes(':symbol'))
/** Bars are stored of any index: a symbol that has none has no bars. */
const OF_ANY_SYMBOL = new Set(['/api/bars/:symbol'])

let server: HttpServer
const errors: unknown[] = []
beforeAll(async () => {
  server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: servedSources(),
    onError: (error) => errors.push(error),
  })
})
afterAll(() => server.close())

async function ask(target: string) {
  const answer = await fetch(server.url + target)
  return { status: answer.status, text: await answer.text() }
}

const ODD_SYMBOLS = [
  ...['TSLA', 'spy', 'SPY.', '%20SPY', 'SPY%00', '%00', '__proto__', 'constructor', 'toString'],
  ...['..%2f..%2fetc%2fpasswd', '%3Cscript%3Ealert(1)%3C%2Fscript%3E', "SPY'%20OR%201=1--", '$%7B7*7%7D'],
  ...['%F0%9F%98%80', '%E2%80%AESPY', '%zz', 'S'.repeat(500), 'SPY;QQQ', 'SPY,QQQ', '*'],
]

test.each(OF_SYMBOLS)('%s refuses what is no collected symbol', async (path) => {
  const answers = []
  for (const symbol of ODD_SYMBOLS) {
    const { status, text } = await ask(path.replace(':symbol', symbol))
    const isNone = OF_ANY_SYMBOL.has(path) && status === 200 && text.includes('"bars":[]')
    if (!isNone && status !== 404 && status !== 400) answers.push([symbol, status])
    expect(text).not.toMatch(/<script>alert|node_modules|\bat .+:\d+:\d+/)
  }
  expect(answers).toEqual([])
})

const ODD_QUERIES = [
  ...['x=1', 'x', '__proto__=1', 'constructor=1', 'toString', 'AT=1', 'at[]=1', 'at.0=1', '%61t%00=1'],
  ...['at=', 'at=now', 'at=0', 'at=1e99', 'at=NaN', 'at=-1', 'at=null', 'at=undefined', 'at=%00', 'at=%zz'],
  ...['at=2026-11-18', 'at=2026-11-18T10:00', 'at=2026-02-30T10:00:00Z', 'at=2026-13-01T00:00:00Z'],
  ...['at=2026-11-18T25:00:00Z', 'at=2026-11-18T10:00:60Z', 'at=2026-11-18T10:00:00%2B15:60'],
  ...["at=2026-11-18T15:00:00Z'%20OR%201=1--", 'at=..%2f..%2fetc%2fpasswd', 'at=+002026-11-18T10:00:00Z'],
  ...['at=2026-11-18T15:00:00Z&at=2026-11-18T15:00:00Z', 'at=2026-11-18T15:00:00Z&x=1'],
  ...['date=2026-02-30', 'date=yesterday', 'date=%00', 'date=2026-11-18&date=2026-11-18'],
  ...['expiry=2026', 'expiry=20260230', 'expiry=%00', 'symbol=TSLA', 'symbol=', 'days=-1', 'days=1e9'],
  ...['days=99999999999999999999', 'most=0', 'greeks=none', `x=${'1'.repeat(900)}`],
]

test.each(PATHS.filter((path) => path !== '/api/gateway'))(
  '%s refuses odd parameters by name',
  async (path) => {
    const target = path.replace(':symbol', 'SPY')
    const answers = []
    for (const query of ODD_QUERIES) {
      const { status, text } = await ask(`${target}?${query}`)
      const code = /"code":"(\w+)"/.exec(text)?.[1]
      if ((status !== 400 && status !== 404) || code === undefined) answers.push([query, status])
    }
    expect(answers).toEqual([])
  },
)

const FAR = [
  ...['1970-01-01T00:00:00Z', '1970-01-01T00:00:00%2B14:00', '2199-12-31T23:59:59.999-14:00'],
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999-14:00'],
]

test.each(PATHS)('%s answers times that no lake has, or says that it takes none', async (path) => {
  for (const at of FAR) {
    const { status } = await ask(`${path.replace(':symbol', 'SPY')}?at=${at}`)
    expect([200, 400]).toContain(status)
  }
  expect(errors.splice(0)).toEqual([])
})
