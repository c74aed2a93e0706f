import { z } from 'zod'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentContext } from '../engine/agent.ts'

export const noiseParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  eta: z.number().min(0).max(1_000).describe('Intensity of limit orders, per agent and step.'),
  kappa: z.number().min(0).max(1_000).describe('Intensity of market orders, per agent and step.'),
  cancelRate: z.number().min(0).max(1).describe('Probability that a resting order dies in a step.'),
})

/** Traders without information. */
export function noiseAgents(
  parameters: z.output<typeof noiseParameters>,
  { lot, random }: AgentContext,
): Agent[] {
  const limitProbability = 1 - Math.exp(-parameters.eta)
  const marketProbability = 1 - Math.exp(-parameters.kappa)
  return Array.from({ length: parameters.count }, (_, index) => {
    const { draw } = random(index)
    return {
      act: (view, orders) => {
        if (draw(1) < limitProbability) {
          const side = draw(2) < 0.5 ? BUY : SELL
          const distance = Math.floor(Math.min(200, 2 * draw(3) ** -0.7))
          const life = Math.ceil(Math.log(draw(4)) / Math.log(1 - parameters.cancelRate))
          orders.limit(side, Math.round(view.mid - side * distance), lot, view.step + Math.max(1, life))
        }
        if (draw(5) < marketProbability) orders.market(draw(6) < 0.5 ? BUY : SELL, lot)
      },
    }
  })
}
