import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectToFollow } from '../support/published-schema.ts'
import { QUICK, type SimulatedGateway, startGateway } from './gateway.ts'
import { expectGolden, shapeOf } from './golden.ts'
import { type Ended, filesBelow, run, runCommand, temporaryFolder } from './imports.ts'

const OLD_LAKE = resolve(import.meta.dirname, '../fixtures/lake-0.1')
const DAY = ['--from', '2024-06-12', '--to', '2024-06-12']
const folder = temporaryFolder()
const lake = join(folder, 'lake')
const only = ['--symbols', 'IWM', '--lake', lake]
let gateway: SimulatedGateway
let collected: Ended
let filled: Ended

// Commands that only read, and those that follow each other, run in this process: starting a program takes a second.
const ask = (args: readonly string[]) => runCommand([...args, '--json', ...only], QUICK)
const askGateway = (args: readonly string[]) => run([...args, '--json', ...only, ...gateway.options], QUICK)

beforeAll(async () => {
  process.chdir(temporaryFolder())
  gateway = await startGateway()
  filled = await askGateway(['backfill'])
  collected = await askGateway(['collect-once'])
}, 120_000)

afterAll(async () => {
  gateway.running.child.kill('SIGTERM')
  await gateway.running.ended
})

/** Exit code and the shape of each line that was printed, which follows the published schema of the command. */
function sightOf(command: string, { code, stdout, stderr }: Ended): string {
  if (stdout !== '') expectToFollow(command, stdout)
  // Commands that run in this process fail without main.ts, which writes the failure.
  const failureLine = stderr.trim().split('\n').at(-1) ?? ''
  if (code !== 0 && failureLine.startsWith('{')) expectToFollow('error', failureLine)
  const lines = stdout.split('\n').filter((line) => line !== '')
  const failure = code === 0 ? [] : [plain(stderr).trim()]
  return [`exit ${code}`, ...failure, ...lines.map((line) => shapeOf(JSON.parse(line)))].join('\n\n')
}

/** The text without the folders of this run. */
function plain(text: string): string {
  return text.replaceAll(folder, '<folder>').replaceAll(/\/\S*optionlake-\w{6}\b/g, '<empty folder>')
}

test('collect-once --json matches the golden file', () =>
  expectGolden('json-collect-once', sightOf('collect-once', collected)))

test('backfill --json matches the golden file', () =>
  expectGolden('json-backfill', sightOf('backfill', filled)))

test('plan --json matches the golden file', async () =>
  expectGolden('json-plan', sightOf('plan', await askGateway(['plan']))))

test('doctor --json matches the golden file, with the same checks', async () => {
  const ended = await askGateway(['doctor'])
  const { checks } = JSON.parse(ended.stdout) as { checks: { name: string }[] }
  expectGolden('json-doctor', [sightOf('doctor', ended), '', ...checks.map(({ name }) => name)].join('\n'))
})

test.each([
  ['chain', ['chain', 'IWM']],
  ['market', ['market', 'IWM']],
  ['iv', ['iv', 'IWM']],
  ['surface', ['surface', 'IWM']],
  ['realized', ['realized', 'IWM']],
  ['stats', ['stats']],
  ['status', ['status', '--quality']],
  ['sql', ['sql', 'SELECT symbol, expiry, timestamp, bid, flags, date FROM option_snapshots LIMIT 200']],
  ['verify', ['verify']],
  ['export', ['export', '--symbol', 'IWM', ...DAY, '--out', join(folder, 'a.csv')]],
  ['export-features', ['export', '--features', '--symbol', 'IWM', '--out', join(folder, 'features.csv')]],
  ['export-features-describe', ['export', '--features', '--describe']],
])('%s --json matches the golden file', async (name, args) => {
  expectGolden(`json-${name}`, sightOf(args[0] as string, await ask(args)))
})

const EVERY_COLUMN = `SELECT table_name, column_name, data_type FROM information_schema.columns
  WHERE table_schema = 'main' ORDER BY ALL`

