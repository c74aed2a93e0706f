import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createEventFeed } from '../../../src/serve/events/event-feed.ts'
import type { PageEvent } from '../../../src/serve/events/page-events.ts'
import { type HttpServer, openHttpServer } from '../../../src/serve/http.ts'
import { httpOptions } from '../../../src/serve/options.ts'
import { ledger, servedSources } from '../../support/served-sources.ts'

const SLOT: PageEvent = {
  name: 'slot',
  data: { symbol: 'SPY', slot: '2026-11-18T15:05:00.000Z', outcome: 'stored' },
}
const CYCLE: PageEvent = {
  name: 'cycle',
  data: {
    ...{ phase: 'harvest', slot: '2026-11-18T15:05:00.000Z', requested: 9, answered: 3 },
    contracts_per_second: null,
  },
}

const open: HttpServer[] = []
/** Their answers as well: one that nobody holds is closed by the garbage collector. */
const pages: { readonly closing: AbortController; readonly answer: Response }[] = []
afterEach(async () => {
  for (const { closing } of pages.splice(0)) closing.abort()
  for (const server of open.splice(0)) await server.close()
})

/** A server with some open pages, which counts how often a day of the ledger is read. */
async function start(openPages: number) {
  const events = createEventFeed()
  const errors: unknown[] = []
  let reads = 0
  let next: () => Promise<void> = async () => {}
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: {
      ...{ ...servedSources(), events },
      slots: async () => {
        reads++
        await next()
        return ledger()
      },
    },
    onError: (error) => errors.push(error),
  })
  open.push(server)
  for (let nth = 0; nth < openPages; nth++) {
    const closing = new AbortController()
    const answer = await fetch(`${server.url}/api/events`, { signal: closing.signal })
    pages.push({ closing, answer })
  }
  return {
    ...{ events, errors, reads: () => reads },
    setNext: (work: () => Promise<void>) => {
      next = work
    },
    ask: async (path: string, headers: Record<string, string> = {}) => {
      const answer = await fetch(server.url + path, { headers })
      return { status: answer.status, headers: answer.headers, text: await answer.text() }
    },
  }
}

test('pages that ask for the same at the same time get one answer', async () => {
  const { ask, reads, setNext } = await start(2)
  setNext(() => wait(1_000))
  const answers = await Promise.all(Array.from({ length: 5 }, () => ask('/api/slots')))
  expect(reads()).toBe(1)
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1)
  for (const { status, headers } of answers) {
    expect([status, headers.get('content-type'), headers.get('content-encoding')]).toEqual([
      200,
      'application/json',
      'gzip',
    ])
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  }
})

test('one page alone always has an answer of its own', async () => {
  const { ask, reads } = await start(1)
  await Promise.all(Array.from({ length: 3 }, () => ask('/api/slots')))
  expect(reads()).toBe(3)
})

test('an answer is given out again for a quarter of a second', async () => {
  const { ask, reads } = await start(2)
  const readsOfTwo = async () => {
    const before = reads()
    await ask('/api/slots')
    await ask('/api/slots')
    return reads() - before
  }
  // On a busy machine the second may come too late; the answer before is forgotten between two tries.
  await expect.poll(readsOfTwo, { interval: 400, timeout: 5_000 }).toBe(1)
  await wait(400)
  const before = reads()
  await ask('/api/slots')
  expect(reads()).toBe(before + 1)
})

test('after an event the answer is computed again, also while an older one is under way', async () => {
  const { ask, events, reads, setNext } = await start(2)
  let finish = () => {}
  setNext(() => new Promise((resolve) => (finish = resolve)))
  const older = ask('/api/slots')
  await expect.poll(reads).toBe(1)
  events.publish(SLOT)
  setNext(async () => {})
  await ask('/api/slots')
  expect(reads()).toBe(2)
  finish()
  expect((await older).status).toBe(200)
})

test('an event that says nothing about stored data leaves an answer as it is', async () => {
  const { ask, events, reads, setNext } = await start(2)
  setNext(() => wait(1_000))
  const first = ask('/api/slots')
  await expect.poll(reads).toBe(1)
  events.publish(CYCLE)
  await Promise.all([first, ask('/api/slots')])
  expect(reads()).toBe(1)
})

test('each encoding and each path has its own answer', async () => {
  const { ask, reads, setNext } = await start(2)
  setNext(() => wait(300))
  const [small, plain] = await Promise.all([
    ask('/api/slots'),
    ask('/api/slots', { 'Accept-Encoding': 'identity' }),
  ])
  expect([small.headers.get('content-encoding'), plain.headers.get('content-encoding')]).toEqual([
    'gzip',
    null,
  ])
  expect(plain.text).toBe(small.text)
  expect(reads()).toBe(2)
  await ask('/api/slots?date=2026-11-17')
  expect(reads()).toBe(3)
})

test('a refusal or a failure is not given out again: whoever waits for it asks for itself', async () => {
  const { ask, errors, reads, setNext } = await start(2)
  setNext(() => Promise.reject(new Error('the disk is gone')))
  const failed = await Promise.all([ask('/api/slots'), ask('/api/slots')])
  expect(failed.map(({ status }) => status)).toEqual([500, 500])
  expect(reads()).toBe(2)
  expect(errors.length).toBeGreaterThan(0)
  setNext(async () => {})
  expect((await ask('/api/slots')).status).toBe(200)
  const refused = await Promise.all([ask('/api/slots?x=1'), ask('/api/slots?x=1')])
  expect(refused.map(({ status }) => status)).toEqual([400, 400])
})
