import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { capture } from '../../src/capture.ts'
import { findUnderlying } from '../../src/chain/discover.ts'
import { singleSession } from '../../src/collector/connection.ts'
import { storeFigures } from '../../src/collector/figures.ts'
import { formatTable } from '../../src/commands/table.ts'
import { loadConfig } from '../../src/config.ts'
import { gatewayOptions } from '../../src/gateway/options.ts'
import { openSession } from '../../src/gateway/session.ts'
import { openLake } from '../../src/lake/open.ts'
import { openLog } from '../../src/log.ts'
import { newYorkInstant, type Session, sessionOn } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import { slotsOf } from '../../src/schedule/slots.ts'
import { startSimulatorProcess } from '../bench/simulator-process.ts'
import { eachRound, roundsOf, type Torture, withFolder } from './torture.ts'

const DAY = sessionDate('2026-11-19')
const CONTRACTS = 300
const WHOLE = 10_000
const FEW = 60
/** The first cycles fill caches. */
const WARM_UP_SHARE = 0.2
const MB = 1_000_000

interface Reading {
  readonly cycle: number
  readonly residentMb: number
  readonly heapMb: number
  readonly descriptors: number
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

function read(cycle: number): Reading {
  collectGarbage()
  const { rss, heapUsed } = process.memoryUsage()
  return {
    cycle,
    residentMb: rss / MB,
    heapMb: heapUsed / MB,
    descriptors: readdirSync('/proc/self/fd').length,
  }
}

/** Least squares: how much a figure grows in a thousand cycles. */
function slopePerThousand(readings: readonly Reading[], of: (reading: Reading) => number): number {
  const n = readings.length
  const meanX = readings.reduce((sum, { cycle }) => sum + cycle, 0) / n
  const meanY = readings.reduce((sum, one) => sum + of(one), 0) / n
  const xy = readings.reduce((sum, one) => sum + (one.cycle - meanX) * (of(one) - meanY), 0)
  const xx = readings.reduce((sum, { cycle }) => sum + (cycle - meanX) ** 2, 0)
  return xx === 0 ? 0 : (xy / xx) * 1_000
}

/** Figure 18: cycle after cycle, memory and file descriptors stay where they are. */
export const soak: Torture = {
  name: 'soak',
  summary: `cycles of about ${CONTRACTS} contracts, one after the other: memory and descriptors flat`,
  takes: '90 minutes for 10,000 cycles; --rounds for fewer',
  run: async (options) =>
    withFolder(async (folder) => {
      const simulator = await startSimulatorProcess({ fast: true })
      const clock = clockFrom(newYorkInstant(DAY, '10:00'))
      const session = await openSession(
        gatewayOptions.parse({ port: simulator.port, messagesPerSecond: 1_800, lines: 900 }),
        { clock },
      )
      const overrides = {
        'universe.policy': 'plain',
        'universe.plainExpirations': 2,
        'universe.strikeWindowFraction': 0.06,
        'universe.minStrikeWindowFraction': 0.06,
        'harvest.greeksWaitMs': 60,
        symbols: ['SPY'],
      }
      const config = loadConfig(
        null,
        {},
        Object.entries(overrides).map(([path, value]) => ({ source: 'soak', path: path.split('.'), value })),
      )
      const signal = new AbortController().signal
      const spy = await findUnderlying(session, 'SPY', signal)
      const lake = await openLake(join(folder, 'lake'), { mode: 'write', source: 'simulated', clock })
      // The day's slots, over and over: the gateway lists the chains of its own day.
      const day = sessionOn(DAY) as Session
      const slots = slotsOf(day, config.harvest).map((at) => ({ at, date: DAY }))
      const rounds = roundsOf(options, WHOLE, FEW)
      const readings: Reading[] = []
      let contracts = 0
      const memories = new Map()
      await eachRound('cycles', rounds, async (round) => {
        const slot = slots[round % slots.length] as (typeof slots)[number]
        const { append, received } = await capture(slot, [spy], {
          config,
          sessions: singleSession(session),
          limits: { messagesPerSecond: 1_800, lines: 900 },
          clock,
          lake,
          log: openLog('silent'),
          signal,
          memories,
        })
        await storeFigures(lake, slot, { received, options: config.analytics })
        contracts += append.reports[0]?.answered ?? 0
        if (round % Math.max(1, Math.floor(rounds / 50)) === 0) readings.push(read(round))
      })
      await lake.close()
      await session.close()
      await simulator.stop()
      const steady = readings.filter(({ cycle }) => cycle >= rounds * WARM_UP_SHARE)
      const [first, last] = [steady[0] as Reading, steady.at(-1) as Reading]
      console.log(
        formatTable(
          [readings[0] as Reading, first, last],
          [
            { title: 'cycle', align: 'right', value: ({ cycle }) => String(cycle) },
            { title: 'resident MB', align: 'right', value: ({ residentMb }) => residentMb.toFixed(0) },
            { title: 'heap MB', align: 'right', value: ({ heapMb }) => heapMb.toFixed(1) },
            { title: 'descriptors', align: 'right', value: ({ descriptors }) => String(descriptors) },
          ],
        ),
      )
      return [
        { name: 'contracts a cycle', value: contracts / rounds, unit: 'contracts', atLeast: 200 },
        { name: 'resident memory at the end', value: last.residentMb, unit: 'MB', atMost: 300 },
        {
          name: 'heap growth',
          value: slopePerThousand(steady, ({ heapMb }) => heapMb),
          unit: 'MB per 1,000 cycles',
          atMost: 1,
        },
        {
          name: 'resident growth',
          value: slopePerThousand(steady, ({ residentMb }) => residentMb),
          unit: 'MB per 1,000 cycles',
          atMost: 2,
        },
        {
          name: 'descriptor growth',
          value: last.descriptors - first.descriptors,
          unit: 'descriptors',
          atMost: 0,
        },
      ]
    }),
}
