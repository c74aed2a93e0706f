import { connect } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { createEventFeed } from '../../src/serve/events/event-feed.ts'
import type { PageEvent } from '../../src/serve/events/page-events.ts'
import { type HttpServer, openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import type { HttpSources } from '../../src/serve/sources.ts'
import { get, sendBytes } from '../support/http-peer.ts'
import { goodHealth, servedSources } from '../support/served-sources.ts'

const open: HttpServer[] = []
const readers: AbortController[] = []
afterEach(async () => {
  vi.useRealTimers()
  for (const reader of readers.splice(0)) reader.abort()
  for (const server of open.splice(0)) await server.close()
})

async function start(own: Partial<HttpSources> = {}) {
  const events = createEventFeed()
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: { ...servedSources(), events, ...own },
    onError: (error) => {
      throw error
    },
  })
  open.push(server)
  return { server, events }
}

/** The events of a stream as they come; `next` waits for one more. */
async function follow(server: HttpServer) {
  const reader = new AbortController()
  readers.push(reader)
  const answer = await fetch(`${server.url}/api/events`, { signal: reader.signal })
  const chunks = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  const next = async (): Promise<{ name: string; data: Record<string, unknown> } | null> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const block = text.slice(0, end)
        text = text.slice(end + 2)
        const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? []
        if (name !== '') return { name, data: JSON.parse(data) }
        continue
      }
      const chunk = await chunks?.read()
      if (!chunk || chunk.done) return null
      text += chunk.value
    }
  }
  return { answer, next }
}

const SLOT: PageEvent = {
  name: 'slot',
  data: { symbol: 'SPY', slot: '2026-11-18T15:05:00.000Z', outcome: 'stored' },
}

test('a stream begins with what a page needs to know, and then has what happens', async () => {
  const { server, events } = await start()
  const { answer, next } = await follow(server)
  expect(answer.status).toBe(200)
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  expect(await next()).toEqual({
    name: 'hello',
    data: {
      now: '2026-11-18T15:07:00.000Z',
      version: '0.0.0',
      source: 'test data',
      clock: { source: 'machine', artificial: false, words: null },
      symbols: ['SPY', 'QQQ'],
      slots: { SPY: '2026-11-18T15:00:00.000Z', QQQ: '2026-11-18T15:00:00.000Z' },
      health: 'ok',
      lake: 7,
    },
  })
  events.publish(SLOT)
  events.publish({ name: 'lake', data: { version: 8 } })
  expect(await next()).toEqual({ name: 'slot', data: { now: '2026-11-18T15:07:00.000Z', ...SLOT.data } })
  expect(await next()).toMatchObject({ name: 'lake', data: { version: 8 } })
})

test('a check of health that changes is told once, and silence is broken by a beat', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  let lakeFault: ReturnType<typeof goodHealth>['lakeFault'] = null
  const { server } = await start({ health: () => ({ ...goodHealth(), lakeFault }) })
  const { next } = await follow(server)
  expect(await next()).toMatchObject({ name: 'hello', data: { health: 'ok' } })
  vi.advanceTimersByTime(3_000)
  lakeFault = { message: 'no space left on the device', since: goodHealth().now }
  vi.advanceTimersByTime(1_000)
  expect(await next()).toMatchObject({ name: 'health', data: { status: 'fail' } })
  vi.advanceTimersByTime(4_000)
  expect(await next()).toEqual({ name: 'beat', data: { now: '2026-11-18T15:07:00.000Z' } })
})

test('streams are bounded, and one that ends makes room', async () => {
  const { server } = await start()
  const held = await Promise.all(Array.from({ length: 64 }, () => follow(server)))
  expect(held.every(({ answer }) => answer.status === 200)).toBe(true)
  const refused = await fetch(`${server.url}/api/events`)
  expect([refused.status, await refused.json()]).toEqual([
    503,
    {
      error: {
        code: 'too_many_streams',
        message: 'at most 64 event streams are open at a time: close a page',
      },
    },
  ])
  // Other questions are still answered.
  expect((await fetch(`${server.url}/livez`)).status).toBe(200)
  readers.shift()?.abort()
  await vi.waitFor(async () => expect((await follow(server)).answer.status).toBe(200))
})

test('a page that never reads is disconnected, and the others miss nothing', async () => {
  const { server, events } = await start()
  const { next } = await follow(server)
  await next()
  const stuck = connect(server.port, '127.0.0.1')
  stuck.pause()
  stuck.write(get('/api/events', { Connection: 'keep-alive' }))
  const closed = new Promise((resolve) => stuck.on('error', resolve).on('close', resolve))
  await wait(100)
  const long = { ...SLOT, data: { ...SLOT.data, symbol: 'S'.repeat(60_000) } } as PageEvent
  const rounds = 200
  for (let n = 0; n < rounds; n++) {
    events.publish(long)
    expect((await next())?.name).toBe('slot')
  }
  stuck.resume()
  await closed
  expect(stuck.bytesRead).toBeLessThan(rounds * 60_000)
})

test('closing the server ends the streams at once', async () => {
  const { server } = await start()
  const { next } = await follow(server)
  await next()
  const startedAtMs = performance.now()
  await server.close()
  expect(await next()).toBeNull()
  expect(performance.now() - startedAtMs).toBeLessThan(900)
})

test.each([
  ['another host', get('/api/events', { Host: 'evil.example' }), 403],
  ['another origin', get('/api/events', { Origin: 'http://evil.example' }), 403],
  ['a parameter', get('/api/events?since=1'), 400],
  ['another method', get('/api/events').replace('GET', 'POST'), 405],
])('a stream is refused for %s', async (_, bytes, status) => {
  const { server } = await start()
  expect((await sendBytes(server.port, bytes)).status).toBe(status)
})

test('HEAD opens no stream', async () => {
  const { server } = await start()
  const answer = await fetch(`${server.url}/api/events`, { method: 'HEAD' })
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    200,
    'text/event-stream; charset=utf-8',
    '',
  ])
})
