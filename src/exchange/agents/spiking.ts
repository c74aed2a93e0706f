import { z } from 'zod'
import { BUY, SELL, type Side } from '../book/order.ts'
import type { Agent, AgentContext } from '../engine/agent.ts'

export const spikingParameters = z.strictObject({
  count: z.int().min(0).max(1_000).describe('Agents.'),
  spikeLength: z.int().min(1).describe('Steps of one spike.'),
  activationProbability: z.number().min(0).max(1).describe('Probability of a spike in a step.'),
  orderVolume: z.int().min(1).describe('Shares in each step of a spike.'),
})

/** Algorithms that run away for a moment. */
export function spikingAgents(
  parameters: z.output<typeof spikingParameters>,
  { random }: AgentContext,
): Agent[] {
  return Array.from({ length: parameters.count }, (_, index) => {
    const { draw } = random(index)
    let left = 0
    let side: Side = BUY
    return {
      act: (_view, orders) => {
        if (left === 0 && draw(1) < parameters.activationProbability) {
          left = parameters.spikeLength
          side = draw(2) < 0.5 ? BUY : SELL
        }
        if (left === 0) return
        left--
        orders.market(side, parameters.orderVolume)
      },
    }
  })
}
