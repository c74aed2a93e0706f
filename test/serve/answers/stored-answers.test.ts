import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { chainAt } from '../../../src/lake/query/chains.ts'
import { storedSessions } from '../../../src/lake/query/stored-sessions.ts'
import { createVersionTag } from '../../../src/lake/query/version-tag.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { restoreVersion } from '../../../src/lake/write/restore-version.ts'
import { vacuum } from '../../../src/lake/write/vacuum.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { type HttpServer, openHttpServer } from '../../../src/serve/http.ts'
import { httpOptions } from '../../../src/serve/options.ts'
import type { HttpSources } from '../../../src/serve/sources.ts'
import { temporaryLake } from '../../lake/lakes.ts'
import { after, chain, DAY, slotOf } from '../../lake/slots.ts'
import { chainRow, goodHealth, servedSources } from '../../support/served-sources.ts'

const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function start(own: Partial<HttpSources>) {
  const errors: unknown[] = []
  const server = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: { ...servedSources(), ...own },
    onError: (error) => errors.push(error),
  })
  open.push(server)
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(server.url + path, { headers })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  return { ask, errors }
}

const PATH = '/api/chains/SPY?at=2026-11-18T10:00:00-05:00'

test('an answer about a slot is computed once, and again when a table has changed', async () => {
  let reads = 0
  let tag = '7'
  let { now } = goodHealth()
  const { ask } = await start({
    chain: async () => {
      reads++
      return [chainRow()]
    },
    tablesTag: async () => tag,
    health: () => ({ ...goodHealth(), now }),
  })
  const first = await ask(PATH)
  now = goodHealth().now
  expect((await ask(PATH)).text).toBe(first.text)
  expect(reads).toBe(1)
  expect(first.headers.get('cache-control')).toBe('private, no-cache')
  const etag = first.headers.get('etag') as string
  const same = await ask(PATH, { 'If-None-Match': etag })
  expect([same.status, same.text, same.headers.get('etag')]).toEqual([304, '', etag])
  tag = '8'
  expect((await ask(PATH, { 'If-None-Match': etag })).status).toBe(200)
  expect(reads).toBe(2)
  // Without a time it is the newest, which is kept elsewhere.
  expect((await ask('/api/chains/SPY')).headers.get('cache-control')).toBe('no-store')
})

test('what a browser keeps is not taken for the answer of another path or of another lake at the same address', async () => {
  const first = await start({})
  const etag = (await first.ask(PATH)).headers.get('etag') as string
  expect((await first.ask(PATH, { 'If-None-Match': etag })).status).toBe(304)
  expect((await first.ask(PATH.replace('SPY', 'NONE'), { 'If-None-Match': etag })).status).toBe(404)
  // The versions of two lakes that were made alike are the same.
  const second = await start({})
  expect((await second.ask(PATH, { 'If-None-Match': etag })).status).toBe(200)
})

test('what is refused or changes while it is read is not kept', async () => {
  let versions = 0
  let reads = 0
  const { ask } = await start({
    chain: async () => {
      reads++
      return [chainRow()]
    },
    tablesTag: async () => String(versions++),
  })
  for (const _ of [1, 2]) expect((await ask(PATH)).headers.get('etag')).toBeNull()
  expect(reads).toBe(2)
  const refused = await ask('/api/chains/SPY?at=never')
  expect([refused.status, refused.headers.get('etag'), refused.headers.get('cache-control')]).toEqual([
    400,
    null,
    'no-store',
  ])
})

test('data that cannot be read are read again, and then refused by name and without a path', async () => {
  let reads = 0
  const failure = new Failure(EXIT.io, 'cannot read /secret/part-1.parquet: it is gone')
  const { ask, errors } = await start({
    chain: async () => {
      if (++reads < 3) throw failure
      return [chainRow()]
    },
  })
  expect((await ask(PATH)).status).toBe(200)
  expect([reads, errors]).toEqual([3, []])
  const broken = await start({ chain: () => Promise.reject(failure) })
  const { status, text } = await broken.ask(PATH)
  expect([status, JSON.parse(text).error.code]).toEqual([503, 'lake_unreadable'])
  expect(text).not.toContain('secret')
  expect(broken.errors).toEqual([failure])
})

const SLOTS = [0, 1, 2, 3, 4, 5]
const pathOf = (n: number) => `/api/chains/SPY?at=${new Date(after(n)).toISOString()}`

function sourcesOf(lake: Lake): Partial<HttpSources> {
  return {
    chain: (symbol, at) => chainAt(lake, symbol, { at }),
    sessions: (only) => storedSessions(lake, only),
    tablesTag: createVersionTag(lake),
  }
}

test('a lake that is compacted, vacuumed and restored while it is played gives every slot whole', async () => {
  const lake = await temporaryLake()
  for (const n of SLOTS) {
    await append(lake, slotOf({ SPY: chain(60).map((row) => ({ ...row, bid: n })) }, after(n)))
  }
  const before = (await currentState(lake)).version
  const { ask, errors } = await start(sourcesOf(lake))
  let isOver = false
  const seen = new Set<string>()
  async function play(): Promise<void> {
    for (let n = 0; !isOver; n = (n + 1) % SLOTS.length) {
      const { status, text } = await ask(pathOf(n))
      const { slot, rows = [] } = JSON.parse(text)
      const bids = new Set(rows.map(({ bid }: { bid: number }) => bid))
      seen.add(
        [status, slot === new Date(after(n)).toISOString(), rows.length, [...bids].join() === `${n}`].join(),
      )
    }
  }
  const playing = [play(), play()]
  for (let round = 0; round < 3; round++) {
    await compact(lake, { scope: { kind: 'date', date: DAY } })
    await restoreVersion(lake, { to: { version: before }, dryRun: false })
  }
  await compact(lake, { scope: { kind: 'date', date: DAY } })
  await vacuum(lake, { retentionMs: -1 })
  await new Promise((resolve) => setTimeout(resolve, 100))
  isOver = true
  await Promise.all(playing)
  expect([...seen]).toEqual(['200,true,60,true'])
  expect(errors).toEqual([])
})

test('a slot whose file is gone for good is refused, and the others are served', async () => {
  const lake = await temporaryLake()
  for (const n of SLOTS) await append(lake, slotOf({ SPY: chain(5) }, after(n)))
  const files = [...(await currentState(lake)).files.values()].sort((a, b) => a.minSlot - b.minSlot)
  await rm(join(lake.layout.table, files[1]?.path as string))
  const { ask, errors } = await start(sourcesOf(lake))
  const statuses = []
  for (const n of SLOTS) statuses.push((await ask(pathOf(n))).status)
  expect(statuses).toEqual([200, 503, 200, 200, 200, 200])
  expect(errors).toHaveLength(1)
})
