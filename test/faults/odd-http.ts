import { request as send } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { ROUTES } from '../../src/serve/openapi/routes.ts'
import { createAnswerCheck } from '../support/openapi-answers.ts'
import { randomOf } from './campaign.ts'

/** One request: mostly wrong, sometimes right. */
export interface OddRequest {
  readonly method: string
  /** The path of the route as the document names it; null for a path of no route. */
  readonly route: string | null
  readonly target: string
  readonly headers: Readonly<Record<string, string>>
}

interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Buffer
}

const SYMBOLS = ['SPY', 'QQQ', 'TSLA', 'spy', 'ES', 'SPY.', '%20SPY', 'SPY%00', '__proto__', 'constructor']
const ODD = [
  ...['', ' ', '0', '-1', '1', '252', '1e9', '1e999', 'NaN', 'null', 'true', '[]', '{}', '%00', '%zz', '%'],
  ...['%F0%9F%98%80', '%E2%80%AE', '%ED%A0%80', '%ff', '%0d%0aX:1', '..%2f..%2fetc%2fpasswd', '%2e%2e', '*'],
  ...["'%20OR%201=1--", '%3Cscript%3Ealert(1)%3C/script%3E', '$%7B7*7%7D', '__proto__', 'x'.repeat(300)],
  ...[
    'now',
    'today',
    '2026-11-18',
    '2026-02-30',
    '0000-00-00',
    '9999-12-31',
    '-000001-01-01',
    '+275760-09-13',
  ],
  ...[
    '2026-11-18T15:00:00Z',
    '2026-11-18T10:00:00-05:00',
    '2026-11-18T25:00:00Z',
    '9999-12-31T23:59:59.999Z',
  ],
  ...['0000-01-01T00:00:00Z', '20261218', '20260230', '00000000', '99999999', '2026-11-18 15:55', 'P1D'],
  ...[
    'close',
    'all',
    'SPY',
    'SPXW',
    'yang_zhang',
    'session_before',
    '1,2,3',
    ',',
    ';',
    '99999999999999999999',
  ],
]
const NAMES = [
  ...[
    'x',
    '',
    '__proto__',
    'constructor',
    'toString',
    'AT',
    'at[]',
    'at.0',
    'at%00',
    '%',
    'date',
    'days',
    'q',
  ],
]
const METHODS = ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'LOCK', 'QUERY']
const PATHS = [
  ...['/', '//', '/api', '/api/', '/api/none', '/API/health', '/health/', '/livez/x', '/api/chains', '/docs'],
  ...['/api/chains/SPY/', '/api/chains//latest', '/api/views/', '/docs/../package.json', '/docs/%2e%2e/x'],
  ...[
    '/api/chains/SPY/latest/x',
    '/favicon.ico',
    '/index.html',
    '/.env',
    '/%',
    '/%00',
    '/\\',
    '/api/%63hains/SPY',
  ],
]
const ENCODINGS = ['gzip', 'gzip;q=0', '*;q=0', 'br', 'identity', 'x', '', 'gzip;q=x', ','.repeat(500)]
const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['accept-encoding', ENCODINGS],
  ['accept', ['text/html', '*/*', 'x/y;q=2', '', 'application/json;q=0', 'a'.repeat(2_000)]],
  ['if-none-match', ['*', '""', 'W/"x"', '"', 'x', '"a", "b"', '"'.repeat(500)]],
  ['if-modified-since', ['Thu, 01 Jan 1970 00:00:00 GMT', 'x', '9'.repeat(400)]],
  ['range', ['bytes=0-', 'bytes=-1', 'bytes=9-1', 'x=1-2', 'bytes=0-0,1-1']],
  ['origin', ['null', 'http://localhost', 'http://evil.example', 'http://[', '']],
  ['host', ['evil.example', 'localhost:1', '[::1]', 'localhost@evil.example', 'LOCALHOST.']],
  ['content-type', ['application/json', 'x']],
  ['cookie', ['a=b', '='.repeat(2_000)]],
  ['forwarded', ['host=evil.example']],
  ['x-forwarded-host', ['evil.example']],
  ['x-http-method-override', ['DELETE']],
  ['expect', ['200-ok']],
  ['upgrade', ['websocket', 'h2c']],
  ['last-event-id', ['1', 'x', '-1']],
]

