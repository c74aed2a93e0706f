import { z } from 'zod'
import { BUY, SELL, type Side } from '../book/order.ts'
import type { Agent, AgentFactory, AgentRandom } from '../engine/agent.ts'

/**
 * Agents that now and then buy or sell for a few steps without regard to the book: the cause of mini flash crashes. Their
 * orders are IOC, limited to a distance from the mid at the start of the spike, and exempt from the scenario's collar.
 */
export const spikingParameters = z.strictObject({
  count: z.int().min(0).max(1_000).describe('Agents.'),
  spikeLength: z.int().min(1).describe('Steps of one spike, an order in each.'),
  activationProbability: z.number().min(0).max(1).describe('Probability a step that an idle agent starts.'),
  orderVolume: z.int().min(1).describe('Shares of each order.'),
  reach: z
    .number()
    .positive()
    .max(0.5)
    .default(0.015)
    .describe('The furthest price of its orders, as a fraction of the mid at the start of the spike.'),
  restPeriod: z.int().min(0).default(0).describe('Steps that it stays idle after a spike.'),
})

export type SpikingParameters = z.output<typeof spikingParameters>

/** What the draws decide. */
const START = 1
const SIDE = 2

export const spikingAgents: AgentFactory<SpikingParameters> = (parameters, context) =>
  Array.from({ length: parameters.count }, (_, index) => spiker(parameters, context.random(index)))

function spiker(parameters: SpikingParameters, random: AgentRandom): Agent {
  const { spikeLength, activationProbability, orderVolume, reach, restPeriod } = parameters
  let ordersLeft = 0
  let side: Side = BUY
  let limit = 0
  return {
    act(view, orders) {
      if (ordersLeft === 0) {
        if (random.draw(START) >= activationProbability) return
        ordersLeft = spikeLength
        side = random.draw(SIDE) < 0.5 ? BUY : SELL
        limit = Math.max(1, Math.round(view.mid * (1 + side * reach)))
      }
      ordersLeft--
      orders.ioc(side, limit, orderVolume)
      if (ordersLeft === 0 && restPeriod > 0) orders.sleepUntil(view.step + restPeriod + 1)
    },
  }
}
