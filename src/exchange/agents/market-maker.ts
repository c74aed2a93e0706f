import { z } from 'zod'
import type { Order } from '../book/order.ts'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentContext } from '../engine/agent.ts'

export const marketMakerParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  gamma: z.number().positive().describe('Risk aversion.'),
  delta: z.number().min(0).describe('Half spread, dollars.'),
  maxEdge: z.number().positive().describe('Largest distance of a quote from the mid, dollars.'),
  inventoryLimit: z.int().positive().describe('Shares at which it withdraws and unloads.'),
  safeInventory: z.int().min(0).describe('Shares to which it unloads.'),
  restPeriod: z.int().min(0).describe('Steps that it stays out of the market afterwards.'),
})

/** Traders who quote both sides. */
export function marketMakerAgents(
  parameters: z.output<typeof marketMakerParameters>,
  { lot, tickSize, random }: AgentContext,
): Agent[] {
  return Array.from({ length: parameters.count }, (_, index) => {
    const half = (parameters.delta * (0.7 + 0.6 * random(index).draw(0))) / tickSize
    let bid: Order | null = null
    let ask: Order | null = null
    return {
      act: (view, orders) => {
        const reference = view.mid - (orders.account.shares / lot) * parameters.gamma
        const bidPrice = Math.floor(reference - half)
        const askPrice = Math.ceil(reference + half)
        if (bid?.isResting && bid.price !== bidPrice) orders.cancel(bid)
        if (ask?.isResting && ask.price !== askPrice) orders.cancel(ask)
        if (!bid?.isResting) bid = orders.limit(BUY, bidPrice, 5 * lot)
        if (!ask?.isResting) ask = orders.limit(SELL, askPrice, 5 * lot)
      },
    }
  })
}
