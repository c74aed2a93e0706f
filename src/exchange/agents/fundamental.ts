import { z } from 'zod'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentFactory, AgentRandom } from '../engine/agent.ts'
import { variedBy } from './arrivals.ts'

/**
 * Fundamental agents: at intervals each buys below its opinion of the value and sells above it, with market orders of
 * D = κ1·x + κ2·x³ lots for a difference of x dollars. What is left of a lot is decided by a draw, so that a small
 * difference also acts.
 */
export const fundamentalParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  kappa1: z.number().min(0).describe('κ1: lots for each dollar.'),
  kappa2: z.number().min(0).describe('κ2: lots for each dollar to the third power.'),
  interval: z.int().min(1).describe('Steps between two looks of an agent; each has a phase of its own.'),
  maxLots: z.int().min(1).default(20).describe('Lots of one order at most.'),
  opinionSpread: z
    .number()
    .min(0)
    .default(0)
    .describe("Standard deviation of the agents' opinions around the fundamental value, in dollars."),
  variation: z
    .number()
    .min(0)
    .lt(1)
    .default(0.35)
    .describe('Responses of the agents differ by up to this fraction.'),
})

export type FundamentalParameters = z.infer<typeof fundamentalParameters>

const VARIED = 1
const PHASE = 2
const OPINION = 3
const ROUNDING = 4

export const fundamentalAgents: AgentFactory<FundamentalParameters> = (parameters, context) => {
  const { kappa1, kappa2, interval, maxLots } = parameters
  return Array.from({ length: parameters.count }, (_, index) => fundamentalAgent(context.random(index)))

  function fundamentalAgent(random: AgentRandom): Agent {
    const response = variedBy(random, VARIED, parameters.variation)
    const opinionDollars = parameters.opinionSpread * random.normal(OPINION)
    let nextStep = Math.floor(interval * random.draw(PHASE))
    return {
      act(view, orders) {
        if (view.step < nextStep) return orders.sleepUntil(nextStep)
        nextStep = view.step + interval
        orders.sleepUntil(nextStep)
        const difference = (view.fundamental - view.mid) * context.tickSize + opinionDollars
        const demand = response * (kappa1 * difference + kappa2 * difference ** 3)
        const lots = Math.min(maxLots, Math.floor(Math.abs(demand) + random.draw(ROUNDING)))
        if (lots > 0) orders.market(demand > 0 ? BUY : SELL, lots * context.lot)
      },
    }
  }
}
