import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client, InMemoryTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { createQueryProcess } from '../../src/lake/query/apart/query-process.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { createLakeAccess, type LakeAccess } from '../../src/mcp/lake-access.ts'
import { createMcpServer } from '../../src/mcp/server.ts'
import { ANALYTICS, CLOCK, makeMcpLake } from './mcp-lake.ts'
import { QUESTIONS } from './questions.ts'

const folder = mkdtempSync(join(tmpdir(), 'optionlake-mcp-'))
const open: LakeAccess[] = []
const unexpected: unknown[] = []
const queries = createQueryProcess()
let lake: Lake
let client: Client

async function connect(path: string): Promise<Client> {
  const access = createLakeAccess(path, CLOCK)
  open.push(access)
  const server = createMcpServer({
    ...{ access, queries, analytics: ANALYTICS, symbols: ['SPY', 'QQQ'], version: '0.0.0' },
    queryLimitMs: 30_000,
    onError: (error) => unexpected.push(error),
  })
  const [own, other] = InMemoryTransport.createLinkedPair()
  const made = new Client({ name: 'test', version: '0.0.0' })
  await Promise.all([server.connect(own), made.connect(other)])
  return made
}

beforeAll(async () => {
  await makeMcpLake(join(folder, 'lake'))
  lake = await openLake(join(folder, 'lake'), { mode: 'read', clock: CLOCK })
  client = await connect(join(folder, 'lake'))
}, 60_000)
afterAll(async () => {
  for (const access of open) await access.close()
  queries.close()
  await lake?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function ask(name: string, given: Readonly<Record<string, unknown>>, of = client) {
  const { structuredContent, isError, content } = await of.callTool({ name, arguments: given })
  const [first] = content as { text: string }[]
  return { answer: structuredContent, isError: isError === true, text: first?.text ?? '' }
}

test.each(QUESTIONS)('$asks', async ({ tool, given, value, sql: query, slot, basis }) => {
  const { answer, text } = await ask(tool, given)
  if (answer === undefined) throw new Error(text)
  const [row] = (await sql(lake, query)).rows
  const read = row?.[0]
  expect(read ?? null).not.toBe(null)
  const got = value(answer)
  if (typeof read === 'number') expect(got).toBeCloseTo(read, 6)
  else expect(got).toBe(read)
  const named = answer as { slot?: string; last_slot?: string; lake_source: string; age_seconds?: number }
  expect(named.lake_source).toBe('simulated')
  if (slot !== null) {
    expect(named.slot ?? named.last_slot).toBe(slot)
    expect(named.age_seconds).toBe((CLOCK.now() - Date.parse(slot)) / 1_000)
  }
  if (basis) {
    expect(basis(answer)).toMatchObject({
      ...{ definition: expect.any(String), unit: expect.any(String), source: expect.any(String) },
      observations: expect.any(Number),
    })
  }
})

test('tools say what they are for, read only, and describe every argument and answer', async () => {
  const { tools } = await client.listTools()
  expect(tools.map(({ name }) => name)).toContain('market_figures')
  for (const { name, description, annotations, inputSchema, outputSchema } of tools) {
    expect([name, (description ?? '').length > 80, annotations?.readOnlyHint]).toEqual([name, true, true])
    expect([name, inputSchema.type, outputSchema?.type]).toEqual([name, 'object', 'object'])
  }
})

test('what is absent is null with its reason, and what is unknown is a named error', async () => {
  const { answer: early } = await ask('market_figures', {
    symbol: 'SPY',
    at: '2020-01-02',
    figures: ['iv30'],
  })
  expect(early).toMatchObject({
    ...{ slot: null, absent: 'no slot of SPY is stored at or before 2020-01-02 23:59 New York' },
    figures: { iv30: { value: null, reason: expect.any(String) } },
  })
  const { answer: other } = await ask('option_chain', { symbol: 'QQQ' })
  expect(other).toMatchObject({ slot: null, absent: 'no slot of QQQ is stored yet', rows: [] })
  const refusals = [
    await ask('market_figures', { symbol: 'TSLA' }),
    await ask('market_figures', { symbol: 'SPY', figures: ['alpha'] }),
    await ask('explain_figure', { name: 'alpha' }),
    await ask('query_sql', { query: 'SELECT * FROM nowhere' }),
    await ask('query_sql', { query: "COPY (SELECT 1) TO 'x.csv'" }),
    await ask('query_sql', { query: 'SELECT 1; SELECT 2' }),
  ]
  for (const { isError, text } of refusals) {
    expect([isError, JSON.parse(text)]).toEqual([
      true,
      { error: { name: 'bad_request', message: expect.stringMatching(/^[^\n]+$/) } },
    ])
  }
  const odd = await ask('market_figures', { symbol: 'SPY', at: 'yesterday' })
  expect([odd.isError, odd.text]).toEqual([true, expect.stringContaining('write a time with its offset')])
  expect(unexpected).toEqual([])
})

test('SQL is bounded in rows, in bytes and in the items of lists', async () => {
  const { text } = await ask('query_sql', { query: 'SELECT list(i) FROM range(1500000) t(i)' })
  expect(text).toContain('the lists of the result have more than 1,000,000 items')
  const { answer: rows } = await ask('query_sql', { query: 'SELECT strike FROM option_snapshots', limit: 3 })
  expect(rows).toMatchObject({ truncated: true, truncated_by: 'rows' })
  const { answer: bytes } = await ask('query_sql', {
    query: "SELECT repeat('x', 100000) FROM range(100)",
    limit: 100,
  })
  expect(bytes).toMatchObject({ truncated: true, truncated_by: 'bytes' })
})

test('a query that needs too much is ended by name, while other questions are answered', async () => {
  const planned = ask('query_sql', { query: 'SELECT range(1000000000)' })
  const endless = ask('query_sql', { query: 'SELECT 1 LIMIT len(range(1000000000))' })
  let isEnded = false
  void planned.then(() => {
    isEnded = true
  })
  const { isError } = await ask('coverage', {})
  expect([isError, isEnded]).toEqual([false, false])
  for (const { text } of [await planned, await endless]) {
    expect(JSON.parse(text).error.name).toMatch(/^query_too_(large|slow)$/)
  }
  expect((await ask('query_sql', { query: 'SELECT 1' })).answer).toMatchObject({ rows: [[1]] })
  const refused = await ask('query_sql', { query: "FROM enable_profiling(save_location = 'made.txt')" })
  expect(JSON.parse(refused.text).error).toMatchObject({ name: 'bad_request' })
})

test('questions are read side by side, and only so many may wait', async () => {
  const all = await Promise.all(Array.from({ length: 120 }, () => ask('iv_history', { symbol: 'SPY' })))
  const answered = all.filter(({ answer }) => (answer as { slot?: string } | undefined)?.slot !== undefined)
  expect(answered.length).toBeGreaterThanOrEqual(103)
  for (const { isError, text } of all.filter((one) => !answered.includes(one))) {
    expect([isError, JSON.parse(text).error.name]).toEqual([true, 'try_later'])
  }
})

test('a figure, a column and a reason are explained as the documentation does', async () => {
  const { answer: rank } = await ask('explain_figure', { name: 'iv_rank' })
  expect(rank).toMatchObject({
    columns: [{ table: 'market_metrics', unit: '0 to 100' }],
    definitions: [{ text: expect.stringContaining('0') }],
  })
  const { answer: reason } = await ask('explain_figure', { name: 'too_few_observations' })
  expect((reason as { definitions: unknown[] }).definitions).not.toEqual([])
  const { contents } = await client.readResource({ uri: 'optionlake://data-dictionary' })
  expect(contents[0]).toMatchObject({ text: expect.stringContaining('| `open_interest` | BIGINT |') })
  const { contents: numbers } = await client.readResource({ uri: 'optionlake://numbers' })
  expect(numbers[0]).toMatchObject({ text: expect.stringContaining('# The numbers') })
})

test('a folder without a lake is said, and its lake is read as soon as it is there, and while it is written', async () => {
  const path = join(folder, 'later')
  const early = await connect(path)
  const none = await ask('coverage', {}, early)
  expect(JSON.parse(none.text).error.name).toBe('no_lake')
  const writer = await openLake(path, { mode: 'write', source: 'ib', clock: CLOCK })
  for (const tool of ['market_figures', 'iv_history', 'option_chain', 'volatility_surface', 'positioning']) {
    const { answer, text } = await ask(tool, { symbol: 'SPY' }, early)
    expect([tool, answer ?? text]).toEqual([tool, expect.objectContaining({ slot: null, lake_source: 'ib' })])
  }
  expect((await ask('coverage', {}, early)).answer).toMatchObject({
    absent: 'nothing is stored yet',
    rows: 0,
  })
  expect((await ask('realized_volatility', { symbol: 'SPY' }, early)).answer).toMatchObject({ slot: null })
  expect((await ask('underlying_bars', { symbol: 'SPY' }, early)).answer).toMatchObject({ bars: [] })
  await writer.close()
  expect(unexpected).toEqual([])
})
