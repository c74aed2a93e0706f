import { formatTable } from '../../src/commands/terminal/table.ts'
import type { FaultInput } from '../../src/simulator/faults/faults.ts'
import { openSimulatedSession } from '../support/simulated-session.ts'
import { inParallel } from '../support/supervised-gateway.ts'
import type { Campaign } from './campaign.ts'

const INTERVAL_SECONDS = 300
const DEADLINE_SECONDS = 285
/** More than the rate allows in a cycle, so that the deadline ends it. */
const CONTRACTS = 7_500

const WAYS = {
  'silent from the beginning': { fault: { kind: 'freeze' }, afterSeconds: 0 },
  'connection lost by the network after 20 s': { fault: { kind: 'half_open' }, afterSeconds: 20 },
  'options silent after 20 s': { fault: { kind: 'option_silence' }, afterSeconds: 20 },
  'server lost after 100 s': { fault: { kind: 'server_lost' }, afterSeconds: 100 },
  'competing session after 100 s': { fault: { kind: 'competing_session' }, afterSeconds: 100 },
} as const satisfies Record<string, { fault: FaultInput; afterSeconds: number }>
type Way = keyof typeof WAYS

interface Cycle {
  readonly way: Way
  /** From the slot to the end of its harvest. */
  readonly endedAfterSeconds: number
  readonly answered: number
  readonly gaps: number
  /** How late the next slot's cycle starts. */
  readonly nextLateSeconds: number
}

/** Without a supervisor, which would have ended the session long before. */
async function once(way: Way, speed: number): Promise<Cycle> {
  const simulated = await openSimulatedSession(CONTRACTS, speed)
  try {
    const { clock, simulator } = simulated
    const { fault, afterSeconds } = WAYS[way]
    const slotMs = clock.monotonicMs()
    const collecting = simulated.collect(slotMs + DEADLINE_SECONDS * 1_000)
    await clock.sleep(afterSeconds * 1_000)
    simulator.inject(fault)
    const harvest = await collecting
    const endedAfterSeconds = (clock.monotonicMs() - slotMs) / 1_000
    const nextSlotMs = slotMs + INTERVAL_SECONDS * 1_000
    await clock.sleep(nextSlotMs - clock.monotonicMs())
    return {
      way,
      endedAfterSeconds,
      answered: harvest.answered.length,
      gaps: harvest.gaps.length,
      nextLateSeconds: (clock.monotonicMs() - nextSlotMs) / 1_000,
    }
  } finally {
    await simulated.close()
  }
}

/** Figure 11: a cycle ends by its deadline with what it has, however the gateway falls silent. */
export const deadline: Campaign = {
  name: 'deadline',
  summary: 'gateways that fall silent in five ways, without a session supervisor (figure 11)',
  takes: '40 s',
  run: async ({ quick }) => {
    const ways = Object.keys(WAYS) as Way[]
    const cycles: Cycle[] = []
    // A late timer counts `speed` times on the fast clock; the full campaign allows a tenth of a second of it.
    const speed = quick ? 40 : 10
    const lateSeconds = (quick ? 0.25 : 0.1) * speed
    await inParallel(ways.length, ways.length, async (index) => {
      cycles.push(await once(ways[index] as Way, speed))
    })
    print(cycles)
    const late = Math.max(...cycles.map((one) => one.nextLateSeconds))
    return [
      {
        name: 'latest end of a cycle',
        value: Math.max(...cycles.map((one) => one.endedAfterSeconds)),
        unit: 's',
        atMost: DEADLINE_SECONDS + lateSeconds,
      },
      {
        name: 'cycles that ended before the deadline',
        value: cycles.filter((one) => one.endedAfterSeconds < DEADLINE_SECONDS - lateSeconds).length,
        unit: 'cycles',
        atMost: 0,
      },
      { name: 'latest start of the next', value: late, unit: 's', atMost: lateSeconds },
      {
        name: 'contracts that are neither answered nor a gap',
        value: Math.max(...cycles.map(({ answered, gaps }) => CONTRACTS - answered - gaps)),
        unit: 'contracts',
        atMost: 0,
      },
    ]
  },
}

function print(cycles: readonly Cycle[]): void {
  console.log(
    formatTable(cycles, [
      { title: 'gateway', value: ({ way }) => way },
      { title: 'ended after', align: 'right', value: (one) => `${one.endedAfterSeconds.toFixed(2)} s` },
      { title: 'answered', align: 'right', value: ({ answered }) => String(answered) },
      { title: 'gaps', align: 'right', value: ({ gaps }) => String(gaps) },
      { title: 'next late by', align: 'right', value: (one) => `${one.nextLateSeconds.toFixed(2)} s` },
    ]),
  )
}
