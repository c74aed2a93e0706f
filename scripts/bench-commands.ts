/**
 * How soon each command shows something on a terminal, on a lake of a year, beside Node alone, and how long the completion of a
 * word takes in Bash. Each command is a process of its own at a terminal of its own (util-linux `script`; without it, at
 * pipes, where commands that work for long show no progress). Figures are medians.
 *
 *   npm run bench:commands                    a lake of a year (the one of bench:page)
 *   npm run bench:commands -- --quick         one session, fewer repetitions
 *   npm run bench:commands -- --lake FOLDER   a lake that is there already
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { openProgressBar } from '../src/commands/terminal/progress-bar.ts'
import { formatTable } from '../src/commands/terminal/table.ts'
import { makePageLake, QUICK_LAKE, WHOLE_LAKE } from '../test/page/page-lake.ts'
import { type Goal, median, printGoals } from './bench/report.ts'

const MAIN = resolve(import.meta.dirname, '../../dist/main.js')
const quick = process.argv.includes('--quick')
const REPETITIONS = quick ? 3 : 9
const HELP_MS = 100
const FIRST_OUTPUT_MS = 300
const COMPLETION_MS = 50
const COMPLETIONS = 20
const QUERY = 'SELECT symbol, count(*) AS n FROM slots GROUP BY symbol'
const EXPERIMENTS = ['experiment', 'run', '--list-experiments']

const HELP: readonly (readonly string[])[] = [
  ...[['--help'], ['--version'], ['chain', '--help'], ['doctor', '--help'], ['colect-once']],
  ...[
    ['chain', 'SPY', '--xpiry', '1'],
    ['completion', '--help'],
  ],
]
const COMMANDS: readonly (readonly string[])[] = [
  ...[
    ['chain', 'SPY'],
    ['market', 'SPY'],
    ['surface', 'SPY'],
    ['iv', 'SPY'],
    ['positioning', 'SPY'],
  ],
  ...[
    ['realized', 'SPY'],
    ['bars', 'SPY'],
    ['status'],
    ['stats'],
    ['sql', QUERY],
    ['verify'],
    ['alerts', 'list'],
  ],
  ...[
    ['doctor'],
    ['plan'],
    ['compact', '--date', '2026-11-19'],
    ['vacuum', '--dry-run'],
    ['export', '--features', '--describe'],
  ],
  ...[['simulate', '--port', '0'], ['exchange', '--port', '0'], EXPERIMENTS, ['completion', 'bash']],
]

/** Ended at their first output. */
const SERVING = new Set(['simulate', 'exchange'])

interface Measured {
  readonly command: string
  readonly goalMs: number
  /** Until it shows something. */
  readonly ms: number
  /** Until its answer is whole; null for those that serve until they are stopped. */
  readonly wholeMs: number | null
  /** Of `node -e 0`, measured in turn with the command. */
  readonly nodeMs: number
}

/** A command at a pipe shows no progress. */
const hasScript = spawnSync('script', ['--version']).status === 0
const named = process.argv.indexOf('--lake')
const folder = named < 0 ? mkdtempSync(join(tmpdir(), 'optionlake-bench-commands-')) : null
const lake = folder === null ? resolve(process.argv[named + 1] ?? '') : join(folder, 'lake')
try {
  if (folder !== null) await makePageLake(lake, quick ? QUICK_LAKE : WHOLE_LAKE)
  const measured: Measured[] = []
  const bar = openProgressBar('commands', process.stderr.isTTY === true)
  for (const [goalMs, commands] of [
    [HELP_MS, HELP],
    [FIRST_OUTPUT_MS, COMMANDS],
  ] as const) {
    for (const args of commands) {
      measured.push(await measure(args, goalMs))
      bar.update(measured.length, HELP.length + COMMANDS.length)
    }
  }
  bar.close()
  const completionMs = completion()
  print(measured, completionMs)
} finally {
  if (folder !== null) rmSync(folder, { recursive: true, force: true })
}