test('the tables that SQL sees have the columns and types that they had', async () => {
  const { stdout } = await ask(['sql', EVERY_COLUMN])
  const { rows } = JSON.parse(stdout) as { rows: string[][] }
  expectGolden('sql-tables', rows.map((cells) => cells.join(' ')).join('\n'))
})

test('metrics --rebuild --json matches the golden file', async () => {
  const otherRate = { ...QUICK, OPTIONLAKE_ANALYTICS_RATE_FRACTION: '0.01' }
  expectGolden(
    'json-metrics',
    sightOf('metrics', await runCommand(['metrics', '--rebuild', '--json', ...only], otherRate)),
  )
})

test('stats, compact and vacuum of many slots match the golden file', async () => {
  const many = join(folder, 'many')
  cpSync(OLD_LAKE, many, { recursive: true })
  const lines: string[] = []
  for (const args of [
    ['status', '--quality'],
    ['compact', '--all'],
    ['vacuum', '--retention-days', '0'],
  ]) {
    const ended = await runCommand([...args, '--json', '--symbols', 'SPY,QQQ', '--lake', many])
    lines.push(`== ${args.join(' ')}`, sightOf(args[0] as string, ended), '')
  }
  expectGolden('json-many-slots', lines.join('\n'))
})

test('backup and restore match the golden file', async () => {
  const [many, backup, restored] = ['backed-up', 'backup', 'restored'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ]
  cpSync(OLD_LAKE, many, { recursive: true })
  const lines: string[] = []
  for (const [start, ...args] of [
    [runCommand, 'backup', backup, '--verify', '--lake', many],
    [runCommand, 'restore', '--from', backup, '--lake', restored],
    [runCommand, 'restore', '--as-of', '5', '--dry-run', '--lake', restored],
    [run, 'restore', '--dry-run', '--lake', restored],
  ] as const) {
    const ended = await start([...args, '--json'])
    lines.push(`== ${plain(args.join(' '))}`, sightOf(args[0] as string, ended), '')
  }
  expectGolden('json-backup', lines.join('\n'))
})

test('verify and repair of a damaged file match the golden file', async () => {
  const damaged = join(folder, 'damaged')
  cpSync(OLD_LAKE, damaged, { recursive: true })
  const file = filesBelow(damaged).find((path) => /symbol=SPY.*1545Z-/.test(path)) as string
  const bytes = readFileSync(join(damaged, file))
  bytes[200] = 255 - (bytes[200] as number)
  writeFileSync(join(damaged, file), bytes)
  const lines: string[] = []
  for (const [start, ...args] of [
    [run, 'verify'],
    [runCommand, 'repair', '--dry-run'],
    [runCommand, 'repair'],
    [runCommand, 'verify'],
  ] as const) {
    const ended = await start([...args, '--json', '--lake', damaged])
    lines.push(`== ${args.join(' ')}`, sightOf(args[0] as string, ended), '')
  }
  expectGolden('json-damaged', lines.join('\n'))
})

test('exit codes and messages of failures match the golden file', async () => {
  const none = ['--lake', join(folder, 'none')]
  const asked: readonly (readonly string[])[] = [
    ['chain', 'NOPE', ...only],
    ['sql', 'DROP TABLE slots', ...only],
    ['export', '--symbol', 'IWM', '--from', '2026-11-18', '--to', '2026-11-18', '--out', 'a.txt', ...only],
    ['compact', '--date', 'tomorrow', ...only],
    ['metrics', ...only],
    ['stats', ...none],
    ['stats', '--config', 'none.json'],
    ['stats', '--gateway', 'nowhere'],
    ['nothing'],
  ]
  const lines = await Promise.all(
    asked.map(async (args) => {
      const { code, stdout, stderr } = await run(args)
      expect(stdout).toBe('')
      return plain(`${args.join(' ')}\nexit ${code}\n${stderr}`)
    }),
  )
  expectGolden('failures', lines.join('\n'))
})

test('simulate --json matches the golden file, at its start and its end', async () => {
  gateway.running.child.kill('SIGTERM')
  expectGolden('json-simulate', sightOf('simulate', await gateway.running.ended))
})
