import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openRunEngine, type RunEngine } from '../../../src/experiments/analysis/engine.ts'
import type { StepRecord } from '../../../src/experiments/files/step-record.ts'
import { smallRun, writeOriginalRun, writeRun } from '../support/step-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'optionlake-engine-'))
const elsewhere = mkdtempSync(join(tmpdir(), 'optionlake-elsewhere-'))
let engine: RunEngine
let files = 0

const records = smallRun({
  steps: [
    { mid: 1000, orders: [{ id: 'a', side: 'BUY', price: 1000.1, qty: 200 }] },
    {
      mid: 1000.2,
      fills: [
        { order_id: 'a', side: 'BUY', price: 1000.1, qty: 100, remaining: 100 },
        { order_id: 'a', side: 'BUY', price: 1000.1, qty: 100 },
      ],
    },
    { mid: null, orders: [{ id: 'b', side: 'SELL', price: 1000, qty: 100 }] },
    { mid: 1000.1, fills: [{ order_id: 'b', side: 'SELL', price: 1000, qty: 100 }] },
  ],
})

beforeAll(async () => {
  engine = await openRunEngine({ folders: [folder] })
})
afterAll(() => {
  engine.close()
  rmSync(folder, { recursive: true })
  rmSync(elsewhere, { recursive: true })
})

const write = (lines: readonly StepRecord[] = records) => writeRun(folder, `run-${files++}.jsonl`, lines)
/** A file whose second line is something else. */
function withSecondLine(change: (line: string) => string | Buffer): string {
  const path = write()
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const parts = lines.map((line, at) => Buffer.from(at === 1 ? change(line) : line))
  writeFileSync(path, Buffer.concat(parts.flatMap((part) => [part, Buffer.from('\n')])))
  return path
}

test('a run becomes tables of steps, orders, fills and books', async () => {
  const run = await engine.load(write(), 'a')
  expect(run).toMatchObject({
    scenario: 'normal_market',
    experiment: 'hand_made',
    mode: 'active',
    seed: 7,
    rules: 'research',
  })
  expect(run.damage).toEqual({ records: 4, damaged: 0, byFault: {}, examples: [] })
  expect(run.manifest).toEqual({ kind: 'absent' })
  expect(
    await engine.query('SELECT step, mid, inventory, mark, fills, orders FROM a.steps ORDER BY step'),
  ).toEqual([
    { step: 0, mid: 1000, inventory: 0, mark: 1000, fills: 0, orders: 1 },
    { step: 1, mid: 1000.2, inventory: 200, mark: 1000.2, fills: 2, orders: 0 },
    { step: 2, mid: null, inventory: 200, mark: 1000.2, fills: 0, orders: 1 },
    { step: 3, mid: 1000.1, inventory: 100, mark: 1000.1, fills: 1, orders: 0 },
  ])
  expect(
    await engine.query(
      'SELECT step, order_id, direction, qty, mid FROM a.fills ORDER BY step, remaining DESC',
    ),
  ).toEqual([
    { step: 1, order_id: 'a', direction: 1, qty: 100, mid: 1000 },
    { step: 1, order_id: 'a', direction: 1, qty: 100, mid: 1000 },
    { step: 3, order_id: 'b', direction: -1, qty: 100, mid: 1000.2 },
  ])
  expect(await engine.query('SELECT bids, len(asks) AS asks FROM a.books WHERE step = 1')).toEqual([
    { bids: [{ price: 1000.1, qty: 100 }], asks: 2 },
  ])
})

test('two runs are loaded side by side', async () => {
  await engine.load(write(), 'a')
  await engine.load(write(smallRun({ steps: [{ mid: 1000 }, { mid: 1001 }] })), 'b')
  expect(
    await engine.query(
      'SELECT step, a.steps.mid - b.steps.mid AS impact FROM a.steps JOIN b.steps USING (step) ORDER BY step',
    ),
  ).toEqual([
    { step: 0, impact: 0 },
    { step: 1, impact: expect.closeTo(-0.8, 9) },
  ])
  await engine.drop('b')
  await expect(engine.query('SELECT * FROM b.steps')).rejects.toThrow('b')
})

test('a file of the original framework is read: 0 is absent, a trade may be an object', async () => {
  const path = writeOriginalRun(folder, 'original.jsonl', records)
  const run = await engine.load(path, 'a')
  expect(run).toMatchObject({ seed: null, rules: null, damage: { records: 4, damaged: 0 } })
  expect(await engine.query('SELECT bid, mid, spread, last_trade, fills FROM a.steps ORDER BY step')).toEqual(
    [
      { bid: 999.9, mid: 1000, spread: 0.2, last_trade: null, fills: 0 },
      { bid: 1000.1, mid: 1000.2, spread: 0.2, last_trade: 999.9, fills: 1 },
      { bid: null, mid: null, spread: null, last_trade: null, fills: 0 },
      { bid: 1000, mid: 1000.1, spread: 0.2, last_trade: 999.9, fills: 1 },
    ],
  )
  expect(await engine.query('SELECT step, side, qty, arrival_mid FROM a.fills ORDER BY step')).toEqual([
    { step: 1, side: 'BUY', qty: 100, arrival_mid: null },
    { step: 3, side: 'SELL', qty: 100, arrival_mid: null },
  ])
})

