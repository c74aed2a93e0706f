import { z } from 'zod'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentContext } from '../engine/agent.ts'

export const momentumParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  decayRate: z.number().min(0).max(1).describe('Weight of the newest price change in the trend.'),
  chi: z.number().min(0).describe('Limit orders a tick of trend.'),
  psi: z.number().min(0).describe('Market orders a tick of trend.'),
  cancelRate: z.number().min(0).max(1).describe('Probability that a resting order dies in a step.'),
})

/** Traders who follow the trend. */
export function momentumAgents(
  parameters: z.output<typeof momentumParameters>,
  { lot, random, beforeStep }: AgentContext,
): Agent[] {
  let trend = 0
  beforeStep(({ previousMid, midBefore }) => {
    trend += parameters.decayRate * (previousMid - midBefore - trend)
  })
  return Array.from({ length: parameters.count }, (_, index) => {
    const { draw } = random(index)
    return {
      act: (view, orders) => {
        const strength = Math.abs(trend)
        const side = trend > 0 ? BUY : SELL
        if (draw(1) < 1 - Math.exp(-parameters.chi * strength)) {
          const life = Math.ceil(Math.log(draw(2)) / Math.log(1 - parameters.cancelRate))
          orders.limit(side, Math.round(view.mid - side * 5), lot, view.step + Math.max(1, life))
        }
        if (draw(3) < 1 - Math.exp(-parameters.psi * strength)) orders.market(side, lot)
      },
    }
  })
}
