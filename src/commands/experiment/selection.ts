import { BUILT_IN_SCENARIOS, loadScenario } from '../../exchange/scenarios/load.ts'
import type { Scenario } from '../../exchange/scenarios/schema.ts'
import {
  BUILT_IN_EXPERIMENTS,
  type Experiment,
  findExperiment,
} from '../../experiments/strategies/experiment.ts'
import { EXIT, Failure } from '../../process/failure.ts'

/** A scenario of the embedded exchange; `file` is null for one that comes with the program. */
export interface ChosenScenario extends Scenario {
  readonly nameOrPath: string
  readonly file: string | null
}

/**
 * The experiments that the arguments name, each once; `all` are those that come with the program.
 * @throws Failure for one that is unknown or cannot be loaded, and for two files with the same name of experiment.
 */
export async function chooseExperiments(
  namesOrPaths: readonly string[],
  all: boolean,
): Promise<Experiment[]> {
  const chosen = new Map(all ? BUILT_IN_EXPERIMENTS.map((one) => [one.name, one] as const) : [])
  for (const nameOrPath of namesOrPaths) {
    const experiment = await findExperiment(nameOrPath)
    const other = chosen.get(experiment.name)
    if (other !== undefined && other.file !== experiment.file) {
      throw new Failure(
        EXIT.usage,
        `--experiment ${nameOrPath}: ${other.file} is named ${experiment.name} too: give one of them another name`,
      )
    }
    chosen.set(experiment.name, experiment)
  }
  if (chosen.size > 0) return [...chosen.values()]
  throw new Failure(
    EXIT.usage,
    '--experiment is missing: name one or several, such as --experiment passive, or write --all-experiments; --list-experiments shows them',
  )
}

/** The scenarios that the arguments name, each once. @throws Failure as above. */
export function chooseScenarios(namesOrPaths: readonly string[], all: boolean): ChosenScenario[] {
  const chosen = new Map<string, ChosenScenario>()
  for (const nameOrPath of new Set([...(all ? BUILT_IN_SCENARIOS : []), ...namesOrPaths])) {
    const scenario = loadScenario(nameOrPath)
    const isBuiltIn = (BUILT_IN_SCENARIOS as readonly string[]).includes(nameOrPath)
    if (chosen.has(scenario.id)) {
      throw new Failure(
        EXIT.usage,
        `--scenario ${nameOrPath}: ${scenario.id} is named already: give it another id`,
      )
    }
    chosen.set(scenario.id, { ...scenario, nameOrPath, file: isBuiltIn ? null : nameOrPath })
  }
  if (chosen.size > 0) return [...chosen.values()]
  throw new Failure(
    EXIT.usage,
    `--scenario is missing: name one or several of ${BUILT_IN_SCENARIOS.join(', ')}, or the path of a .json file, or write --all-scenarios`,
  )
}

/** The names of scenarios of another exchange, which alone knows which there are. */
export function chooseForeignScenarios(names: readonly string[], all: boolean): string[] {
  const chosen = [...new Set([...(all ? BUILT_IN_SCENARIOS : []), ...names])]
  const file = chosen.find((name) => !/^[A-Za-z0-9_-]{1,64}$/.test(name))
  if (file !== undefined) {
    throw new Failure(
      EXIT.usage,
      `--scenario ${file} is no name of a scenario: files are played by the embedded exchange only, without --host`,
    )
  }
  if (chosen.length > 0) return chosen
  throw new Failure(
    EXIT.usage,
    '--scenario is missing: name one that the exchange offers, or write --all-scenarios',
  )
}
