import { join } from 'node:path'
import { recoverJournals } from '../../src/capture/recover-journal.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { loadConfig } from '../../src/config/config.ts'
import { openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { systemClock } from '../../src/market/clock.ts'
import { openLog } from '../../src/process/log.ts'
import type { Simulator } from '../../src/simulator/server.ts'
import { answeredIn, gatewayInSession, journalsOf, startSlowDaemon } from '../support/daemon-process.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Campaign, eachRound, randomOf, roundsOf } from './campaign.ts'

/** After the start of the process: in its first harvest, on a quiet machine or a busy one. */
const EARLIEST_MS = 1_500
const LATEST_MS = 6_000

interface Killed {
  /** Contracts with a quote in the journal when the daemon was killed. */
  readonly received: number
  /** Of these, contracts that are not in the lake. */
  readonly lost: number
  /** Duplicate rows: the same contract and slot as another row. */
  readonly duplicates: number
  /** Whether the ledger reports the slot as partial and recovered. */
  readonly isReported: boolean
}

async function once(
  programs: string,
  simulator: Simulator,
  { folder, afterMs }: { folder: string; afterMs: number },
): Promise<Killed> {
  const child = startSlowDaemon(programs, { simulator, folder })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  await new Promise((resolve) => setTimeout(resolve, afterMs))
  child.kill('SIGKILL')
  await ended
  const received = answeredIn(await journalsOf(folder))
  if (received.length === 0) return { received: 0, lost: 0, duplicates: 0, isReported: true }
  return { received: received.length, ...(await recovered(folder, received)) }
}

/** What the next start recovers from the journals. */
async function recovered(folder: string, received: readonly number[]): Promise<Omit<Killed, 'received'>> {
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  try {
    await recoverJournals(lake, openLog('silent'), loadConfig(null, {}).analytics)
    const rows = await latestChain(lake, 'IWM')
    const stored = new Set(rows.map(({ con_id }) => con_id))
    const ledger = await slots(lake)
    return {
      lost: received.filter((conId) => !stored.has(conId)).length,
      duplicates: rows.length - stored.size,
      isReported: ledger.some(
        ({ outcome, reason }) => outcome === 'partial' && reason === 'recovered_from_spool',
      ),
    }
  } finally {
    await lake.close()
  }
}

/** Figure 15: after kill -9 in the middle of a harvest, the next start stores every quote that had arrived. */
export const killHarvest: Campaign = {
  name: 'kill-harvest',
  summary: 'kill -9 in the middle of a harvest: the quotes that had arrived are recovered (figure 15)',
  takes: '10 minutes',
  run: async (options) => {
    const simulator = await gatewayInSession()
    const random = randomOf(options.seed)
    const killed: Killed[] = []
    const rounds = roundsOf(options, 100, 5)
    const killOnce = () =>
      withFolder(async (folder) => {
        const afterMs = EARLIEST_MS + random() * (LATEST_MS - EARLIEST_MS)
        return once(options.programs, simulator, { folder: join(folder, 'lake'), afterMs })
      })
    await eachRound('kill -9', rounds, async () => {
      let one = await killOnce()
      // Before the first quote, or after the slot was stored, there is nothing to recover.
      while (one.received === 0) one = await killOnce()
      killed.push(one)
    })
    await simulator.close()
    const sum = (of: (one: Killed) => number) => killed.reduce((total, one) => total + of(one), 0)
    const received = sum((one) => one.received)
    console.log(
      formatTable(
        [['contracts with a quote', received]],
        [
          { title: 'what', value: ([name]) => String(name) },
          { title: 'value', align: 'right', value: ([, value]) => String(value) },
        ],
      ),
    )
    return [
      { name: 'kills in a harvest', value: killed.length, unit: 'kills', atLeast: rounds },
      { name: 'received and not in the lake', value: sum(({ lost }) => lost), unit: 'contracts', atMost: 0 },
      { name: 'in the lake twice', value: sum(({ duplicates }) => duplicates), unit: 'rows', atMost: 0 },
      {
        name: 'not reported by the ledger',
        value: killed.filter(({ isReported }) => !isReported).length,
        unit: 'slots',
        atMost: 0,
      },
    ]
  },
}
