import { BUILT_IN_SCENARIOS } from '../../exchange/scenarios/load.ts'
import { BUILT_IN_EXPERIMENTS } from '../../experiments/strategies/experiment.ts'

/** What comes with the program, for the completion of the shell. */
export const BUILT_IN_NAMES = {
  experiment: BUILT_IN_EXPERIMENTS.map(({ name }) => name),
  scenario: [...BUILT_IN_SCENARIOS],
} as const
