import { formatTable } from '../../src/commands/terminal/table.ts'
import { openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import { drip, get, type Received, sendBytes } from '../support/http-peer.ts'
import { servedSources } from '../support/served-sources.ts'
import { type Campaign, roundsOf } from './campaign.ts'
import { oddHttpFaults } from './odd-http.ts'

/** One request that must be refused, and the allowed answers. */
export interface Attack {
  readonly name: string
  readonly bytes: string
  readonly allowed: readonly (number | null)[]
}

const HOSTS = [
  'evil.example',
  'localhost.evil.example',
  'evil.example:8787',
  'localhost@evil.example',
  '127.0.0.1.nip.io',
  '[::2]',
  '',
  '0.0.0.0',
]
const ORIGINS = [
  'http://evil.example',
  'https://localhost.evil.example',
  'null',
  'file://',
  'http://localhost@evil.example',
  'chrome-extension://abc',
]
const TRAVERSALS = [
  '/../../../../etc/passwd',
  '/..%2f..%2f..%2fetc%2fpasswd',
  '/%2e%2e/%2e%2e/etc/passwd',
  '/api/chains/..%2f..%2f..%2fetc%2fpasswd/latest',
  '/api/chains/....//....//etc/passwd/latest',
  '/api/chains/SPY%00/latest',
  '/static/../package.json',
  '/.git/config',
  '/.env',
  '/package.json',
  '//evil.example/health',
  '/\\..\\..\\windows\\win.ini',
  '/api/slots/../../lake',
]
const INJECTIONS = [
  "/api/chains/SPY'%20OR%201=1--/latest",
  '/api/chains/SPY;DROP%20TABLE%20slots/latest',
  '/api/chains/%3Cscript%3Ealert(1)%3C%2Fscript%3E/latest',
  '/api/chains/__proto__/latest',
  '/api/chains/constructor/latest',
  '/api/chains/$%7B7*7%7D/latest',
  '/api/chains/%0d%0aSet-Cookie:%20a=b/latest',
  "/api/slots?date=2026-11-18'%20OR%20'1'='1",
  '/api/slots?date=../../etc/passwd',
  '/api/slots?date=2026-02-30',
  '/api/slots?date=%00',
  '/api/slots?date=9999999-01-01',
  '/api/slots?date[]=1',
  '/api/slots?date=2026-11-18&date=2026-11-19',
]
const METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND']

/** All requests that must be refused. */
export function attacks(): Attack[] {
  const refused = (name: string, bytes: string, allowed: Attack['allowed']) => ({ name, bytes, allowed })
  return [
    ...HOSTS.map((host) => refused(`host "${host}"`, get('/health', { Host: host }), [403, 400])),
    ...ORIGINS.map((origin) => refused(`origin "${origin}"`, get('/health', { Origin: origin }), [403])),
    ...TRAVERSALS.map((target) => refused(`traversal ${target}`, get(target), [404, 400])),
    ...INJECTIONS.map((target) => refused(`injection ${target}`, get(target), [404, 400])),
    ...METHODS.map((method) => refused(`method ${method}`, get('/health').replace('GET', method), [405])),
    refused('no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', [400]),
    refused('no host, HTTP/1.0', 'GET /health HTTP/1.0\r\n\r\n', [400, 403]),
    refused(
      'two hosts',
      'GET /health HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\nConnection: close\r\n\r\n',
      [400, 403],
    ),
    refused('absolute target', get('http://evil.example/health'), [400]),
    refused('proxy request', 'CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n\r\n', [null, 400, 405]),
    refused('a body', `${get('/health', { 'Content-Length': '5' })}abcde`, [413]),
    refused(
      'a chunked body',
      `${get('/health', { 'Transfer-Encoding': 'chunked' })}5\r\nabcde\r\n0\r\n\r\n`,
      [413],
    ),
    refused(
      'smuggling',
      `${get('/health', { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' })}0\r\n\r\n`,
      [400],
    ),
    refused('a long target', get(`/api/slots?date=${'1'.repeat(2_000)}`), [414]),
    refused('headers of 20 kB', get('/health', { 'X-Long': 'a'.repeat(20_000) }), [431]),
    refused('an upgrade', get('/unknown', { Connection: 'Upgrade', Upgrade: 'websocket' }), [404, null]),
    refused('no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', [400]),
    refused('rubbish', 'GET\0/\0\r\n\r\n', [400]),
    refused('bare line feed in a header', 'GET /health HTTP/1.1\nHost: localhost\nX: a\rb\n\n', [400]),
  ]
}

/** What an answer must never contain: file contents, source locations, injected text. */
const LEAK =
  /root:.*:0:0|node_modules|\/src\/|\/dist\/|\bat .+:\d+:\d+|\[core\]|"name": "optionlake"|<script>alert|set-cookie|evil\.example/i

/** What is wrong with an answer; null for nothing. */
export function faultOf({ name, allowed }: Attack, { status, text }: Received): string | null {
  if (!allowed.includes(status)) return `${name}: answered ${status}, not ${allowed.join(' or ')}`
  const leak = LEAK.exec(text)
  return leak ? `${name}: leaks "${leak[0]}"` : null
}

/** Ways to hold a connection open. */
export const SLOW: Readonly<Record<string, (port: number) => Promise<Received>>> = {
  'sends nothing': (port) => sendBytes(port, '', 8),
  'half a request line': (port) => sendBytes(port, 'GET /hea', 8),
  'a header at a time': (port) => drip(port, headersOneByOne(), 300),
  'a byte at a time': (port) => drip(port, get('/health', { 'X-Slow': 'a'.repeat(200) }), 100),
  'a body that never comes': (port) => sendBytes(port, get('/health', { 'Content-Length': '1000' }), 8),
  'keep-alive, then half a request': (port) =>
    sendBytes(port, `${get('/livez', { Connection: 'keep-alive' })}GET /he`, 8),
}

function* headersOneByOne(): Generator<string> {
  yield 'GET /health HTTP/1.1\r\nHost: localhost\r\n'
  for (let at = 0; at < 60; at++) yield `X-${at}: a\r\n`
}

/** Figure 20: wrong Host and Origin, traversal, injection; a hundred slow clients. */
export const http: Campaign = {
  name: 'http',
  summary: 'hostile, slow and odd requests (figure 20)',
  takes: '2 minutes',
  run: async (options) => {
    const each = options.quick ? 10 : 100
    const errors: unknown[] = []
    const server = await openHttpServer({
      options: httpOptions.parse({ port: 0 }),
      sources: servedSources(),
      onError: (error) => errors.push(error),
    })
    const faults: string[] = []
    const all = attacks()
    for (const attack of all) {
      const fault = faultOf(attack, await sendBytes(server.port, attack.bytes))
      if (fault) faults.push(fault)
    }
    for (const fault of faults) console.log(fault)
    const rows: { way: string; slowest: number; open: number; well: number }[] = []
    for (const [way, hold] of Object.entries(SLOW)) {
      const held = Array.from({ length: each }, () => hold(server.port))
      // A well-behaved client is served meanwhile.
      const well = await sendBytes(server.port, get('/livez'))
      const answers = await Promise.all(held)
      rows.push({
        way,
        slowest: Math.max(...answers.map(({ seconds }) => seconds)),
        open: answers.filter(({ closed }) => !closed).length,
        well: well.status === 200 ? well.seconds : Number.POSITIVE_INFINITY,
      })
    }
    const requests = roundsOf(options, 10_000, 300)
    const odd = await oddHttpFaults(server.port, { requests, seed: options.seed })
    await server.close()
    print(rows)
    for (const [fault, times] of [...odd.faults].slice(0, 30)) console.log(`${times} × ${fault}`)
    const statuses = [...odd.statuses].sort(([a], [b]) => a - b)
    console.log(`statuses: ${statuses.map(([status, times]) => `${status}: ${times}`).join(', ')}`)
    return [
      {
        name: `odd requests of ${requests} answered otherwise than described`,
        value: odd.faults.size,
        unit: 'requests',
        atMost: 0,
      },
      {
        name: `attacks of ${all.length} answered wrongly or leaking`,
        value: faults.length,
        unit: 'attacks',
        atMost: 0,
      },
      { name: 'internal errors', value: errors.length, unit: 'errors', atMost: 0 },
      {
        name: `slowest close of ${each} slow clients`,
        value: Math.max(...rows.map(({ slowest }) => slowest)),
        unit: 's',
        atMost: 3,
      },
      {
        name: 'answer to a good client meanwhile',
        value: Math.max(...rows.map(({ well }) => well)),
        unit: 's',
        atMost: 0.5,
      },
    ]
  },
}

function print(rows: readonly { way: string; slowest: number; open: number; well: number }[]): void {
  console.log(
    formatTable(rows, [
      { title: 'slow client', value: ({ way }) => way },
      { title: 'closed after', align: 'right', value: ({ slowest }) => `${slowest.toFixed(2)} s` },
      { title: 'still open', align: 'right', value: ({ open }) => String(open) },
      {
        title: 'good client meanwhile',
        align: 'right',
        value: ({ well }) => `${(well * 1_000).toFixed(0)} ms`,
      },
    ]),
  )
}
