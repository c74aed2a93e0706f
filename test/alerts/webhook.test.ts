import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { postMessage, type WebhookTarget } from '../../src/alerts/webhook.ts'
import { message } from './alert-messages.ts'
import { openWebhookServer, type WebhookServer } from './webhook-server.ts'

let server: WebhookServer
let elsewhere: WebhookServer

beforeAll(async () => {
  server = await openWebhookServer()
  elsewhere = await openWebhookServer()
})
beforeEach(() => server.answerWith((response) => void response.writeHead(204).end()))
afterAll(async () => {
  await server.close()
  await elsewhere.close()
})

const TOKEN = 'T0KEN-of-the-address'

function post(own: Partial<WebhookTarget> = {}, signal = new AbortController().signal) {
  const url = new URL(`${server.url}/services/${TOKEN}`)
  const target = { url, format: 'json', secret: null, authorization: null, timeoutMs: 2_000, ...own } as const
  return postMessage(target, message(), { unixSeconds: 1_795_014_000, signal })
}

test('a message is posted once, with its signature and the configured header', async () => {
  expect(await post({ secret: 'a secret', authorization: 'Bearer abc' })).toEqual({ kind: 'delivered' })
  expect(server.received).toHaveLength(1)
  const [{ method, path, headers, body }] = server.received as [(typeof server.received)[number]]
  expect({ method, path }).toEqual({ method: 'POST', path: `/services/${TOKEN}` })
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    authorization: 'Bearer abc',
    'webhook-id': message().id,
    'webhook-timestamp': '1795014000',
    'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  })
  expect(JSON.parse(body).title).toBe('FAIL: gateway')
})

test.each([301, 302, 303, 307, 308])('a redirect of kind %i is not followed', async (status) => {
  server.answerWith((response) => void response.writeHead(status, { location: elsewhere.url }).end())
  expect(await post()).toMatchObject({
    reason: `the answer is ${status}, a redirect, which is not followed: configure the final address`,
    isTransient: false,
  })
  expect(elsewhere.received).toHaveLength(0)
})

test.each([
  [500, true],
  [503, true],
  [429, true],
  [408, true],
  [400, false],
  [401, false],
  [404, false],
  [410, false],
])('an answer of %i can be transient: %s', async (status, isTransient) => {
  server.answerWith((response) => void response.writeHead(status, { 'retry-after': '7' }).end(TOKEN))
  expect(await post()).toEqual({
    kind: 'failed',
    reason: `the answer is ${status}`,
    isTransient,
    mayHaveArrived: false,
    retryAfterSeconds: 7,
    detail: null,
  })
})

test('an answer without end is not read', async () => {
  const chunk = Buffer.alloc(65_536, 'x')
  server.answerWith((response) => {
    response.writeHead(200)
    const pour = () => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', pour)
    }
    pour()
  })
  expect(await post()).toEqual({ kind: 'delivered' })
  const early = server.bytesWritten()
  await new Promise((resolve) => setTimeout(resolve, 50))
  // What the buffers of both ends hold, and no more.
  expect(server.bytesWritten()).toBeLessThan(32_000_000)
  expect(server.bytesWritten() - early).toBeLessThan(16_000_000)
})

test('a receiver that never answers, or whose head never ends, is left at the time-out', async () => {
  server.answerWith(() => {})
  const startedMs = performance.now()
  expect(await post({ timeoutMs: 100 })).toMatchObject({
    reason: 'no answer within 0.1 s',
    isTransient: true,
    mayHaveArrived: true,
  })

  const drips = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => socket.write('X-A: b\r\n'), 10)
    socket.on('close', () => clearInterval(timer))
  }).listen(0, '127.0.0.1')
  await once(drips, 'listening')
  const url = new URL(`http://127.0.0.1:${(drips.address() as { port: number }).port}/`)
  expect(await post({ url, timeoutMs: 100 })).toMatchObject({ reason: 'no answer within 0.1 s' })
  expect(performance.now() - startedMs).toBeLessThan(1_500)
  drips.close()
})

test('a head that is too large, a refused connection and a name that does not exist are named by their code', async () => {
  server.answerWith((response) => void response.writeHead(200, { 'x-large': 'x'.repeat(200_000) }).end())
  expect(await post()).toMatchObject({ reason: 'no connection: UND_ERR_HEADERS_OVERFLOW' })
  const gone = await openWebhookServer()
  await gone.close()
  const url = new URL(`${gone.url}/${TOKEN}`)
  expect(await post({ url })).toMatchObject({ reason: 'no connection: ECONNREFUSED', isTransient: true })
  const unknown = await post({ url: new URL(`http://nowhere.invalid/${TOKEN}`) })
  expect(unknown).toMatchObject({ reason: expect.stringMatching(/^no connection: E[A-Z_]+$/) })
  expect(JSON.stringify(unknown)).not.toContain(TOKEN)
})

test('an attempt ends when the daemon stops', async () => {
  server.answerWith(() => {})
  const stopping = new AbortController()
  const attempt = post({}, stopping.signal)
  stopping.abort(new Error('stopped'))
  expect(await attempt).toMatchObject({ reason: 'the daemon was stopped' })
  expect(await post({}, stopping.signal)).toMatchObject({ reason: 'the daemon was stopped' })
})
