import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type DamageReport, readRecords } from '../../../src/experiments/files/read-records.ts'
import { runFileName, runFilePath } from '../../../src/experiments/files/run-files.ts'
import { openStepLog } from '../../../src/experiments/files/step-log.ts'
import { stepRecordSchema } from '../../../src/experiments/files/step-record.ts'
import { smallRun } from '../support/step-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'optionlake-step-log-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Built by npm run build:programs. */
const PROGRAM = resolve(import.meta.dirname, '../../../build/test/support/step-log-program.js')

const records = smallRun({
  steps: [
    { mid: 1000, orders: [{ id: 'ü', side: 'BUY', price: 1000.1, qty: 100 }] },
    { mid: null, fills: [{ order_id: 'ü', side: 'BUY', price: 1000.1, qty: 100 }] },
  ],
})

async function read(path: string) {
  let report: DamageReport | undefined
  const steps: number[] = []
  for await (const { record } of readRecords(path, (end) => {
    report = end
  }))
    steps.push(record.step)
  return { steps, report }
}

test('the name of a run has its scenario, experiment, mode and time in UTC', () => {
  const name = {
    scenario: 'normal_market',
    experiment: 'qty_100',
    mode: 'active',
    startedAt: new Date('2026-11-22T01:11:05.123Z'),
  } as const
  expect(runFileName(name)).toBe('normal_market_qty_100_active_20261122T011105123Z.jsonl')
  expect(runFilePath('data/raw', name)).toBe(
    'data/raw/normal_market_qty_100_active_20261122T011105123Z.jsonl',
  )
})

test('each record is one line that the schema accepts, and the whole is known by its bytes and checksum', () => {
  const path = join(folder, 'new', 'folder', 'run.jsonl')
  const log = openStepLog(path)
  for (const record of records) log.append(record)
  const written = log.close()
  const bytes = readFileSync(path)
  expect(written).toEqual({
    bytes: bytes.length,
    records: 2,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  })
  expect(log.close()).toBe(written)
  const lines = bytes.toString('utf8').split('\n')
  expect(lines.slice(0, 2).map((line) => stepRecordSchema.parse(JSON.parse(line)))).toEqual(records)
  expect(lines[2]).toBe('')
})

test('a record is in the file as soon as it is appended', () => {
  const log = openStepLog(join(folder, 'at-once.jsonl'))
  for (const record of records) {
    const before = statSync(log.path).size
    log.append(record)
    expect(statSync(log.path).size).toBe(before + Buffer.byteLength(`${JSON.stringify(record)}\n`))
  }
  log.close()
})

test('an existing file is refused and stays as it is', () => {
  const path = join(folder, 'existing.jsonl')
  writeFileSync(path, 'mine\n')
  expect(() => openStepLog(path)).toThrow(`${path} exists`)
  expect(readFileSync(path, 'utf8')).toBe('mine\n')
})

test('a record of many levels is longer than the buffer and whole', async () => {
  const log = openStepLog(join(folder, 'deep.jsonl'))
  const levels = Array.from({ length: 5_000 }, (_, at) => ({ price: 1000 + at, qty: 100 }))
  const [record] = records
  if (record) log.append({ ...record, book: { ...record.book, asks: levels } })
  log.close()
  expect(await read(log.path)).toMatchObject({ steps: [0], report: { damaged: 0 } })
})

/** Runs the program that appends for ever, and gives what it printed until `enough` or its own end; then it is dead. */
async function appendForEver(path: string, command: string, enough: number): Promise<string[]> {
  const child = spawn('sh', ['-c', command, 'sh', process.execPath, PROGRAM, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let said = ''
  for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
    said += chunk.toString()
    if (said.split('\n').length > enough) break
  }
  child.kill('SIGKILL')
  await ended
  return said.split('\n').slice(0, -1)
}

test('a killed process loses no line that was appended before', async () => {
  const path = join(folder, 'killed.jsonl')
  const appended = await appendForEver(path, 'exec "$@"', 1_000)
  const { steps, report } = await read(path)
  expect(steps).toEqual(steps.map((_, at) => at))
  expect(steps.length).toBeGreaterThanOrEqual(appended.length)
  expect(report?.damaged).toBeLessThanOrEqual(1)
})

test('a write that fails ends the log with its last whole line', async () => {
  const path = join(folder, 'full.jsonl')
  // A limit of the system on the size of a file: 20 blocks of 512 bytes.
  const said = await appendForEver(path, 'ulimit -f 20; exec "$@"', 1_000)
  expect(said.at(-1)).toMatch(/^cannot write .*full\.jsonl: EFBIG/)
  expect(await read(path)).toEqual({
    steps: said.slice(0, -1).map(Number),
    report: { records: said.length - 1, damaged: 0, byFault: {}, examples: [] },
  })
})
