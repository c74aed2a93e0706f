import { readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { EXIT } from '../../src/process/failure.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import type { HttpSources } from '../../src/serve/sources.ts'
import { attacks, faultOf, SLOW } from '../faults/http.ts'
import { get, sendBytes } from '../support/http-peer.ts'
import { servedSources } from '../support/served-sources.ts'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start(own: Partial<HttpSources> = {}, options: object = {}) {
  const errors: unknown[] = []
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0, ...options }),
    sources: { ...servedSources(), ...own },
    onError: (error) => errors.push(error),
  })
  open.push(server)
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(server.url + path, { headers })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { server, errors, ask }
}

test('the three health endpoints answer with JSON and reasons', async () => {
  const { ask } = await start()
  for (const path of ['/livez', '/readyz', '/health']) {
    const { status, text } = await ask(path)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ status: 'ok', at: '2026-11-18T15:07:00.000Z' })
  }
  const { checks } = JSON.parse((await ask('/health')).text)
  expect(checks).toContainEqual({
    name: 'slot',
    status: 'ok',
    reason: '10:00 landed',
    since: null,
    advice: null,
  })
})

test('the page reads the checks with 200, however bad they are', async () => {
  const sources = servedSources()
  const lakeFault = { message: 'no space left on the device', since: sources.health().now }
  const { ask } = await start({ health: () => ({ ...sources.health(), lakeFault }) })
  const failing = await ask('/health')
  const shown = await ask('/api/health')
  expect([failing.status, shown.status]).toEqual([503, 200])
  expect(JSON.parse(shown.text)).toEqual(JSON.parse(failing.text))
  expect((await ask('/api/health?at=now')).status).toBe(400)
})

test('a failure is 503, with the time of its start and what to do', async () => {
  const sources = servedSources()
  const lakeFault = { message: 'no space left on the device', since: sources.health().now }
  const { ask } = await start({ health: () => ({ ...sources.health(), lakeFault }) })
  const { status, text } = await ask('/readyz')
  expect(status).toBe(503)
  expect(JSON.parse(text).checks).toContainEqual({
    name: 'lake',
    status: 'fail',
    reason: 'no space left on the device',
    since: '2026-11-18T15:07:00.000Z',
    advice: expect.stringContaining('Free disk space'),
  })
})

test('the ledger of a day comes with the slots that are expected', async () => {
  const { ask } = await start()
  const today = JSON.parse((await ask('/api/slots')).text)
  expect(today).toMatchObject({ date: '2026-11-18', symbols: ['SPY', 'QQQ'], interval_seconds: 300 })
  expect(today.expected).toHaveLength(78)
  expect(today.at).toBe('2026-11-18T15:07:00.000Z')
  expect(today.expected[0]).toEqual({
    slot: '2026-11-18T14:30:00.000Z',
    time: '09:30',
    symbols: ['SPY', 'QQQ'],
  })
  expect(today.slots).toHaveLength(14)
  expect(today.slots[4]).toMatchObject({ time: '09:40', outcome: 'missing', reason: 'connection_lost' })
  const holiday = JSON.parse((await ask('/api/slots?date=2026-11-26')).text)
  expect(holiday).toMatchObject({ session: null, expected: [], slots: [] })
  const { status, text } = await ask('/api/slots?date=2026-02-30')
  expect([status, JSON.parse(text).error.code]).toEqual([400, 'bad_date'])
})

test('the latest chain is served by symbol, an unknown symbol is 404 with the known ones', async () => {
  const { ask } = await start()
  const { rows, slot } = JSON.parse((await ask('/api/chains/SPY/latest')).text)
  expect(slot).toBe('2026-11-18T15:00:00.000Z')
  expect(rows).toMatchObject([{ strike: 660, last: null, quoted_at: '2026-11-18T15:00:12.345Z' }])
  expect(JSON.parse((await ask('/api/chains/QQQ/latest')).text)).toMatchObject({ slot: null, rows: [] })
  const { status, text } = await ask('/api/chains/TSLA/latest')
  expect([status, JSON.parse(text).error]).toEqual([
    404,
    { code: 'unknown_symbol', message: 'the symbols collected here are SPY, QQQ' },
  ])
})

