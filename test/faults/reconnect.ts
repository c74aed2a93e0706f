import { monitorEventLoopDelay } from 'node:perf_hooks'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { supervisorOptions } from '../../src/gateway/supervisor/options.ts'
import { reconnectDelayMs } from '../../src/gateway/supervisor/reconnect-backoff.ts'
import type { FaultInput } from '../../src/simulator/faults/faults.ts'
import { inParallel, openSupervisedGateway } from '../support/supervised-gateway.ts'
import { type Campaign, randomOf, roundsOf } from './campaign.ts'

/** Speed of the clock. It multiplies the delay of a late timer in the figures, so it is not higher. */
const SPEED = 10
const AT_ONCE = 25
const SHORTEST_SECONDS = 1
const LONGEST_SECONDS = 600
const QUICK_LONGEST_SECONDS = 60
const TIMEOUT_SECONDS = 300

interface Round {
  readonly kind: string
  readonly downSeconds: number
  /** From the gateway's return to the next ready session; null when there was none. */
  readonly recoveredSeconds: number | null
  readonly longestGapSeconds: number
}

async function once(fault: FaultInput & { seconds: number }, random: () => number): Promise<Round> {
  const gateway = await openSupervisedGateway(SPEED, random)
  try {
    const { supervisor, simulator, clock } = gateway
    const returnAtMs = clock.monotonicMs() + fault.seconds * 1_000
    simulator.inject(fault)
    await clock.sleep(fault.seconds * 1_000)
    const waited = await gateway.secondsUntil(
      () =>
        supervisor.state().name === 'ready' &&
        supervisor.session()?.isOpen === true &&
        supervisor.counters().sessions > 1,
      // A freeze too short for the heartbeat to notice keeps the first session, which is as good.
      fault.kind === 'freeze' && fault.seconds < 10 ? 20 : TIMEOUT_SECONDS,
    )
    const kept =
      waited === null && supervisor.counters().sessions === 1 && supervisor.state().name === 'ready'
    return {
      kind: fault.kind,
      downSeconds: fault.seconds,
      recoveredSeconds: kept ? 0 : waited === null ? null : (clock.monotonicMs() - returnAtMs) / 1_000,
      longestGapSeconds: supervisor.counters().longestGapMs / 1_000,
    }
  } finally {
    await gateway.close()
  }
}

/** Standard deviation over mean of the waits at one stage of the backoff; full jitter has 0.577. */
function spreadOfWaits(random: () => number): number {
  const gateway = gatewayOptions.parse({})
  const { refusedRetryMs } = supervisorOptions.parse({})
  const backoff = { failures: 6, refusals: 0 }
  const waits = Array.from({ length: 1_000 }, () =>
    reconnectDelayMs(backoff, { gateway, refusedRetryMs, random: random() }),
  )
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length
  const variance = waits.reduce((sum, wait) => sum + (wait - mean) ** 2, 0) / waits.length
  return Math.sqrt(variance) / mean
}

/** Figure 12: an outage of 1 s to 10 min, in which the port refuses connections or accepts them and stays silent. */
export const reconnect: Campaign = {
  name: 'reconnect',
  summary: '100 gateway outages of 1 s to 10 min on a fast clock (figure 12)',
  takes: '90 s',
  run: async (options) => {
    const random = randomOf(options.seed)
    const rounds: Round[] = []
    const delay = monitorEventLoopDelay({ resolution: 5 })
    delay.enable()
    await inParallel(roundsOf(options, 100, 6), AT_ONCE, async (index) => {
      const longest = options.quick ? QUICK_LONGEST_SECONDS : LONGEST_SECONDS
      const seconds = SHORTEST_SECONDS * (longest / SHORTEST_SECONDS) ** random()
      const kind = (['restart', 'freeze', 'second_factor', 'restart'] as const)[index % 4]
      rounds.push(await once({ kind: kind ?? 'restart', seconds }, random))
    })
    delay.disable()
    print(rounds)
    const recovered = rounds.flatMap(({ recoveredSeconds }) => recoveredSeconds ?? [])
    const longestGap = Math.max(...rounds.map(({ longestGapSeconds }) => longestGapSeconds))
    const lateSeconds = (delay.max / 1e9) * SPEED
    console.log(`timers were up to ${lateSeconds.toFixed(2)} s late on the fast clock`)
    return [
      {
        name: 'outages not recovered from',
        value: rounds.length - recovered.length,
        unit: 'outages',
        atMost: 0,
      },
      { name: 'slowest recovery after the return', value: Math.max(...recovered), unit: 's', atMost: 60 },
      { name: 'longest gap between attempts', value: longestGap, unit: 's', atMost: 30 },
      { name: 'spread of the waits (σ / mean)', value: spreadOfWaits(random), unit: '', atLeast: 0.5 },
    ]
  },
}

function print(rounds: readonly Round[]): void {
  const sorted = [...rounds].sort((a, b) => a.downSeconds - b.downSeconds)
  console.log(
    formatTable(sorted, [
      { title: 'fault', value: ({ kind }) => kind },
      { title: 'down', align: 'right', value: ({ downSeconds }) => `${downSeconds.toFixed(0)} s` },
      {
        title: 'recovered after',
        align: 'right',
        value: ({ recoveredSeconds: seconds }) => (seconds === null ? 'never' : `${seconds.toFixed(1)} s`),
      },
      { title: 'longest gap', align: 'right', value: (one) => `${one.longestGapSeconds.toFixed(1)} s` },
    ]),
  )
}
