import { parseExchangeAddress } from '../../../src/experiments/client/address.ts'
import { openExchangeVenue } from '../../../src/experiments/client/exchange-venue.ts'
import type { ExchangeAccess } from '../../../src/experiments/client/start-run.ts'
import { readCertificateTrust } from '../../../src/experiments/client/trust.ts'
import type { StepRecord } from '../../../src/experiments/files/step-record.ts'
import type { RunOutcome, RunRules } from '../../../src/experiments/run/outcome.ts'
import { runExperiment } from '../../../src/experiments/run/run-experiment.ts'
import { decisionLimitMs, MAX_INVENTORY } from '../../../src/experiments/run/settings.ts'
import type { Strategy, StrategyAction } from '../../../src/experiments/strategies/strategy.ts'
import { systemClock } from '../../../src/market/clock.ts'

export interface PlayedRun {
  readonly outcome: RunOutcome
  readonly records: readonly StepRecord[]
}

/** Access to an exchange at a URL, by default as the guest of a loopback address. */
export function accessTo(
  url: string,
  {
    name = 'guest',
    password = 'optionlake',
    trust = null,
  }: { name?: string; password?: string; trust?: string | null } = {},
): ExchangeAccess {
  const { host, protocol } = new URL(url)
  return {
    address: parseExchangeAddress(host, protocol === 'https:'),
    trust: readCertificateTrust(trust),
    ...{ name, password },
  }
}

/** Plays one run against an exchange and keeps its records. */
export async function playRun(
  access: ExchangeAccess,
  strategy: Strategy,
  {
    scenario = 'normal_market',
    rules = 'research',
    seed = null,
    steps = null,
    answersPings = true,
    limitMs = decisionLimitMs(rules),
    signal = new AbortController().signal,
    onRecord = () => {},
  }: {
    scenario?: string
    rules?: RunRules
    seed?: number | null
    steps?: number | null
    answersPings?: boolean
    limitMs?: number
    signal?: AbortSignal
    onRecord?: (record: StepRecord) => void
  } = {},
): Promise<PlayedRun> {
  const asked = rules === 'research' ? { seed, steps } : { seed: null, steps: null }
  const venue = await openExchangeVenue({
    ...{ access, scenario, ...asked, answersPings, clock: systemClock, signal },
  })
  const records: StepRecord[] = []
  try {
    const outcome = await runExperiment(
      { scenario, rules, steps, decisionLimitMs: limitMs, maxInventory: MAX_INVENTORY },
      {
        ...{ venue, strategy, clock: systemClock, signal },
        log: {
          append: (record) => {
            records.push(record)
            onRecord(record)
          },
        },
      },
    )
    return { outcome, records }
  } finally {
    await venue.close()
  }
}

/** A strategy of a test. */
export function strategyOf(
  decide: (...of: Parameters<Strategy['decide']>) => readonly StrategyAction[],
): Strategy {
  return { name: 'of_a_test', description: 'of a test', mode: 'active', decide }
}

/** A record without what depends on the wall clock and on the run's id. */
export function comparable(record: StepRecord): unknown {
  const fills = record.fills.map(({ latency_ms: _, ...fill }) => fill)
  const fill = record.fill === null ? null : { ...record.fill, latency_ms: null }
  return { ...record, run_id: null, fills, fill, timing: null }
}
