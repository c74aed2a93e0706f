import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../../../src/process/failure.ts'
import { expectToFollow } from '../../support/published-schema.ts'
import { runCommand } from '../run-command.ts'

const SCENARIO = ['--scenario', 'normal_market']
const BOTH = [...SCENARIO, '--experiment', 'passive']
const TWS = ['--gateway', '127.0.0.1:1', '--account', 'DU1234567']

test.each([
  [
    [],
    '--experiment is missing: name one or several, such as --experiment passive, or write --all-experiments',
  ],
  [['--experiment', 'passive'], '--scenario is missing: name one or several of normal_market, flash_crash,'],
  [
    ['--all-experiments', '--host', '127.0.0.1:1'],
    '--scenario is missing: name one that the exchange offers',
  ],
  [
    [...SCENARIO, '--experiment', 'qty_1000'],
    'unknown experiment qty_1000; did you mean qty_100? Known: passive,',
  ],
  [
    ['--experiment', 'passive', '--scenario', 'flash'],
    'unknown scenario flash; did you mean flash_crash? Known: ',
  ],
  [[...BOTH, '--rules', 'strict'], '--rules strict is unknown: write original or research'],
  [[...BOTH, '--steps', '0'], '--steps 0 is not a whole number from 1 to 10,000,000'],
  [[...BOTH, '--seeds', 'many'], '--seeds many is not a whole number from 1 to 10,000'],
  [[...BOTH, '--seed', '-1'], '--seed -1 is not a whole number from 0 to 2,147,483,647'],
  [[...BOTH, '--parallel', '0'], '--parallel 0 is not a whole number from 1 to 256'],
  [[...BOTH, '--host', 'http://127.0.0.1:1'], '--host http://127.0.0.1:1 is not HOST:PORT'],
  [
    [...BOTH, '--host', '127.0.0.1:1', '--seeds', '2'],
    '--seeds 2: only the exchange knows the seeds of its scen',
  ],
  [
    ['--experiment', 'passive', '--host', '127.0.0.1:1', '--scenario', 'docs/quiet-market.json'],
    '--scenario docs/quiet-market.json is no name of a scenario: files are played by the embedded exchange only',
  ],
  [
    [...BOTH, '--host', '127.0.0.1:1', '--gateway', '127.0.0.1:1'],
    '--host and --gateway name two places: an exchan',
  ],
  [[...BOTH, '--secure'], '--secure and --trust-certificate belong to an exchange: add --host HOST:PORT'],
  [[...BOTH, '--account', 'DU1'], '--account belongs to a run over TWS: add --gateway HOST:PORT'],
  [
    [...BOTH, '--gateway', '127.0.0.1:1'],
    '--gateway sends orders: name the paper account that they may be sent for',
  ],
  [
    [...BOTH, ...TWS, '--seeds', '2'],
    '--seed and --seeds: a market over TWS has no seed, and is never the same twice',
  ],
  [[...BOTH, ...TWS, '--parallel', '2'], '--parallel 2: runs over TWS share one account: leave it out'],
  [
    ['--experiment', 'passive', '--all-scenarios', ...TWS],
    '--gateway has one market: name one scenario, not ',
  ],
])('experiment run %j ends with one line', async (args, message) => {
  const { code, stdout, stderr } = await runCommand(['experiment', 'run', ...args])
  expect({ code, stdout }).toEqual({ code: EXIT.usage, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).toMatch(/^[^\n]+\n$/)
})

test('without the name of a command, an experiment is run, as users of the original type it', async () => {
  const typed = [
    '--scenario',
    'normal_market',
    '--experiment',
    'price_midd',
    '--name',
    'team',
    '--password',
    'pwd',
  ]
  const { code, stderr } = await runCommand(['experiment', ...typed, '--host', 'localhost:8080', '--secure'])
  expect(code).toBe(EXIT.usage)
  expect(stderr).toContain('did you mean price_mid?')
})

test('the lists show what there is, for people and for programs', async () => {
  const experiments = await runCommand(['experiment', '--list-experiments'])
  expect(experiments.stdout.split('\n').slice(0, 3)).toEqual([
    'experiment           mode     description',
    'passive              passive  no orders: the baseline of all others',
    'aggressive_buy_100   active   BUY at the ask, 100 shares, every 10 steps',
  ])
  const scenarios = await runCommand([
    ...['experiment', 'run', '--list-scenarios', '--scenario', 'docs/quiet-market.json', '--json'],
  ])
  expectToFollow('experiment run', scenarios.stdout)
  const list = await runCommand(['experiment', 'run', '--list-experiments', '--json'])
  expectToFollow('experiment run', list.stdout)
  const { scenarios: listed } = JSON.parse(scenarios.stdout) as { scenarios: { id: string }[] }
  expect(listed.map(({ id }) => id)).toEqual([
    ...[
      'normal_market',
      'flash_crash',
      'mini_flash_crash',
      'stressed_market',
      'hft_dominated',
      'quiet_market',
    ],
  ])
  expect(listed[1]).toMatchObject({ seed: 12346, steps: 54_000, duration_sec: 5_400, file: null })
  expect(listed[5]).toMatchObject({ file: resolve('docs/quiet-market.json') })
})

test('an unknown command of the group is named, with the nearest one', async () => {
  const { code, stderr } = await runCommand(['experiment', 'runn'])
  expect(code).toBe(EXIT.usage)
  expect(stderr).toContain("unknown command 'runn' (Did you mean run?)")
})
