import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { openLake } from '../../src/lake/open.ts'
import { stats } from '../../src/lake/query/stats.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { answeredIn, gatewayInSession, journalsOf, startSlowDaemon } from '../support/daemon-process.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from './campaign.ts'

/** After the start of the process: in its first cycle, even on a busy machine. */
const LATEST_MS = 5_000
const ALLOWED_MS = 10_000

interface Exit {
  readonly code: number | null
  /** The signal ended it by default: it came while the program was loading, before a handler existed. */
  readonly isEarly: boolean
  /** Whether it had created the lake's folder. */
  readonly hasWritten: boolean
  readonly ms: number
  readonly rows: number
  /** Journals left behind: quotes that are not in the lake yet. */
  readonly journals: number
}

async function once(
  programs: string,
  simulator: Simulator,
  { folder, afterMs }: { folder: string; afterMs: number },
): Promise<Exit> {
  const child = startSlowDaemon(programs, { simulator, folder })
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  const askedAtMs = performance.now()
  const ended = new Promise<Pick<Exit, 'code' | 'isEarly'>>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, isEarly: signal === 'SIGTERM' })),
  )
  child.kill('SIGTERM')
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 3 * ALLOWED_MS)
  const end = await ended
  clearTimeout(tooLong)
  const ms = performance.now() - askedAtMs
  return { ...end, hasWritten: existsSync(folder), ms, ...(await leftBehind(folder)) }
}

async function leftBehind(folder: string): Promise<Pick<Exit, 'rows' | 'journals'>> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock }).catch(() => null)
  if (!lake) return { rows: 0, journals: 0 }
  const { rows } = await stats(lake)
  await lake.close()
  const journals = await journalsOf(folder)
  return { rows, journals: journals.filter((one) => answeredIn([one]).length > 0).length }
}

/**
 * Figure 14: after SIGTERM at any moment the daemon exits with 0 within ten seconds and stores what it had harvested.
 * Before the program is loaded the system ends it at once; then it must not have written anything.
 */
export const sigterm: Campaign = {
  name: 'sigterm',
  summary: 'SIGTERM at random moments of the daemon: exit 0 within 10 s, harvested quotes kept',
  takes: '15 minutes',
  run: async (options) => {
    const simulator = await gatewayInSession()
    const random = randomOf(options.seed)
    const all: Exit[] = []
    const rounds = roundsOf(options, 200, 10)
    const terminate = () =>
      withFolder(async (folder) => {
        const afterMs = random() * LATEST_MS
        const exit = await once(options.programs, simulator, { folder: join(folder, 'lake'), afterMs })
        all.push(exit)
        return exit
      })
    await eachRound('SIGTERM', rounds, async () => {
      while ((await terminate()).isEarly);
    })
    const exits = all.filter(({ isEarly }) => !isEarly)
    const early = all.filter(({ isEarly }) => isEarly)
    await simulator.close()
    const sorted = exits.map(({ ms }) => ms).sort((a, b) => a - b)
    console.log(
      formatTable(
        [
          ['exits with rows stored', exits.filter(({ rows }) => rows > 0).length],
          ['median ms to the exit', Math.round(sorted[sorted.length >> 1] ?? 0)],
          ['signalled before the program was loaded', early.length],
        ],
        [
          { title: 'what', value: ([name]) => String(name) },
          { title: 'value', align: 'right', value: ([, value]) => String(value) },
        ],
      ),
    )
    return [
      { name: 'exits of a loaded program', value: exits.length, unit: 'exits', atLeast: rounds },
      {
        name: 'ended by the system after writing',
        value: early.filter(({ hasWritten }) => hasWritten).length,
        unit: 'exits',
        atMost: 0,
      },
      {
        name: 'exit codes other than 0',
        value: exits.filter(({ code }) => code !== 0).length,
        unit: 'exits',
        atMost: 0,
      },
      { name: 'slowest exit', value: (sorted.at(-1) ?? 0) / 1_000, unit: 's', atMost: 10 },
      {
        name: 'exits with quotes left in a journal',
        value: exits.filter(({ journals }) => journals > 0).length,
        unit: 'exits',
        atMost: 0,
      },
    ]
  },
}