async function measure(args: readonly string[], goalMs: number): Promise<Measured> {
  const [own, whole, node]: [number[], number[], number[]] = [[], [], []]
  const serves = SERVING.has(args[0] as string)
  for (let n = 0; n < REPETITIONS; n++) {
    node.push((await time(['-e', '0'])).wholeMs)
    const { firstMs, wholeMs } = await time([MAIN, ...args, '--lake', lake], serves)
    own.push(firstMs)
    whole.push(wholeMs)
  }
  return {
    ...{ command: args.join(' '), goalMs, ms: median(own), nodeMs: median(node) },
    wholeMs: serves ? null : median(whole),
  }
}

/** From the start of the process to the first byte that it writes, and to its end. @param ends it at the first byte. */
function time(args: readonly string[], ends = false): Promise<{ firstMs: number; wholeMs: number }> {
  const [program, ...rest] = hasScript ? atTerminal([process.execPath, ...args]) : [process.execPath, ...args]
  const startedAt = performance.now()
  const child = spawn(program as string, rest, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'pipe'] })
  return new Promise((done, failed) => {
    let firstMs: number | null = null
    const note = () => {
      firstMs ??= performance.now() - startedAt
      if (ends) child.kill('SIGKILL')
    }
    child.stdout.on('data', note)
    child.stderr.on('data', note)
    child.once('error', failed)
    child.once('close', () => {
      const wholeMs = performance.now() - startedAt
      done({ firstMs: firstMs ?? wholeMs, wholeMs })
    })
  })
}

/** When `script` ends, its terminal closes, and the command with it. */
function atTerminal(command: readonly string[]): string[] {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ')
  return ['script', '--quiet', '--command', `exec ${quoted}`, '/dev/null']
}

/** One completion of a symbol in a Bash that has read the script, in ms; null without Bash. */
function completion(): number | null {
  const script = execFileSync(process.execPath, [MAIN, 'completion', 'bash'], { encoding: 'utf8' })
  const ask = `COMP_WORDS=(optionlake --lake '${lake}' chain ''); COMP_CWORD=4
for ((n = 0; n < ${COMPLETIONS}; n++)); do a=$EPOCHREALTIME; _optionlake; b=$EPOCHREALTIME
echo $(( \${b/[.,]/} - \${a/[.,]/} )); done`
  try {
    const micros = execFileSync('bash', ['--norc', '-c', `${script}\n${ask}`], { encoding: 'utf8' })
    return median(micros.trim().split('\n').map(Number)) / 1_000
  } catch {
    return null
  }
}

function print(measured: readonly Measured[], completionMs: number | null): void {
  console.log(
    formatTable(measured, [
      { title: 'command', value: ({ command }) => command },
      {
        title: hasScript ? 'shown after ms' : 'first byte ms',
        align: 'right',
        value: ({ ms }) => ms.toFixed(0),
      },
      { title: 'answered after ms', align: 'right', value: ({ wholeMs }) => wholeMs?.toFixed(0) ?? '–' },
      { title: 'node alone ms', align: 'right', value: ({ nodeMs }) => nodeMs.toFixed(0) },
      { title: 'goal ms', align: 'right', value: ({ goalMs }) => String(goalMs) },
    ]),
  )
  const slowest = (goalMs: number) =>
    measured.filter((one) => one.goalMs === goalMs).reduce((worst, one) => (one.ms > worst.ms ? one : worst))
  const [help, command] = [slowest(HELP_MS), slowest(FIRST_OUTPUT_MS)]
  const goals: Goal[] = [
    { name: `slowest help: ${help.command}`, value: help.ms, unit: 'ms', atMost: HELP_MS },
    { name: `slowest command: ${command.command}`, value: command.ms, unit: 'ms', atMost: FIRST_OUTPUT_MS },
    {
      ...{ name: 'completion of a symbol in Bash', value: completionMs, unit: 'ms', atMost: COMPLETION_MS },
      ...(completionMs === null && { why: 'Bash could not run it' }),
    },
  ]
  console.log()
  printGoals('commands', goals)
}
