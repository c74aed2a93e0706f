import { formatTable } from '../../src/commands/terminal/table.ts'
import type { FaultInput } from '../../src/simulator/faults/faults.ts'
import { IB_LIMIT_SETTINGS } from '../../src/simulator/options.ts'
import { openSimulatedSession } from '../support/simulated-session.ts'
import { inParallel } from '../support/supervised-gateway.ts'
import type { Campaign } from './campaign.ts'

const DEADLINE_SECONDS = 285
/** Before the fault begins. */
const BEFORE_SECONDS = 10

const WAYS: Readonly<Record<string, FaultInput | null>> = {
  'nothing goes wrong': null,
  'market-data farm broken for 30 s': { kind: 'farm_broken', seconds: 30 },
  '1100, after 30 s 1102': { kind: 'server_lost', streams: 'kept', seconds: 30 },
  '1100, after 30 s 1101': { kind: 'server_lost', streams: 'lost', seconds: 30 },
  'competing session for 40 s': { kind: 'competing_session', seconds: 40 },
  'options silent for 20 s, without a notice': { kind: 'option_silence', seconds: 20 },
  '15 of 100 lines free': { kind: 'lines_taken', count: 85 },
}

interface Round {
  readonly way: string
  readonly answered: number
  readonly complete: number
  readonly lost: number
  readonly requests: number
  readonly seconds: number
}

async function once(way: string, contracts: number, speed: number): Promise<Round> {
  // A scaled clock also scales how late messages are read, so the gateway delays instead of refusing.
  const rules = { ...IB_LIMIT_SETTINGS, aboveRate: 'delay' } as const
  const simulated = await openSimulatedSession(contracts, speed, rules)
  try {
    const { clock, simulator } = simulated
    const fromMs = clock.monotonicMs()
    const collected = simulated.collect(fromMs + DEADLINE_SECONDS * 1_000)
    await clock.sleep(BEFORE_SECONDS * 1_000)
    const fault = WAYS[way]
    if (fault) simulator.inject(fault)
    const { answered, gaps } = await collected
    return {
      ...{ way, answered: answered.length, lost: gaps.length },
      complete: answered.filter(({ complete }) => complete).length,
      requests: simulator.stats().received.reqMktData ?? 0,
      seconds: (clock.monotonicMs() - fromMs) / 1_000,
    }
  } finally {
    await simulated.close()
  }
}

/** Outages within a slot, and lines that other programs hold: no contract is lost while the slot has time. */
export const outages: Campaign = {
  name: 'outages',
  summary: 'outages within a slot and missing lines cost no contract',
  takes: '2 minutes',
  run: async ({ quick }) => {
    const [contracts, speed] = quick ? [300, 40] : [1_312, 8]
    const rounds: Round[] = []
    await inParallel(Object.keys(WAYS).length, quick ? 7 : 3, async (index) => {
      rounds.push(await once(Object.keys(WAYS)[index] as string, contracts, speed))
    })
    rounds.sort((a, b) => Object.keys(WAYS).indexOf(a.way) - Object.keys(WAYS).indexOf(b.way))
    console.log(
      formatTable(rounds, [
        { title: 'what happens', value: ({ way }) => way },
        { title: 'contracts', align: 'right', value: () => String(contracts) },
        { title: 'answered', align: 'right', value: ({ answered }) => String(answered) },
        { title: 'complete', align: 'right', value: ({ complete }) => String(complete) },
        { title: 'lost', align: 'right', value: ({ lost }) => String(lost) },
        { title: 'requests', align: 'right', value: ({ requests }) => String(requests) },
        { title: 'seconds', align: 'right', value: ({ seconds }) => seconds.toFixed(1) },
      ]),
    )
    return rounds.map(({ way, lost }) => ({
      ...{ name: `contracts lost: ${way}`, value: lost },
      ...{ unit: 'contracts', atMost: 0 },
    }))
  },
}
