import { mix } from '../../market/random.ts'

/** Above this number of agents in a step the native sort is faster than insertion. */
const INSERTION_LIMIT = 48
const INDEX_FACTOR = 2 ** 16

/** Who acts in a step, and in which order. */
export interface Turns {
  /** The agents that are awake, shuffled: valid until the next call. Their number is returned. */
  shuffle(step: number): number
  /** The agent of turn `at`. */
  agentAt(at: number): number
  /** The agent does not act before this step. */
  sleepUntil(agent: number, step: number): void
  wake(agent: number): void
  /** The agent never acts before this step, whoever wakes it. */
  holdUntil(agent: number, step: number): void
}

/**
 * Each agent's place in a step is a random number of step and agent alone, so an agent that sleeps or wakes changes
 * nothing in the order of the others.
 */
export function createTurns(agents: number, key: number): Turns {
  const nextSteps = new Float64Array(agents)
  const holds = new Float64Array(agents)
  /** Random place × 2¹⁶ + agent, ascending. */
  const places = new Float64Array(agents)
  const keys = Int32Array.from({ length: agents }, (_, agent) => mix(key, agent))

  function insert(count: number, place: number): void {
    let at = count
    while (at > 0 && (places[at - 1] as number) > place) {
      places[at] = places[at - 1] as number
      at--
    }
    places[at] = place
  }

  return {
    shuffle: (step) => {
      let count = 0
      for (let agent = 0; agent < agents; agent++) {
        if ((nextSteps[agent] as number) > step) continue
        const place = (mix(keys[agent] as number, step) >>> 0) * INDEX_FACTOR + agent
        if (count < INSERTION_LIMIT) insert(count, place)
        else places[count] = place
        count++
      }
      if (count > INSERTION_LIMIT) places.subarray(0, count).sort()
      return count
    },
    agentAt: (at) => (places[at] as number) % INDEX_FACTOR,
    sleepUntil: (agent, step) => {
      nextSteps[agent] = Math.max(step, holds[agent] as number)
    },
    wake: (agent) => {
      nextSteps[agent] = holds[agent] as number
    },
    holdUntil: (agent, step) => {
      holds[agent] = step
      nextSteps[agent] = step
    },
  }
}
