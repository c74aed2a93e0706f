import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../../../src/lake/open.ts'
import type { SelectRequest } from '../../../src/lake/query/apart/messages.ts'
import {
  createQueryProcess,
  QueryLimitFailure,
  type SelectAnswer,
} from '../../../src/lake/query/apart/query-process.ts'
import { append } from '../../../src/lake/write/append.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { Failure } from '../../../src/process/failure.ts'
import { chain, slotOf } from '../slots.ts'

/** DuckDB builds the list while it plans, when it checks neither its limit of memory nor an interruption. */
const PLANNED_LIST = 'SELECT 1 LIMIT len(range(1000000000))'

const queries = createQueryProcess()
const folder = mkdtempSync(join(tmpdir(), 'optionlake-lake-'))
beforeAll(async () => {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await append(lake, slotOf({ SPY: chain(300) }))
  await lake.close()
})
afterAll(() => {
  queries.close()
  rmSync(folder, { recursive: true, force: true })
})

function ask(
  query: string,
  request: Partial<SelectRequest> = {},
  limits: { timeLimitMs?: number; signal?: AbortSignal } = {},
): Promise<SelectAnswer> {
  return queries.ask(
    { folder, query, maxRows: 1_000, maxBytes: 100_000, ...request },
    { timeLimitMs: 30_000, signal: new AbortController().signal, ...limits },
  )
}

async function failureOf(answer: Promise<unknown>): Promise<Failure> {
  const error = await answer.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(Failure)
  return error as Failure
}

test('rows of a query come with the lake that was read, up to a number of rows or bytes', async () => {
  const all = await ask('SELECT strike, timestamp FROM option_snapshots ORDER BY strike')
  expect(all).toMatchObject({
    ...{ columns: ['strike', 'timestamp'], cutBy: null },
    lake: { layout: { root: folder }, asOf: null },
  })
  expect(all.rows).toHaveLength(300)
  const few = await ask('SELECT strike FROM option_snapshots', { maxRows: 7 })
  expect([few.rows.length, few.cutBy]).toEqual([7, 'rows'])
  const exact = await ask('SELECT strike FROM option_snapshots', { maxRows: 300 })
  expect([exact.rows.length, exact.cutBy]).toEqual([300, null])
  const long = await ask("SELECT repeat('x', 40000) FROM range(10)")
  expect([long.rows.length, long.cutBy]).toEqual([2, 'bytes'])
})

test('a query that takes too long while it is planned is ended, and the next one is answered', async () => {
  const begun = performance.now()
  const failure = await failureOf(ask(PLANNED_LIST, {}, { timeLimitMs: 500 }))
  expect(failure.message).toBe(
    'the query took longer than 0.5 s: restrict it to a symbol and dates, or raise --timeout',
  )
  expect((failure as QueryLimitFailure).limit).toBe('time')
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect((await ask('SELECT 1')).rows).toEqual([[1]])
})

test('a query that takes too much memory while it is planned is ended, and the next one is answered', async () => {
  const failure = await failureOf(ask(PLANNED_LIST, {}, { timeLimitMs: 50_000 }))
  expect(failure.message).toMatch(/^the query needs more memory than 1\.5 GB: select less at once/)
  expect((failure as QueryLimitFailure).limit).toBe('memory')
  expect((await ask('SELECT 1')).rows).toEqual([[1]])
})

test('a sort above the memory limit fails by name: nothing is written for it', async () => {
  const sort =
    "SELECT max(s) FROM (SELECT repeat('x', 200) || i AS s FROM range(20000000) t(i) ORDER BY s LIMIT 10000000)"
  const failure = await failureOf(ask(sort, {}, { timeLimitMs: 50_000 }))
  expect(failure).toBeInstanceOf(QueryLimitFailure)
  expect(failure.message).toMatch(/^the query failed: Out of Memory Error/)
})

test('a query that is taken back ends at once, also while it waits', async () => {
  const stopping = new AbortController()
  const first = ask(PLANNED_LIST, {}, { signal: stopping.signal })
  const second = ask('SELECT 1', {}, { signal: stopping.signal })
  const third = ask('SELECT 3')
  setTimeout(() => stopping.abort(new Error('that is enough')), 300)
  await expect(first).rejects.toThrow('that is enough')
  await expect(second).rejects.toThrow('that is enough')
  expect((await third).rows).toEqual([[3]])
})

test('what is wrong with a query or a lake is said by name, as without the process', async () => {
  expect((await failureOf(ask('SELECT * FROM nowhere'))).exitCode).toBe(64)
  expect((await failureOf(ask('SELECT 1', { folder: `${folder}/missing` }))).exitCode).toBe(78)
  expect((await failureOf(ask('SELECT 1', { asOf: { version: 99 } }))).exitCode).toBe(64)
  expect((await ask('SELECT 1', { asOf: { version: 1 } })).lake.asOf).toMatchObject({ version: 1 })
})
