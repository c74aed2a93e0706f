import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describeCommands } from '../../../src/commands/catalogue/describe-commands.ts'
import { withFolder } from '../../support/temporary-folder.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from '../campaign.ts'
import { oddArguments } from './odd-arguments.ts'
import { runInProcess } from './run-in-process.ts'
import { canBeStarted, runProgram } from './run-program.ts'
import { copyTemplate, environmentOf, filesOf, makeTemplate, unnamedChanges } from './workplace.ts'

/** Command lines in one workplace: what they write makes the next ones meet other folders. */
const LINES_PER_WORKPLACE = 200
const STOP_SERVICE_MS = 300
const LINES_PER_PROCESS = 100
const STOP_PROCESS_MS = 3_000

export interface CommandFaults {
  /** Exit codes with how often each came. */
  readonly codes: ReadonlyMap<number, number>
  /** Each with the command line that had it. */
  readonly unnamed: readonly string[]
  readonly written: readonly string[]
  readonly hangs: readonly string[]
  readonly slowestMs: number
  /** Lines that were processes of their own. */
  readonly processes: number
}

interface OddCommands {
  readonly lines: number
  readonly seed: number
  /** Where the commands have folders of their own. */
  readonly folder: string
  /** The compiled program: one line of a hundred is a process of its own. Left out: none is. */
  readonly main?: string
}

/** Runs odd command lines, most of them in this process. */
export async function runOddCommands({ lines, seed, folder, main }: OddCommands): Promise<CommandFaults> {
  const next = oddArguments(await describeCommands(), randomOf(seed))
  const template = await makeTemplate(join(folder, 'template'))
  const home = process.cwd()
  const codes = new Map<number, number>()
  const [unnamed, written, hangs]: [string[], string[], string[]] = [[], [], []]
  let slowestMs = 0
  let processes = 0
  let place = copyTemplate(template, join(folder, '0'))
  let before = filesOf(place)
  let last = ''
  const onStray = (error: unknown) =>
    unnamed.push(
      `thrown outside the command: ${last}: ${error instanceof Error ? error.stack : String(error)}`,
    )
  process.on('uncaughtException', onStray)
  process.on('unhandledRejection', onStray)
  try {
    await eachRound('command lines', lines, async (round) => {
      if (round > 0 && round % LINES_PER_WORKPLACE === 0) {
        process.chdir(home)
        rmSync(place.root, { recursive: true, force: true })
        place = copyTemplate(template, join(folder, String(round)))
        before = filesOf(place)
      }
      process.chdir(place.folder)
      const odd = next()
      last = JSON.stringify([odd.args, odd.environment]).slice(0, 500)
      const environment = { ...environmentOf(place), ...odd.environment }
      const begun = performance.now()
      const line = { args: odd.args, environment }
      const isProcess = main !== undefined && round % LINES_PER_PROCESS === 0 && canBeStarted(line)
      if (isProcess) processes++
      const { code, fault } = isProcess
        ? await runProgram(main, line, STOP_PROCESS_MS)
        : await runInProcess(line, STOP_SERVICE_MS)
      slowestMs = Math.max(slowestMs, performance.now() - begun)
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (fault !== null) (code === -1 ? hangs : unnamed).push(`${last}: ${fault.slice(0, 1_500)}`)
      const after = filesOf(place)
      for (const path of unnamedChanges(place, odd, before, after)) written.push(`${last}: ${path}`)
      before = after
      if ((round + 1) % 1_000 === 0) console.log(`${round + 1} of ${lines} command lines`)
    })
  } finally {
    process.off('uncaughtException', onStray)
    process.off('unhandledRejection', onStray)
    process.chdir(home)
  }
  return { codes, unnamed, written, hangs, slowestMs, processes }
}

export const commandsCampaign: Campaign = {
  name: 'commands',
  summary: 'odd values of every option of every command',
  takes: '20 minutes',
  run: (options) =>
    withFolder(async (folder) => {
      const lines = roundsOf(options, 10_000, 300)
      const main = resolve(options.programs, '../../../dist/main.js')
      const found = await runOddCommands({ lines, seed: options.seed, folder, main })
      for (const list of [found.unnamed, found.written, found.hangs]) {
        for (const line of list.slice(0, 30)) console.log(line)
      }
      const codes = [...found.codes].sort(([a], [b]) => a - b).map(([code, times]) => `${code}: ${times}`)
      console.log(`exit codes: ${codes.join(', ')}`)
      return [
        { name: 'command lines', value: lines, unit: 'lines', atLeast: lines },
        { name: 'of them as processes', value: found.processes, unit: 'lines', atLeast: 1 },
        { name: 'errors without a name', value: found.unnamed.length, unit: 'errors', atMost: 0 },
        { name: 'files written where nothing names', value: found.written.length, unit: 'files', atMost: 0 },
        { name: 'hangs', value: found.hangs.length, unit: 'lines', atMost: 0 },
        { name: 'slowest', value: Math.round(found.slowestMs) / 1_000, unit: 's', atMost: 15 },
      ]
    }),
}
