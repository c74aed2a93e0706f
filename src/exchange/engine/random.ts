import { mix, normal, uniform } from '../../market/random.ts'
import type { AgentRandom } from './agent.ts'

/** The step that draws belong to; −1 before the first one. One for all agents of a market. */
export interface StepClock {
  step: number
}

/** Draws of one agent: functions of its key, the step, the purpose and `n` alone. */
export function createAgentRandom(key: number, clock: StepClock): AgentRandom {
  return {
    draw: (purpose, n = 0) => uniform(mix(mix(mix(key, clock.step), purpose), n)),
    normal: (purpose, n = 0) => normal(mix(mix(mix(key, clock.step), purpose), n)),
  }
}