test('the chain comes with rho, vanna, volga and charm where they are asked for', async () => {
  const { ask } = await start()
  const [plain] = JSON.parse((await ask('/api/chains/SPY/latest')).text).rows
  const [row] = JSON.parse((await ask('/api/chains/SPY/latest?greeks=all')).text).rows
  const { rho, vanna, volga, charm, ...stored } = row
  expect(stored).toEqual(plain)
  for (const value of [rho, vanna, volga, charm]) expect(value).toBeTypeOf('number')
  for (const query of ['greeks=some', 'greek=all', 'greeks=all&greeks=all']) {
    const { status, text } = await ask(`/api/chains/SPY/latest?${query}`)
    expect([status, JSON.parse(text).error]).toEqual([
      400,
      { code: 'unknown_parameter', message: 'the only parameter is greeks=all' },
    ])
  }
})

test('metrics are served in the text format of Prometheus', async () => {
  const { ask } = await start()
  const { headers, text } = await ask('/metrics')
  expect(headers.get('content-type')).toContain('text/plain; version=0.0.4')
  expect(text).toMatch(/^process_resident_memory_bytes \d+$/m)
})

test('the page uses only files and data of this server', async () => {
  const { ask } = await start()
  const { status, text, headers } = await ask('/')
  expect(status).toBe(200)
  const linked = [...text.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, link]) => link as string)
  expect(linked).toContain('main.js')
  for (const link of linked.filter((one) => one !== 'data:,')) {
    expect(link).toMatch(/^([a-z][a-z/-]*\.(css|js)|api\/[a-z]+|docs\/)$/)
    expect([link, (await ask(`/${link}`)).status]).toEqual([link, 200])
  }
  expect(text).not.toMatch(/<style|<script[^>]*>[^<]| on[a-z]+=| style=/)
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  expect(headers.get('x-frame-options')).toBe('DENY')
})

test.each([
  ['/', 'text/html; charset=utf-8'],
  ['/styles.css', 'text/css; charset=utf-8'],
  ['/main.js', 'text/javascript; charset=utf-8'],
])('%s is %s that a browser keeps only while it is unchanged', async (path, contentType) => {
  const { ask } = await start()
  const { status, text, headers } = await ask(path)
  expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
    200,
    contentType,
    'no-cache',
  ])
  expect(text).not.toMatch(/https?:\/\/|innerHTML|eval\(/)
  const again = await ask(path, { 'If-None-Match': headers.get('etag') as string })
  expect([again.status, again.text, again.headers.get('x-content-type-options')]).toEqual([
    304,
    '',
    'nosniff',
  ])
  expect((await ask(path, { 'If-None-Match': '"another"' })).status).toBe(200)
})

test('the scripts of the page find every element that they fill', async () => {
  const { ask } = await start()
  const named = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, id]) => id)
  const folder = new URL('../../src/serve/page/', import.meta.url)
  const scripts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.js'),
  )
  const texts = await Promise.all(scripts.map(async (name) => (await ask(`/${name}`)).text))
  const filled = texts.flatMap((text) => named(text, /byId\('([\w-]+)'\)/g))
  expect(filled.length).toBeGreaterThan(6)
  expect(named((await ask('/')).text, / id="([\w-]+)"/g)).toEqual(expect.arrayContaining(filled))
})

test('HEAD gives the headers of GET and no body', async () => {
  const { server } = await start()
  for (const path of ['/', '/main.js', '/health', '/api/slots', '/api/chains/TSLA/latest']) {
    const [head, whole] = await Promise.all(
      ['HEAD', 'GET'].map((method) => fetch(server.url + path, { method })),
    )
    expect([path, head?.status]).toEqual([path, whole?.status])
    for (const name of ['content-type', 'etag', 'content-security-policy', 'cache-control']) {
      expect(head?.headers.get(name)).toBe(whole?.headers.get(name))
    }
    expect(await head?.text()).toBe('')
    expect((await whole?.text())?.length).toBeGreaterThan(0)
  }
})

