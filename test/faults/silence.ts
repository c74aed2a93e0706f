import { formatTable } from '../../src/commands/terminal/table.ts'
import { inParallel, openSupervisedGateway } from '../support/supervised-gateway.ts'
import { type Campaign, randomOf, roundsOf } from './campaign.ts'

const KINDS = ['half_open', 'freeze'] as const
/** Longest time before the silence, s: long enough for every phase of the heartbeat. */
const LONGEST_START_SECONDS = 12
const TIMEOUT_SECONDS = 90

interface Round {
  readonly kind: (typeof KINDS)[number]
  /** Null when it was not noticed. */
  readonly noticedSeconds: number | null
}

async function once(kind: (typeof KINDS)[number], speed: number, random: () => number): Promise<Round> {
  const gateway = await openSupervisedGateway(speed, random)
  try {
    const { supervisor, simulator, clock } = gateway
    await clock.sleep(random() * LONGEST_START_SECONDS * 1_000)
    let noticedSeconds: number | null = null
    const fromMs = clock.monotonicMs()
    // Polling would miss it: reconnecting to a local gateway takes a few milliseconds.
    supervisor.onChange(() => {
      noticedSeconds ??= (clock.monotonicMs() - fromMs) / 1_000
    })
    const endFault = simulator.inject(kind === 'freeze' ? { kind } : { kind })
    await gateway.secondsUntil(() => noticedSeconds !== null, TIMEOUT_SECONDS)
    endFault()
    return { kind, noticedSeconds }
  } finally {
    await gateway.close()
  }
}

/** Figure 13: connections that the network has lost, and gateways that hang. */
export const silence: Campaign = {
  name: 'silence',
  summary: 'half-open connections and frozen gateways are noticed (figure 13)',
  takes: '1 minute',
  run: async (options) => {
    const random = randomOf(options.seed)
    const speed = options.quick ? 20 : 1
    const rounds: Round[] = []
    await inParallel(2 * roundsOf(options, 25, 3), options.quick ? 6 : 25, async (index) => {
      rounds.push(await once(index % 2 === 0 ? 'half_open' : 'freeze', speed, random))
    })
    const slowest = (kind: Round['kind']) =>
      Math.max(
        ...rounds.filter((one) => one.kind === kind).map((one) => one.noticedSeconds ?? TIMEOUT_SECONDS),
      )
    console.log(
      formatTable(KINDS, [
        { title: 'silence', value: (kind) => kind },
        {
          title: 'times',
          align: 'right',
          value: (kind) => String(rounds.filter((one) => one.kind === kind).length),
        },
        { title: 'noticed after at most', align: 'right', value: (kind) => `${slowest(kind).toFixed(2)} s` },
      ]),
    )
    return [
      { name: 'half-open connection noticed', value: slowest('half_open'), unit: 's', atMost: 15 },
      { name: 'frozen gateway noticed', value: slowest('freeze'), unit: 's', atMost: 30 },
    ]
  },
}
