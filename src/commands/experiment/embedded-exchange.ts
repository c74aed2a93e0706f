import { createHash, randomUUID } from 'node:crypto'
import { exchangeOptions } from '../../exchange/options.ts'
import { loadOfferedScenarios, type OfferedScenario } from '../../exchange/server/offered-scenarios.ts'
import { openExchange } from '../../exchange/server/server.ts'
import type { ExchangeAccess } from '../../experiments/client/start-run.ts'
import type { RunRules } from '../../experiments/run/outcome.ts'
import { systemClock } from '../../market/clock.ts'

/** Levels of each side in a record: the original's files have ten. */
const BOOK_LEVELS = 10
/** The exchange of one run. */
const MAX_RUNS = 1

/** What an agent's draws are a function of, besides the step. */
const AGENT_SEEDS =
  'each agent: scenario id, seed, name of its population, its number there; the fundamental value: seed'

/** An exchange within this process, for one run. */
export interface EmbeddedExchange {
  readonly access: ExchangeAccess
  readonly scenarioSha256: string
  readonly agentSeeds: string
  readonly bookLevels: number
  close(): Promise<void>
}

/**
 * Starts the exchange on a free port of the loopback address. It is the server of `optionlake exchange`, reached over its
 * protocol like any other, with a password that only this process knows.
 * @param scenario a built-in one by name, or a file by path
 * @param seed null for that of the scenario; so for `steps`
 * @throws Failure for a scenario that cannot be read
 */
export async function openEmbeddedExchange(
  {
    scenario,
    seed,
    steps,
    rules,
  }: {
    readonly scenario: string
    readonly seed: number | null
    readonly steps: number | null
    readonly rules: RunRules
  },
  onError: (error: unknown) => void,
): Promise<EmbeddedExchange> {
  const scenarios = loadOfferedScenarios([scenario], { seed, steps })
  const [offered] = scenarios.values() as Iterable<OfferedScenario>
  if (!offered) throw new Error(`no scenario ${scenario}`)
  const name = 'experiment'
  const password = randomUUID()
  const options = exchangeOptions.parse({
    ...{ port: 0, rules, bookLevels: BOOK_LEVELS, maxRuns: MAX_RUNS, maxResults: MAX_RUNS },
    // A strategy may think for as long as its runner allows.
    ...{ idleSeconds: 86_400, participants: { [name]: password } },
  })
  const server = await openExchange({ options, scenarios, clock: systemClock, onError })
  const address = { host: options.host, port: server.port, secure: false }
  return {
    access: { address, trust: { kind: 'authorities' }, name, password },
    scenarioSha256: sha256(offered.scenario),
    ...{ agentSeeds: AGENT_SEEDS, bookLevels: BOOK_LEVELS },
    close: () => server.close(),
  }
}

/** Of JSON with sorted keys, so that the order and the spaces of a file make no difference. */
function sha256(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const fields = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1))
  return `{${fields.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`).join(',')}}`
}