/** Requests over every route and parameter of the OpenAPI document, the same for the same random numbers. */
export function oddRequests(random: () => number): () => OddRequest {
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

  function queryOf(parameters: (typeof ROUTES)[number]['parameters']): string {
    const known = Object.entries(parameters ?? {})
    const parts: string[] = []
    for (let left = Math.floor(random() * 4); left > 0; left--) {
      const isKnown = known.length > 0 && random() < 0.8
      const [name, described] = isKnown ? one(known) : [one(NAMES), null]
      const examples = (described?.parameter.schema.examples ?? []).map((each) =>
        encodeURIComponent(String(each)),
      )
      const value = examples.length > 0 && random() < 0.5 ? one(examples) : one(ODD)
      parts.push(random() < 0.03 ? name : `${name}=${value}`)
    }
    if (parts.length > 0 && random() < 0.1) parts.push(parts[0] as string)
    if (random() < 0.01) parts.push(`x=${'1'.repeat(1_500)}`)
    return parts.length === 0 ? '' : `?${parts.join(random() < 0.97 ? '&' : ';')}`
  }

  return () => {
    const method = random() < 0.85 ? 'GET' : random() < 0.5 ? 'HEAD' : one(METHODS)
    const headers: Record<string, string> = {}
    for (let left = random() < 0.4 ? Math.ceil(random() * 3) : 0; left > 0; left--) {
      const [name, values] = one(HEADERS)
      headers[name] = one(values)
    }
    if (random() < 0.05) {
      const target = one(PATHS) + queryOf(undefined)
      return { method, route: null, target: target.replaceAll(' ', '%20'), headers }
    }
    const { path, parameters } = one(ROUTES.filter(({ answer }) => answer.kind !== 'events'))
    const symbol = random() < 0.7 ? 'SPY' : one(random() < 0.7 ? SYMBOLS : ODD.filter((text) => text !== ''))
    const target = path.replace('{symbol}', () => symbol) + queryOf(parameters)
    return { method, route: path, target: target.replaceAll(' ', '%20'), headers }
  }
}

function answerTo(port: number, { method, target, headers }: OddRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = send({ host: '127.0.0.1', port, method, path: target, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status = 0, headers: given } = response
        resolve({ status, headers: given, body: Buffer.concat(parts) })
      })
    })
    request.on('upgrade', () => reject(new Error('the connection was upgraded')))
    request.on('error', reject)
    request.setTimeout(10_000, () => request.destroy(new Error('no answer within 10 s')))
    request.end()
  })
}

const LEAK = /node_modules|root:.*:0:0|\n\s+at |\bat \S+ \(|file:\/\/|<script>alert/

/** What is wrong with answers of a server, each with its request and how often it came. */
export async function oddHttpFaults(
  port: number,
  { requests, seed }: { readonly requests: number; readonly seed: number },
): Promise<{ readonly faults: ReadonlyMap<string, number>; readonly statuses: ReadonlyMap<number, number> }> {
  const next = oddRequests(randomOf(seed))
  const { faultsOf } = createAnswerCheck()
  const faults = new Map<string, number>()
  const statuses = new Map<number, number>()

  function faultIn(odd: OddRequest, { status, headers, body }: Answer): string[] {
    const found: string[] = []
    const isReadyOrNot = status === 503 && /health$|readyz$/.test(odd.route ?? '')
    if (status >= 500 && !isReadyOrNot) found.push(`${status}`)
    if (odd.method === 'HEAD' || status === 304) return body.length === 0 ? found : [...found, 'a body']
    const plain = headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const text = plain.toString()
    const leak = LEAK.exec(text)
    if (leak && odd.route !== null) found.push(`leaks ${leak[0].slice(0, 60)}`)
    if (!String(headers['content-type']).startsWith('application/json')) {
      return status < 400 ? found : [...found, `${status} without JSON`]
    }
    const json: unknown = JSON.parse(text)
    // A path of no route is answered as every route answers it.
    const route = odd.route ?? '/api/slots'
    if (status >= 400 || odd.route !== null) found.push(...faultsOf(route, status, json))
    return found
  }

  for (let count = 0; count < requests; count++) {
    const odd = next()
    const found = await answerTo(port, odd).then(
      (answer) => {
        statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
        return faultIn(odd, answer)
      },
      (error: Error) => [error.message],
    )
    for (const fault of found) {
      const key = `${odd.method} ${odd.target.slice(0, 160)} ${JSON.stringify(odd.headers).slice(0, 160)}: ${fault}`
      faults.set(key, (faults.get(key) ?? 0) + 1)
    }
    if ((count + 1) % 1_000 === 0) console.log(`${count + 1} of ${requests} odd requests`)
  }
  return { faults, statuses }
}
