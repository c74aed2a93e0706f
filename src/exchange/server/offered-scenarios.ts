import { EXIT, Failure } from '../../process/failure.ts'
import { BUILT_IN_SCENARIOS, loadScenario } from '../scenarios/load.ts'
import type { Scenario } from '../scenarios/schema.ts'
import { STEP_MS } from './market-time.ts'
import { createPriceText, type PriceText } from './price-text.ts'

/** A scenario that participants may start. */
export interface OfferedScenario {
  readonly id: string
  readonly name: string
  readonly description: string
  /** Of a run that names none. */
  readonly seed: number
  readonly steps: number
  readonly scenario: Scenario
  readonly priceText: PriceText
}

/**
 * Loads the scenarios that are offered: by name or path, or without any all that are built in.
 * @throws Failure for a scenario that cannot be read, or when two have the same id.
 */
export function loadOfferedScenarios(
  namesOrPaths: readonly string[],
  { seed, steps }: { readonly seed: number | null; readonly steps: number | null },
): ReadonlyMap<string, OfferedScenario> {
  const offered = new Map<string, OfferedScenario>()
  for (const nameOrPath of namesOrPaths.length > 0 ? namesOrPaths : BUILT_IN_SCENARIOS) {
    const scenario = loadScenario(nameOrPath)
    const { id, name, description } = scenario
    if (offered.has(id)) {
      throw new Failure(EXIT.usage, `--scenario ${nameOrPath}: ${id} is offered already: give it another id`)
    }
    offered.set(id, {
      ...{ id, name, description, scenario },
      seed: seed ?? scenario.seed,
      steps: steps ?? scenario.steps,
      priceText: createPriceText(scenario.tickSize),
    })
  }
  return offered
}

/** Market time of a number of steps, s. */
export function durationSeconds(steps: number): number {
  return (steps * STEP_MS) / 1_000
}
