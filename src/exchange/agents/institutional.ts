import { z } from 'zod'
import { SELL } from '../book/order.ts'
import type { Agent, AgentContext } from '../engine/agent.ts'

export const institutionalParameters = z.strictObject({
  count: z.int().min(0).max(1_000).describe('Agents.'),
  initialInventory: z.int().min(0).max(1_000_000_000).describe('Shares that each sells.'),
  percentageOfVolume: z.number().min(0).max(100).describe('Its part of the volume of the last minute, %.'),
  startStep: z.int().min(0).describe('The step in which it begins.'),
  orderInterval: z.int().min(1).describe('Steps between its orders.'),
})

/** A seller who looks at neither price nor time. */
export function institutionalAgents(
  parameters: z.output<typeof institutionalParameters>,
  { lot }: AgentContext,
): Agent[] {
  const { count, initialInventory, percentageOfVolume, startStep, orderInterval } = parameters
  return Array.from({ length: count }, () => {
    let owed = 0
    return {
      initialShares: initialInventory,
      act: (view, orders) => {
        if (view.step < startStep) return orders.sleepUntil(startStep)
        orders.sleepUntil(view.step + orderInterval)
        owed += (((percentageOfVolume / 100) * orderInterval) / 600) * view.volumeOver(600)
        const lots = Math.floor(Math.min(owed, orders.account.shares) / lot)
        if (lots > 0) owed -= orders.market(SELL, lots * lot)
      },
    }
  })
}
