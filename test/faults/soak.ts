import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Goal } from '../../scripts/bench/report.ts'
import { startSimulatorProcess } from '../../scripts/bench/simulator-process.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { withFolder } from '../support/temporary-folder.ts'
import { type Campaign, type CampaignOptions, roundsOf } from './campaign.ts'

/** Limits of the simulated gateway, high enough that pacing does not matter. */
export const WIRE = { messagesPerSecond: 8_000, lines: 900 } as const

/** One line of output of the soak process. */
export interface SoakReading {
  /** Cycles done. */
  readonly cycle: number
  /** Resident memory before the garbage collection of this reading; megabytes, as all that follow. */
  readonly uncollectedMb: number
  readonly residentMb: number
  /** The largest resident memory so far, compactions included. */
  readonly peakMb: number
  readonly heapMb: number
  /** Buffers outside the heap that V8 accounts for. */
  readonly externalMb: number
  readonly descriptors: number
  /** Contracts that answered in all cycles so far. */
  readonly contracts: number
}

/** The first cycles fill caches. */
const WARM_UP_SHARE = 0.2
const MOST_LINES = 12
/** Slots of a session; after them the day is compacted. */
const SESSION_CYCLES = 78

/** Growth in a thousand cycles, by least squares. */
export function slopePerThousand(
  readings: readonly SoakReading[],
  of: (reading: SoakReading) => number,
): number {
  const n = readings.length
  const meanX = readings.reduce((sum, { cycle }) => sum + cycle, 0) / n
  const meanY = readings.reduce((sum, one) => sum + of(one), 0) / n
  const xy = readings.reduce((sum, one) => sum + (one.cycle - meanX) * (of(one) - meanY), 0)
  const xx = readings.reduce((sum, { cycle }) => sum + (cycle - meanX) ** 2, 0)
  return xx === 0 ? 0 : (xy / xx) * 1_000
}

/** Runs the soak process with the service's settings, and yields its readings. */
async function* readingsOf(
  programs: string,
  args: readonly string[],
): AsyncGenerator<SoakReading, void, void> {
  const child = spawn(process.execPath, [join(programs, 'soak-program.js'), ...args], {
    env: { ...process.env, MALLOC_ARENA_MAX: '2' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  for await (const line of createInterface({ input: child.stdout })) {
    // Printed at once, so that an interrupted run has output too.
    if (!process.stdout.isTTY) console.log(line)
    yield JSON.parse(line) as SoakReading
  }
  const code = await ended
  if (code !== 0) throw new Error(`the soak process ended with ${code}`)
}

async function soakFor(
  { programs }: CampaignOptions,
  { cycles, universe }: { cycles: number; universe: 'few' | 'whole' },
): Promise<readonly SoakReading[]> {
  return withFolder(async (folder) => {
    const simulator = await startSimulatorProcess({
      fast: true,
      main: join(programs, '../../../dist/main.js'),
      env: { OPTIONLAKE_SIMULATOR_MESSAGES_PER_SECOND: String(2 * WIRE.messagesPerSecond) },
    })
    const readings: SoakReading[] = []
    const args = [String(simulator.port), join(folder, 'lake'), String(cycles), universe]
    for await (const reading of readingsOf(programs, args)) readings.push(reading)
    await simulator.stop()
    return readings
  })
}

function print(readings: readonly SoakReading[]): void {
  const every = Math.ceil(readings.length / MOST_LINES)
  const mb = (of: (reading: SoakReading) => number) => (reading: SoakReading) => of(reading).toFixed(1)
  console.log(
    formatTable(
      readings.filter((_, at) => at % every === 0 || at === readings.length - 1),
      [
        { title: 'cycle', align: 'right', value: ({ cycle }) => String(cycle) },
        { title: 'resident MB', align: 'right', value: mb(({ residentMb }) => residentMb) },
        { title: 'uncollected MB', align: 'right', value: mb(({ uncollectedMb }) => uncollectedMb) },
        { title: 'peak MB', align: 'right', value: mb(({ peakMb }) => peakMb) },
        { title: 'heap MB', align: 'right', value: mb(({ heapMb }) => heapMb) },
        { title: 'external MB', align: 'right', value: mb(({ externalMb }) => externalMb) },
        { title: 'descriptors', align: 'right', value: ({ descriptors }) => String(descriptors) },
      ],
    ),
  )
}

type Of = (reading: SoakReading) => number

function goalsOf(
  readings: readonly SoakReading[],
  { leastContracts, growth }: { leastContracts: number; growth: (name: string, of: Of) => Goal },
): readonly Goal[] {
  const [first, last] = [readings[0] as SoakReading, readings.at(-1) as SoakReading]
  return [
    {
      name: 'contracts a cycle',
      value: last.contracts / last.cycle,
      unit: 'contracts',
      atLeast: leastContracts,
    },
    { name: 'resident memory at the end', value: last.residentMb, unit: 'MB', atMost: 300 },
    growth('heap growth', ({ heapMb }) => heapMb),
    growth('resident growth', ({ residentMb }) => residentMb),
    {
      name: 'descriptor growth',
      value: last.descriptors - first.descriptors,
      unit: 'descriptors',
      atMost: 0,
    },
  ]
}

/** For thousands of cycles: the slope. */
function slopeOf(readings: readonly SoakReading[], name: string, of: Of): Goal {
  const last = readings.at(-1) as SoakReading
  const steady = readings.filter(({ cycle }) => cycle >= last.cycle * WARM_UP_SHARE)
  const atMost = name.startsWith('heap') ? 1 : 2
  return { name, value: slopePerThousand(steady, of), unit: 'MB per 1,000 cycles', atMost }
}

/**
 * For hundreds of cycles, where compaction and the garbage of one cycle would hide a slope: the mean of the later half of
 * the readings since the first evening, minus that of the earlier half.
 */
function riseOf(readings: readonly SoakReading[], name: string, of: Of): Goal {
  const since = readings.filter(({ cycle }) => cycle > SESSION_CYCLES)
  const steady = since.length < 2 ? readings : since
  const half = Math.ceil(steady.length / 2)
  const mean = (part: readonly SoakReading[]) => part.reduce((sum, one) => sum + of(one), 0) / part.length
  const value = steady.length < 2 ? 0 : mean(steady.slice(half)) - mean(steady.slice(0, half))
  return {
    name: `${name} after the first evening`,
    value,
    unit: 'MB',
    atMost: name.startsWith('heap') ? 2 : 15,
  }
}

/** Figure 18: over thousands of cycles, memory and file descriptors stay constant. */
export const soak: Campaign = {
  name: 'soak',
  summary:
    'thousands of slots of about 300 contracts, with the work after each session: memory and descriptors stay flat',
  takes: '90 minutes for 10,000 cycles; --rounds for fewer',
  run: async (options) => {
    const readings = await soakFor(options, { cycles: roundsOf(options, 10_000, 100), universe: 'few' })
    print(readings)
    return goalsOf(readings, { leastContracts: 200, growth: (name, of) => slopeOf(readings, name, of) })
  },
}

/** The other half of figure 18: the same with full cycles. */
export const soakWhole: Campaign = {
  name: 'soak-whole',
  summary: 'the same with full cycles of three symbols',
  takes: '20 minutes for 312 cycles, four sessions; --rounds for fewer',
  run: async (options) => {
    const readings = await soakFor(options, { cycles: roundsOf(options, 312, 5), universe: 'whole' })
    print(readings)
    return goalsOf(readings, { leastContracts: 5_000, growth: (name, of) => riseOf(readings, name, of) })
  },
}
