import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { openLake } from '../../src/lake/open.ts'
import { stats } from '../../src/lake/query/stats.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { answeredIn, gatewayInSession, journalsOf, startSlowDaemon } from '../support/daemon-process.ts'
import { type Campaign, eachRound, randomOf, roundsOf, withFolder } from './campaign.ts'

/** From the start of the process: into its first cycle, also on a busy machine. */
const LATEST_MS = 5_000
const ALLOWED_MS = 10_000

interface Ending {
  readonly code: number | null
  /** The signal itself ended it: it came while the program was still being loaded, before anybody could listen. */
  readonly isEarly: boolean
  /** Whether there was a lake, or the beginning of one. */
  readonly hasWritten: boolean
  readonly ms: number
  readonly rows: number
  /** Journals that were left behind: quotes that are not in the lake yet. */
  readonly journals: number
}

async function once(
  programs: string,
  simulator: Simulator,
  { folder, afterMs }: { folder: string; afterMs: number },
): Promise<Ending> {
  const child = startSlowDaemon(programs, { simulator, folder })
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  const askedAtMs = performance.now()
  const ended = new Promise<Pick<Ending, 'code' | 'isEarly'>>((resolve) =>
    child.on('exit', (code, signal) => resolve({ code, isEarly: signal === 'SIGTERM' })),
  )
  child.kill('SIGTERM')
  const tooLong = setTimeout(() => child.kill('SIGKILL'), 3 * ALLOWED_MS)
  const end = await ended
  clearTimeout(tooLong)
  const ms = performance.now() - askedAtMs
  return { ...end, hasWritten: existsSync(folder), ms, ...(await leftBehind(folder)) }
}

async function leftBehind(folder: string): Promise<Pick<Ending, 'rows' | 'journals'>> {
  const lake = await openLake(folder, { mode: 'read', clock: systemClock }).catch(() => null)
  if (!lake) return { rows: 0, journals: 0 }
  const { rows } = await stats(lake)
  await lake.close()
  const journals = await journalsOf(folder)
  return { rows, journals: journals.filter((one) => answeredIn([one]).length > 0).length }
}

/**
 * Figure 14: told to end at any moment, it ends with 0 within ten seconds, and what it had harvested is stored. Before
 * the program is loaded the system itself ends it, at once: then there must be nothing that it has begun.
 */
export const sigterm: Campaign = {
  name: 'sigterm',
  summary: 'SIGTERM at random moments of the daemon: exit 0 within 10 s, harvested quotes kept',
  takes: '15 minutes',
  run: async (options) => {
    const simulator = await gatewayInSession()
    const random = randomOf(options.seed)
    const all: Ending[] = []
    const rounds = roundsOf(options, 200, 10)
    const hit = () =>
      withFolder(async (folder) => {
        const afterMs = random() * LATEST_MS
        const ending = await once(options.programs, simulator, { folder: join(folder, 'lake'), afterMs })
        all.push(ending)
        return ending
      })
    await eachRound('SIGTERM', rounds, async () => {
      while ((await hit()).isEarly);
    })
    const endings = all.filter(({ isEarly }) => !isEarly)
    const early = all.filter(({ isEarly }) => isEarly)
    await simulator.close()
    const sorted = endings.map(({ ms }) => ms).sort((a, b) => a - b)
    console.log(
      formatTable(
        [
          ['endings with rows stored', endings.filter(({ rows }) => rows > 0).length],
          ['median ms to the end', Math.round(sorted[sorted.length >> 1] ?? 0)],
          ['hit before the program was loaded', early.length],
        ],
        [
          { title: 'what', value: ([name]) => String(name) },
          { title: 'value', align: 'right', value: ([, value]) => String(value) },
        ],
      ),
    )
    return [
      { name: 'endings of a program that listens', value: endings.length, unit: 'endings', atLeast: rounds },
      {
        name: 'ended by the system with something begun',
        value: early.filter(({ hasWritten }) => hasWritten).length,
        unit: 'endings',
        atMost: 0,
      },
      {
        name: 'exit codes other than 0',
        value: endings.filter(({ code }) => code !== 0).length,
        unit: 'endings',
        atMost: 0,
      },
      { name: 'slowest end', value: (sorted.at(-1) ?? 0) / 1_000, unit: 's', atMost: 10 },
      {
        name: 'endings with quotes left in a journal',
        value: endings.filter(({ journals }) => journals > 0).length,
        unit: 'endings',
        atMost: 0,
      },
    ]
  },
}
