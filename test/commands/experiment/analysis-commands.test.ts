import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { EXIT } from '../../../src/process/failure.ts'
import { type SmallStep, smallRun, writeRun } from '../../experiments/support/step-records.ts'
import { expectToFollow } from '../../support/published-schema.ts'
import { runCommand } from '../run-command.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-analysis-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const MIDS = [1000, 1001, 1002]

function write(
  name: string,
  mids: readonly number[],
  run: { experiment?: string; mode?: 'passive'; seed?: number } = {},
) {
  const order = { id: 'o1', side: 'BUY', price: 1000.1, qty: 100 } as const
  const steps: SmallStep[] = mids.map((mid, at) => ({
    mid,
    ...(run.mode !== 'passive' && at === 0 && { orders: [order] }),
    ...(run.mode !== 'passive' &&
      at === 1 && { fills: [{ order_id: 'o1', side: 'BUY', price: 1000.1, qty: 100 }] }),
  }))
  return writeRun(folder, name, smallRun({ ...run, steps }))
}

test('experiment determinism of two equal files is exit code 0, and of different ones 74 with the first difference', async () => {
  const [a, b, c] = [write('a.jsonl', MIDS), write('b.jsonl', MIDS), write('c.jsonl', [1000, 1001, 1002.5])]
  expect(await runCommand(['experiment', 'determinism', a, b])).toEqual({
    code: EXIT.ok,
    stdout: 'equal in all 3 records\n',
    stderr: '',
  })
  const different = await runCommand(['experiment', 'determinism', a, c])
  expect(different.code).toBe(EXIT.io)
  expect(different.stdout).toBe(
    'equal in 2 records; the first difference is at step 2, market.bid: 1001.9 and 1002.4\n',
  )
  expect(different.stderr).toContain(`${a} and ${c} differ`)
  const { stdout } = await runCommand(['experiment', 'determinism', a, c, '--json'])
  expectToFollow('experiment determinism', stdout)
  expect(JSON.parse(stdout)).toMatchObject({
    equal: false,
    difference: { step: 2, field: 'market.bid', a: 1001.9, b: 1002.4 },
  })
})

test('experiment determinism takes two files, or names of experiments', async () => {
  const a = write('a.jsonl', MIDS)
  const one = await runCommand(['experiment', 'determinism', a])
  expect(one).toMatchObject({ code: EXIT.usage })
  expect(one.stderr).toContain('1 file given: two are compared')
  const none = await runCommand(['experiment', 'determinism'])
  expect(none).toMatchObject({ code: EXIT.usage })
  expect(none.stderr).toContain('--experiment is missing')
  const missing = await runCommand(['experiment', 'determinism', a, join(folder, 'none.jsonl')])
  expect(missing).toMatchObject({ code: EXIT.usage })
  expect(missing.stderr).toContain('none.jsonl')
})

test('experiment impact prints the impact of each experiment, and says what has no baseline', async () => {
  write('normal_market_passive_1.jsonl', MIDS, { experiment: 'passive', mode: 'passive', seed: 1 })
  write('normal_market_buy_1.jsonl', [1000, 1001.25, 1002.25], { experiment: 'buy', seed: 1 })
  write('normal_market_buy_2.jsonl', MIDS, { experiment: 'buy', seed: 2 })
  const { code, stdout, stderr } = await runCommand(['experiment', 'impact', '--dir', folder])
  const json = await runCommand(['experiment', 'impact', '--dir', folder, '--json'])
  expectToFollow('experiment impact', json.stdout)
  expect(code).toBe(EXIT.ok)
  expect(stdout).toContain('normal_market, rules research: 2 seeds')
  expect(stdout).toMatch(/^buy +2 +0\.1667 +0\.0000 +0\.2500 /m)
  expect(stdout).toMatch(/^buy +at the far touch +2 +100\.0/m)
  expect(stderr).toContain('1 run without a passive run of the same scenario, seed and rules')
  const nothing = await runCommand(['experiment', 'impact', '--dir', folder, '--experiment', 'sell'])
  expect(nothing).toMatchObject({ code: EXIT.usage })
})

test('experiment compare shows the figures of two groups with paired differences, and where the markets part', async () => {
  for (const seed of [1, 2, 3]) {
    write(`normal_market_passive_${seed}.jsonl`, MIDS, { experiment: 'passive', mode: 'passive', seed })
    write(`normal_market_buy_${seed}.jsonl`, [1000, 1001.25, 1002.25], { experiment: 'buy', seed })
  }
  const groups = [join(folder, '*passive*'), join(folder, '*buy*')]
  const { code, stdout, stderr } = await runCommand(['experiment', 'compare', ...groups])
  expect({ code, stderr }).toEqual({ code: EXIT.ok, stderr: '' })
  expect(stdout).toMatch(/^figure +a +b +b - a +95 % interval$/m)
  expect(stdout).toMatch(/^last_mid +1,002 +1,002\.25 +0\.25 +0\.25 … 0\.25$/m)
  expect(stdout).toMatch(/^total_actions +0 +1 +1 +1 … 1$/m)
  expect(stdout).toMatch(/^first_mid +1,000 +1,000 +0 +0 … 0 +contains zero$/m)
  expect(stdout).toContain(
    'normal_market_passive_1.jsonl and normal_market_buy_1.jsonl: the states of the market first differ at step 1, market.bid: 1000.9 and 1001.15',
  )
  const json = await runCommand(['experiment', 'compare', ...groups, '--json'])
  expectToFollow('experiment compare', json.stdout)
  expect(JSON.parse(json.stdout)).toMatchObject({
    pairs: 3,
    unpaired: [],
    markets: [{ equal_steps: 1, difference: { step: 1, field: 'market.bid' } }, {}, {}],
  })
})

test('experiment compare of runs without a common seed compares means only, and says so', async () => {
  for (const seed of [1, 2]) write(`a_${seed}.jsonl`, MIDS, { seed })
  for (const seed of [3, 4]) write(`b_${seed}.jsonl`, MIDS, { seed })
  const { stdout, stderr } = await runCommand([
    'experiment',
    'compare',
    join(folder, 'a_*'),
    join(folder, 'b_*'),
  ])
  expect(stderr).toBe(
    'optionlake: warning: no two runs share scenario and seed: only means are compared, without intervals\n',
  )
  expect(stdout).toContain('markets: no two runs share scenario and seed')
  expect(stdout).not.toContain('95 %')
})