const DAMAGE: [string, string, (line: string) => string | Buffer][] = [
  ['a line that is cut', 'not_json', (line) => line.slice(0, 300)],
  ['two lines on one', 'not_json', (line) => line + line],
  ['a line that is no JSON', 'not_json', () => 'Traceback (most recent call last):'],
  ['JSON that is no record', 'not_a_record', () => '[1, 2]'],
  ['a wrong type', 'not_a_record', (line) => line.replace('"inventory":200', '"inventory":[]')],
  ['a word for a number', 'not_a_record', (line) => line.replace('"bid":1000.1', '"bid":"none"')],
  ['a missing key', 'not_a_record', (line) => line.replace('"inventory"', '"stock"')],
  ['NaN', 'not_json', (line) => line.replace('"pnl":20', '"pnl":NaN')],
  ['NUL bytes', 'nul_bytes', () => '\0'.repeat(500)],
  ['a NUL byte inside', 'nul_bytes', (line) => line.replace('BUY', 'B\0Y')],
  [
    'bytes that are not UTF-8',
    'not_utf8',
    (line) => Buffer.from(line.replace('run-1', 'run-\u00ff'), 'latin1'),
  ],
  ['half a surrogate pair', 'not_json', (line) => line.replace('run-1', '\\ud800')],
  ['a huge line', 'too_long', () => 'y'.repeat(35_000_000)],
  ['deep nesting', 'not_json', () => '['.repeat(100_000)],
]

test.each(DAMAGE)('%s is skipped, counted and reported', async (_, fault, change) => {
  const { damage } = await engine.load(withSecondLine(change), 'a')
  expect(damage).toMatchObject({ records: 3, damaged: 1, byFault: { [fault]: 1 } })
  expect(await engine.query('SELECT step FROM a.steps ORDER BY step')).toEqual([
    { step: 0 },
    { step: 2 },
    { step: 3 },
  ])
})

test('the report names the line and what is wrong there', async () => {
  const { damage } = await engine.load(
    withSecondLine((line) => line.replace('"bid":1000.1', '"bid":"none"')),
    'a',
  )
  expect(damage.examples).toEqual([
    { line: 2, fault: 'not_a_record', detail: 'market.bid: Invalid input: expected number, received string' },
  ])
})

test('a last line that is cut is what a crash leaves', async () => {
  const path = write()
  appendFileSync(path, '{"step":4,"timestamp":"2026-01-')
  const { damage } = await engine.load(path, 'a')
  expect(damage).toMatchObject({ records: 4, damaged: 1, byFault: { cut: 1 } })
})

test('a byte order mark, CRLF, blank lines and a missing last line end are no damage', async () => {
  const path = write()
  const text = readFileSync(path, 'utf8')
  writeFileSync(path, `\ufeff${text.replaceAll('\n', '\r\n\r\n').trimEnd()}`)
  const { damage } = await engine.load(path, 'a')
  expect(damage).toMatchObject({ records: 4, damaged: 0 })
})

test('a name with brackets is a name and no pattern', async () => {
  const { damage } = await engine.load(writeRun(folder, 'run [1]*.jsonl', records), 'a')
  expect(damage).toMatchObject({ records: 4, damaged: 0 })
})

test('a file without a record, or that is absent, is named', async () => {
  const empty = join(folder, 'empty.jsonl')
  writeFileSync(empty, '')
  await expect(engine.load(empty, 'a')).rejects.toThrow(`${empty} has no record of a step`)
  writeFileSync(empty, 'hello\n')
  await expect(engine.load(empty, 'a')).rejects.toThrow(
    'no record of a step: 1 damaged line skipped (1 not json), first line 1',
  )
  await expect(engine.load(join(folder, 'absent.jsonl'), 'a')).rejects.toMatchObject({ exitCode: 74 })
})

test('nothing outside the given folders can be read', async () => {
  const path = writeRun(elsewhere, 'run.jsonl', records)
  await expect(engine.load(path, 'a')).rejects.toThrow('cannot read')
  await expect(engine.query(`SELECT * FROM read_text('${path}')`)).rejects.toThrow('Permission')
})

test.each([
  ['a quantity that is true', { qty: true }, {}],
  ['a quantity that is a text', { qty: '100' }, {}],
  ['a price that is no number', { price: 'NaN' }, {}],
  ['a step that is none', {}, { step: 1.7 }],
])('%s makes its line damaged, and is no figure', async (_, fill, record) => {
  const sound = records.map((one) => JSON.stringify(one))
  const at = records.findIndex(({ fills }) => fills.length > 0)
  const one = records[at] as StepRecord
  const wrong = { ...one, ...record, fills: one.fills.map((each) => ({ ...each, ...fill })) }
  const path = join(folder, `wrong-${files++}.jsonl`)
  writeFileSync(path, `${sound.with(at, JSON.stringify(wrong)).join('\n')}\n`)
  const { damage } = await engine.load(path, 'a')
  expect(damage).toMatchObject({ records: records.length - 1, damaged: 1, byFault: { not_a_record: 1 } })
})
