import { parseExchangeAddress } from '../../../src/experiments/client/address.ts'
import { openExchangeVenue } from '../../../src/experiments/client/exchange-venue.ts'
import { recordRun } from '../../../src/experiments/run/recorded-run.ts'
import { MAX_INVENTORY } from '../../../src/experiments/run/settings.ts'
import { BUILT_IN_EXPERIMENTS } from '../../../src/experiments/strategies/experiment.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { Failure } from '../../../src/process/failure.ts'

/** How runs ended. */
export interface RunEndings {
  /** Number of runs by kind of end, or `refused`. */
  readonly byKind: Map<string, number>
  /** Ends that a person could not act on, in words. */
  readonly unnamed: string[]
}

export function createRunEndings(): RunEndings {
  return { byKind: new Map(), unnamed: [] }
}

/** Counts an end, and whether its reason is one printable line. */
export function addEnding({ byKind, unnamed }: RunEndings, kind: string, reason: string, of: string): void {
  byKind.set(kind, (byKind.get(kind) ?? 0) + 1)
  if (reason === '' || reason.length > 600 || /\p{Cc}|^unexpected/u.test(reason))
    unnamed.push(`${of}: ${kind}: ${JSON.stringify(reason.slice(0, 200))}`)
}

/** Runs an experiment that orders, at an exchange, and notes how it ended. */
export async function recordAt(url: string, folder: string, of: string, endings: RunEndings): Promise<void> {
  const experiment = BUILT_IN_EXPERIMENTS.find(({ name }) => name === 'inventory_mgmt')
  if (!experiment) throw new Error('no inventory_mgmt')
  const signal = new AbortController().signal
  const access = {
    address: parseExchangeAddress(new URL(url).host, false),
    trust: { kind: 'authorities' },
    ...{ name: 'guest', password: 'optionlake' },
  } as const
  const scenario = 'normal_market'
  try {
    const { outcome } = await recordRun(
      folder,
      { scenario, rules: 'research', steps: null, decisionLimitMs: 5_000, maxInventory: MAX_INVENTORY },
      {
        ...{ version: '0', scenarioSha256: null, agentSeeds: null, configuration: {} },
        host: { kind: 'exchange', address: new URL(url).host, secure: false },
      },
      {
        ...{ experiment, clock: systemClock, signal },
        openVenue: () =>
          openExchangeVenue({
            ...{ access, scenario, seed: null, steps: null, answersPings: false },
            ...{ clock: systemClock, signal },
          }),
      },
    )
    addEnding(endings, outcome.kind, outcome.reason, of)
  } catch (error) {
    const reason = error instanceof Failure ? error.message : `unexpected: ${(error as Error).stack}`
    addEnding(endings, 'refused', reason, of)
  }
}
