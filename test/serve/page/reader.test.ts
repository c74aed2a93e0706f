import { expect, test } from 'vitest'
import { createReader } from '../../../src/serve/page/data/reader.js'

function served(answer: (path: string) => Response = (path) => Response.json({ path })) {
  const asked: string[] = []
  const reader = createReader(async (path: string) => {
    asked.push(path)
    return answer(path)
  })
  return { reader, asked }
}

const SPY_10 = '/api/views/smile/SPY?at=2026-11-20T15:00:00.000Z&axis=delta'
const SPY_05 = '/api/views/smile/SPY?at=2026-11-20T15:05:00.000Z'
const QQQ_10 = '/api/views/smile/QQQ?at=2026-11-20T15:00:00.000Z'

test('an answer is asked for once, also by two readers at a time', async () => {
  const { reader, asked } = served()
  const both = await Promise.all([reader.read(SPY_10), reader.read(SPY_10)])
  expect(both).toEqual([{ path: SPY_10 }, { path: SPY_10 }])
  await reader.read(SPY_10)
  expect(asked).toEqual([SPY_10])
  expect([reader.isSettled(SPY_10), reader.isKnown(SPY_05)]).toEqual([true, false])
})

test('an event empties the answers of its slot and all of the present, and no others', async () => {
  const { reader, asked } = served()
  const paths = [SPY_10, SPY_05, QQQ_10, '/api/slots', '/health']
  for (const path of paths) await reader.read(path)
  asked.length = 0
  reader.forget({ symbol: 'SPY', slot: '2026-11-20T15:00:00.000Z', what: 'slot' })
  for (const path of paths) await reader.read(path)
  expect(asked).toEqual([SPY_10, '/api/slots', '/health'])
  asked.length = 0
  reader.forget('live')
  for (const path of paths) await reader.read(path)
  expect(asked).toEqual(['/api/slots', '/health'])
  asked.length = 0
  reader.forget('all')
  for (const path of paths) await reader.read(path)
  expect(asked).toEqual(paths)
})

test('figures of a slot leave the answers of the ledger as they are', async () => {
  const { reader, asked } = served()
  const ledger = ['/api/slots', '/api/sessions?symbol=SPY', '/api/views/coverage/SPY?range=week']
  const paths = [...ledger, SPY_10, '/api/views/status']
  for (const path of paths) await reader.read(path)
  asked.length = 0
  reader.forget({ symbol: 'SPY', slot: '2026-11-20T15:00:00.000Z', what: 'figures' })
  for (const path of paths) await reader.read(path)
  expect(asked).toEqual([SPY_10, '/api/views/status'])
})

test('a refusal is the server’s line, is not kept, and does not stop the player', async () => {
  let isBroken = true
  const { reader } = served((path) =>
    isBroken
      ? Response.json({ error: { code: 'x', message: 'no such expiry' } }, { status: 404 })
      : Response.json({ path }),
  )
  await expect(reader.read(SPY_10)).rejects.toThrow('no such expiry')
  expect(reader.isSettled(SPY_10)).toBe(true)
  isBroken = false
  await expect(reader.read(SPY_10)).resolves.toEqual({ path: SPY_10 })
})

test('an answer that is not JSON is an error with its status', async () => {
  const { reader } = served(() => new Response('<html>', { status: 502 }))
  await expect(reader.read('/api/slots')).rejects.toThrow('the server answered 502')
})

test('a daemon that is away is named, not the browser’s words for it', async () => {
  const reader = createReader(async () => {
    throw new TypeError('Failed to fetch')
  })
  await expect(reader.read('/api/slots')).rejects.toThrow('the daemon does not answer')
})

test('health is an answer also where it is bad', async () => {
  const { reader } = served(() => Response.json({ status: 'fail', checks: [] }, { status: 503 }))
  await expect(reader.read('/health')).resolves.toMatchObject({ status: 'fail' })
})

test('a reader that gives up leaves the answer to the others', async () => {
  const { reader } = served()
  const controller = new AbortController()
  const given = reader.read(SPY_10, { signal: controller.signal })
  const kept = reader.read(SPY_10)
  controller.abort(new Error('another slot'))
  await expect(given).rejects.toThrow('another slot')
  await expect(kept).resolves.toEqual({ path: SPY_10 })
})

test('the oldest answers go first, used ones stay', async () => {
  const { reader, asked } = served()
  await reader.read('/first?at=2026-11-20T15:00:00Z')
  for (let at = 0; at < 399; at++) await reader.read(`/${at}`)
  await reader.read('/first?at=2026-11-20T15:00:00Z')
  await reader.read('/one-more')
  asked.length = 0
  await reader.read('/first?at=2026-11-20T15:00:00Z')
  await reader.read('/0')
  expect(asked).toEqual(['/0'])
})

test('an answer that was forgotten while it was asked for is not kept', async () => {
  const waiting: (() => void)[] = []
  let version = 0
  const reader = createReader(
    () =>
      new Promise<Response>((resolve) => {
        const own = ++version
        waiting.push(() => resolve(Response.json({ version: own })))
      }),
  )
  const early = reader.read('/api/slots')
  reader.forget('all')
  const late = reader.read('/api/slots')
  for (const answer of waiting) answer()
  expect([await early, await late]).toEqual([{ version: 1 }, { version: 2 }])
  await expect(reader.read('/api/slots')).resolves.toEqual({ version: 2 })
})
