/**
 * Packs the program, installs the package globally into an empty folder under each supported Node, and uses it there.
 *
 *   npm run test:package -- [--node MAJOR]
 *   npm run test:package -- --help
 */
import { cpSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Goal, printGoals } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { EXIT, Failure } from '../../../src/process/failure.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type InstalledProgram, installGlobally, nodeOf, type Pack, packInto } from './programs.ts'
import { type CommandTrial, runInstalled, tryCommands } from './try-commands.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const NODES = [20, 22, 24] as const

const HELP = `usage: npm run test:package -- [--node MAJOR]

Packs the program, and under Node ${NODES.join(', ')} installs the package globally into an empty folder with --ignore-scripts.
There every command prints its help, a slot is collected and read, the lake is verified, one of version 0.1 too, and the
daemon answers and stops. Prints what failed, a table, and as its last line one JSON object.

  --node MAJOR   only this one; may be repeated`

/** Bytes of all files below a folder. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}

async function tryNode(major: number, { pack, folder }: { pack: Pack; folder: string }): Promise<Goal[]> {
  const name = `commands that fail under Node ${major}`
  const found = await nodeOf(major)
  if ('why' in found) return [{ name, value: null, unit: 'commands', atMost: 0, why: found.why }]
  const prefix = join(folder, 'prefix')
  const program = await installGlobally(pack, { node: found.node, prefix })
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
  const oldLake = join(folder, 'old-lake')
  cpSync(join(ROOT, 'test/fixtures/lake-0.1'), oldLake, { recursive: true })
  const trials = await tryCommands(program, { folder: join(folder, 'elsewhere'), version, oldLake })
  print(major, trials)
  const goals: Goal[] = [
    {
      name,
      value: trials.filter(({ fault }) => fault !== null).length,
      unit: `of ${trials.length}`,
      atMost: 0,
    },
    {
      name: `bytes installed under Node ${major}`,
      value: (await bytesBelow(prefix)) / 1e6,
      unit: 'MB',
      atMost: 400,
    },
  ]
  if (major === NODES[0])
    goals.push(await tryWithoutNative(program, { prefix, folder: join(folder, 'incomplete') }))
  rmSync(prefix, { recursive: true })
  return goals
}

/** Without a package of this platform, which npm treats as optional, the program must name it. */
async function tryWithoutNative(
  program: InstalledProgram,
  { prefix, folder }: { prefix: string; folder: string },
): Promise<Goal> {
  const modules = join(prefix, 'lib/node_modules/optionlake/node_modules')
  const native = [
    ...readdirSync(modules).filter((name) => /^nodejs-polars-/.test(name)),
    ...readdirSync(join(modules, '@duckdb'))
      .filter((name) => /^node-bindings-/.test(name))
      .map((name) => `@duckdb/${name}`),
  ]
  let unnamed = 0
  for (const name of native) {
    renameSync(join(modules, name), join(prefix, 'left-out'))
    const { code, stderr } = await runInstalled(program, ['--symbols', 'SPY', 'collect-once'], folder)
    const lastLine = stderr.trimEnd().split('\n').at(-1) ?? ''
    const isNamed = lastLine.startsWith(`optionlake: ${name} is not installed: `)
    if (code !== EXIT.configuration || !isNamed) {
      unnamed++
      console.log(`without ${name}: exit ${code}: ${stderr.trim().slice(0, 400)}`)
    }
    renameSync(join(prefix, 'left-out'), join(modules, name))
  }
  const unit = `of ${native.length}`
  return { name: 'missing native packages not named in one line', value: unnamed, unit, atMost: 0 }
}

function print(major: number, trials: readonly CommandTrial[]): void {
  console.log(`Node ${major}`)
  console.log(
    formatTable(trials, [
      { title: 'command', value: ({ command }) => command },
      { title: 's', align: 'right', value: ({ ms }) => (ms / 1_000).toFixed(1) },
      { title: '', value: ({ fault }) => fault ?? 'ok' },
    ]),
  )
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, node: { type: 'string', multiple: true } },
  })
  if (values.help) return console.log(HELP)
  const nodes = values.node?.map(Number) ?? [...NODES]
  const unknown = nodes.find((major) => !NODES.some((one) => one === major))
  if (unknown !== undefined)
    throw new Failure(EXIT.usage, `no Node ${unknown} here: choose from ${NODES.join(', ')}`)
  await withFolder(async (folder) => {
    const pack = await packInto(folder)
    const goals: Goal[] = [
      { name: 'size of the package', value: pack.bytes / 1e6, unit: 'MB', atMost: 3 },
      { name: 'size of its files', value: pack.unpackedBytes / 1e6, unit: 'MB', atMost: 10 },
      { name: 'its files', value: pack.files.length, unit: 'files', atLeast: 100 },
    ]
    for (const major of nodes)
      goals.push(...(await tryNode(major, { pack, folder: join(folder, `${major}`) })))
    printGoals('package', goals)
  })
}

await main()
