import { z } from 'zod'
import type { AgentRandom } from '../engine/agent.ts'

/**
 * The fundamental value: a geometric random walk. With `volatilityStates` its volatility is a Markov-switching
 * multifractal (Calvet and Fisher, Journal of Financial Econometrics 2(1), 2004): the product of components that switch
 * between two values, each more slowly than the one before. Clustering of volatility is therefore an input of the
 * market, not a result of its agents.
 */
export const fundamentalValueParameters = z.strictObject({
  drift: z.number().min(-0.001).max(0.001).describe('Relative drift of a step.'),
  volatility: z
    .number()
    .min(0)
    .max(0.01)
    .describe('Relative standard deviation of a step; 2.6e-5 is 20 % a year.'),
  volatilityStates: z
    .strictObject({
      components: z.int().min(1).max(12).describe('Number of components.'),
      high: z
        .number()
        .min(1)
        .max(1.95)
        .describe(
          "Variance factor of a component's upper state; the lower one is 2 less this, so that the mean is 1.",
        ),
      fastestSteps: z
        .number()
        .min(1)
        .describe('Mean time of the fastest component between two draws of its state, in steps.'),
      slowing: z.number().min(1).describe('Each component is slower than the one before by this factor.'),
    })
    .optional()
    .describe('Makes the volatility a Markov-switching multifractal; without it the volatility is constant.'),
})

export type FundamentalValueParameters = z.infer<typeof fundamentalValueParameters>

export interface FundamentalValue {
  /** Ticks, not rounded. */
  readonly value: number
  /** Volatility now relative to its mean; 1 without volatility states. */
  readonly activity: number
  /** Moves on to the step of the random source. */
  advance(step: number): void
}

const WALK = 1
const INITIAL_STATE = 2
const SWITCH_WAIT = 3
const SWITCH_STATE = 4

export function createFundamentalValue(
  { drift, volatility, volatilityStates }: FundamentalValueParameters,
  initialTicks: number,
  random: AgentRandom,
): FundamentalValue {
  const states = volatilityStates === undefined ? null : createStates(volatilityStates, random)
  let value = initialTicks
  let activity = states?.activity() ?? 1
  /** Root of the variance factor, whose square is 1 on average. */
  let scale = states?.scale() ?? 1
  return {
    get value() {
      return value
    },
    get activity() {
      return activity
    },
    advance(step) {
      if (states?.advance(step)) {
        scale = states.scale()
        activity = states.activity()
      }
      const deviation = volatility * scale
      value *= Math.exp(drift - (deviation * deviation) / 2 + deviation * random.normal(WALK))
    },
  }
}

type StatesParameters = NonNullable<FundamentalValueParameters['volatilityStates']>

function createStates({ components, high, fastestSteps, slowing }: StatesParameters, random: AgentRandom) {
  const isHigh = Array.from({ length: components }, (_, at) => random.draw(INITIAL_STATE, at) < 0.5)
  const switchAt = Array.from({ length: components }, (_, at) => wait(at))
  let nextSwitch = Math.min(...switchAt)
  /** Mean of the root of one component's variance factor, to the power of their number. */
  const meanScale = ((Math.sqrt(high) + Math.sqrt(2 - high)) / 2) ** components

  function wait(at: number): number {
    return Math.ceil(-Math.log(random.draw(SWITCH_WAIT, at)) * fastestSteps * slowing ** at)
  }

  function scale(): number {
    let variance = 1
    for (const up of isHigh) variance *= up ? high : 2 - high
    return Math.sqrt(variance)
  }

  return {
    scale,
    activity: () => scale() / meanScale,
    /** Whether a state was drawn again. */
    advance(step: number): boolean {
      if (step < nextSwitch) return false
      nextSwitch = Number.POSITIVE_INFINITY
      for (let at = 0; at < components; at++) {
        if ((switchAt[at] as number) <= step) {
          isHigh[at] = random.draw(SWITCH_STATE, at) < 0.5
          switchAt[at] = step + wait(at)
        }
        nextSwitch = Math.min(nextSwitch, switchAt[at] as number)
      }
      return true
    },
  }
}
