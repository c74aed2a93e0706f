import { z } from 'zod'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentContext } from '../engine/agent.ts'

export const fundamentalParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  kappa1: z.number().describe('Linear demand, lots a dollar.'),
  kappa2: z.number().describe('Cubic demand, lots a dollar cubed.'),
  interval: z.int().min(1).describe('Steps between the decisions of one agent.'),
})

/** Traders who know the fundamental value. */
export function fundamentalAgents(
  { count, kappa1, kappa2, interval }: z.output<typeof fundamentalParameters>,
  { lot, random, tickSize }: AgentContext,
): Agent[] {
  return Array.from({ length: count }, (_, index) => {
    const phase = Math.floor(random(index).draw(0) * interval)
    return {
      act: (view, orders) => {
        const wait = (phase - (view.step % interval) + interval) % interval
        orders.sleepUntil(view.step + (wait || interval))
        if (wait > 0) return
        const gap = (view.fundamental - view.mid) * tickSize
        const lots = Math.min(20, Math.round(Math.abs(kappa1 * gap + kappa2 * gap ** 3)))
        if (lots > 0) orders.market(gap > 0 ? BUY : SELL, lots * lot)
      },
    }
  })
}