test('every file of the page has its own type, and is sent compressed where that is accepted', async () => {
  const { server } = await start()
  const folder = join(import.meta.dirname, '../../src/serve/page')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const scripts = files.filter((name) => /\.(js|css)$/.test(name)).map((name) => `/${name}`)
  for (const path of scripts) {
    const [plain, small] = await Promise.all(
      ['identity', 'br, gzip;q=0.5'].map((encoding) =>
        fetch(server.url + path, { headers: { 'Accept-Encoding': encoding } }),
      ),
    )
    expect(plain?.headers.get('content-type')).toBe(
      path.endsWith('.css') ? 'text/css; charset=utf-8' : 'text/javascript; charset=utf-8',
    )
    expect([plain?.headers.get('content-encoding'), small?.headers.get('content-encoding')]).toEqual([
      null,
      'gzip',
    ])
    expect(small?.headers.get('etag')).toBe(plain?.headers.get('etag'))
    expect(await small?.text()).toBe(await plain?.text())
  }
})

test.each([
  '/tsconfig.json',
  '/assets.js',
  '/views',
  '/charts/',
  '/vendor',
  '/vendor/../http.ts',
  '/index.html',
])('%s is no file of the page', async (path) => {
  const { ask } = await start()
  expect((await ask(path)).status).toBe(404)
})

test('answers of a kilobyte and more are compressed for clients that accept gzip', async () => {
  const { ask } = await start()
  const plain = await ask('/api/slots', { 'Accept-Encoding': 'gzip;q=0, br' })
  const small = await ask('/api/slots', { 'Accept-Encoding': 'br, GZIP' })
  expect([plain.headers.get('content-encoding'), plain.headers.get('vary')]).toEqual([
    null,
    'Accept-Encoding',
  ])
  expect([small.headers.get('content-encoding'), small.headers.get('cache-control')]).toEqual([
    'gzip',
    'no-store',
  ])
  expect(small.text).toBe(plain.text)
  const refused = await ask('/api/slots?x=1', { 'Accept-Encoding': 'gzip' })
  expect([refused.status, refused.headers.get('content-encoding')]).toEqual([400, null])
})

test('allowed host names are answered, with and without a port', async () => {
  const { server } = await start({}, { allowedHosts: ['lake.lan', '[::1]'] })
  const status = async (host: string, origin = 'http://lake.lan:8787') =>
    (await sendBytes(server.port, get('/livez', { Host: host, Origin: origin }))).status
  expect(await status('lake.lan')).toBe(200)
  expect(await status('LAKE.lan.:9000')).toBe(200)
  expect(await status('[::1]:8787')).toBe(200)
  expect(await status('localhost')).toBe(403)
  expect(await status('lake.lan', 'https://other.lan')).toBe(403)
})

test.each(attacks())('refused: $name', async (attack) => {
  const { server, errors } = await start()
  expect(faultOf(attack, await sendBytes(server.port, attack.bytes))).toBeNull()
  expect(errors).toEqual([])
})

test('a refusal is JSON that names its kind and repeats nothing of the request', async () => {
  const { ask } = await start()
  const { text, status, headers } = await ask('/no/such<script>', {})
  expect([status, JSON.parse(text)]).toEqual([404, { error: { code: 'not_found', message: 'no such path' } }])
  expect(headers.get('x-content-type-options')).toBe('nosniff')
})

test('a source that throws gives a 500 without details, and its error is reported internally', async () => {
  const { ask, errors } = await start({ chain: () => Promise.reject(new Error('/secret/path')) })
  const { status, text } = await ask('/api/chains/SPY/latest')
  expect(status).toBe(500)
  expect(text).not.toContain('secret')
  expect(errors).toHaveLength(1)
})

test('slow clients are disconnected within three seconds, and a good one is answered meanwhile', async () => {
  const { server } = await start()
  const held = Object.values(SLOW).flatMap((hold) => Array.from({ length: 17 }, () => hold(server.port)))
  expect((await sendBytes(server.port, get('/livez'))).status).toBe(200)
  for (const { closed, seconds } of await Promise.all(held)) {
    expect(closed).toBe(true)
    expect(seconds).toBeLessThan(3.3)
  }
})

test('a port that is taken is a configuration failure that names it', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as { port: number }
  await expect(start({}, { port })).rejects.toMatchObject({
    exitCode: EXIT.configuration,
    message: `http.port ${port} on 127.0.0.1 is in use by another program: set another http.port or http.host`,
  })
  other.close()
})

test('a client that sends a request before the last one is answered is disconnected', async () => {
  const { server } = await start()
  const request = 'GET /api/slots HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const { text, closed } = await sendBytes(server.port, request.repeat(1_000))
  expect(closed).toBe(true)
  expect(text.split('HTTP/1.1').length - 1).toBeLessThanOrEqual(1)
})
