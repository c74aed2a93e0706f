import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../../../src/process/failure.ts'
import { run, temporaryFolder } from '../../e2e/program.ts'
import { expectGolden, shapeOf } from '../../golden/golden.ts'
import { expectToFollow } from '../../support/published-schema.ts'

const QUIET = resolve(import.meta.dirname, '../../../docs/quiet-market.json')
const experiment = (folder: string, ...args: string[]) =>
  run(['experiment', 'run', '--scenario', QUIET, '--steps', '60', '--dir', folder, ...args])

interface Printed {
  readonly runs: readonly Readonly<Record<string, unknown>>[]
}

test('every experiment with every seed has a file, a line and a row', async () => {
  const folder = temporaryFolder()
  const ended = await experiment(
    folder,
    '--experiment',
    'passive',
    'spread_cross_100',
    '--seeds',
    '2',
    '--json',
  )
  expect(ended.code).toBe(EXIT.ok)
  const { runs } = JSON.parse(ended.stdout) as Printed
  expect(runs.map(({ experiment, seed, end, steps }) => [experiment, seed, end, steps])).toEqual([
    ['passive', 1, 'complete', 60],
    ['passive', 2, 'complete', 60],
    ['spread_cross_100', 1, 'complete', 60],
    ['spread_cross_100', 2, 'complete', 60],
  ])
  expect(runs[3]).toMatchObject({ orders_sent: 6, fills: 6, filled_qty: 600, inventory: 0 })
  expectToFollow('experiment run', ended.stdout)
  expectGolden('json-experiment-run', shapeOf(JSON.parse(ended.stdout)))

  const lines = ended.stderr.trimEnd().split('\n')
  expect(lines[0]).toBe(`4 runs into ${folder}`)
  expect(lines).toHaveLength(5)
  for (const { file } of runs) {
    expect(readFileSync(file as string, 'utf8').split('\n')).toHaveLength(62)
    expect(ended.stderr).toMatch(new RegExp(`complete, 60 steps in \\d:\\d\\d → ${file}\n`))
  }
  expect(readdirSync(folder)).toHaveLength(8)
}, 30_000)

test("a user's strategy trades beside the others, and one that throws fails alone, by file and line", async () => {
  const folder = temporaryFolder()
  const [good, bad] = ['good.ts', 'bad.ts'].map((name) => join(folder, name)) as [string, string]
  writeFileSync(
    good,
    `import type { Strategy } from 'optionlake'
const strategy: Strategy = {
  name: 'buy-once',
  description: 'one order',
  mode: 'active',
  decide: (step, { ask }) => (step === 3 && ask !== null ? [{ kind: 'order', side: 'BUY', price: ask, qty: 100 }] : []),
}
export default strategy
`,
  )
  writeFileSync(
    bad,
    `const decide = (step: number) => {
  if (step === 5) throw new RangeError('five')
  return []
}
export default { name: 'bad', description: 'throws', mode: 'active', decide }
`,
  )
  const ended = await experiment(folder, '--experiment', bad, good, 'passive')
  expect(ended.code).toBe(EXIT.configuration)
  expect(ended.stdout.split('\n').map((line) => line.split(/ {2,}/).slice(1, 5))).toEqual([
    ['experiment', 'seed', 'end', 'steps'],
    ['bad', '1', 'strategy_failed', '5'],
    ['buy-once', '1', 'complete', '60'],
    ['passive', '1', 'complete', '60'],
    [],
  ])
  expect(ended.stderr).toContain(`${bad}:2: RangeError: five`)
  expect(ended.stderr).toContain(
    'optionlake: 1 of 3 runs failed, first quiet_market bad, seed 1: strategy_failed: ',
  )
}, 30_000)

test('an exchange that is not there is tried once, and nothing is written', async () => {
  const folder = join(temporaryFolder(), 'raw')
  const args = ['--scenario', 'normal_market', '--all-experiments', '--host', '127.0.0.1:1', '--dir', folder]
  const ended = await run(['experiment', 'run', ...args])
  expect(ended.code).toBe(EXIT.unreachable)
  expect(ended.stdout).toBe('')
  expect(ended.stderr.match(/nothing listens on/g)).toHaveLength(2)
  expect(ended.stderr).toContain(
    'optionlake: 1 of 15 runs failed, first normal_market passive: not run: nothing',
  )
  expect(ended.stderr.trimEnd()).toMatch(/; 14 others not tried$/)
  expect(() => readdirSync(folder)).toThrow('ENOENT')
}, 30_000)
