import { z } from 'zod'
import { SELL } from '../book/order.ts'
import type { Agent, AgentFactory } from '../engine/agent.ts'

/**
 * A large seller that works through its shares as the sell programme of 6 May 2010 did: a fixed share of the recent volume,
 * at market, whatever the price and the time. The volume that its own orders cause is part of what it follows.
 */
export const institutionalParameters = z.strictObject({
  count: z.int().min(0).max(1_000).describe('Agents.'),
  initialInventory: z
    .int()
    .min(0)
    .max(1_000_000_000)
    .describe('Shares that each owns at the start and sells.'),
  percentageOfVolume: z
    .number()
    .min(0)
    .max(100)
    .describe('What it sells in relation to the volume of the last volumeSteps, %.'),
  startStep: z.int().min(0).describe('The step of its first order.'),
  orderInterval: z.int().min(1).describe('Steps between its orders.'),
  volumeSteps: z.int().min(1).max(36_000).default(600).describe('Steps over which volume is measured.'),
})

export type InstitutionalParameters = z.output<typeof institutionalParameters>

export const institutionalAgents: AgentFactory<InstitutionalParameters> = (parameters, { lot }) =>
  Array.from({ length: parameters.count }, () => seller(parameters, lot))

function seller(parameters: InstitutionalParameters, lot: number): Agent {
  const { initialInventory, percentageOfVolume, startStep, orderInterval, volumeSteps } = parameters
  let left = initialInventory
  /** Shares that are due by the volume and were not ordered yet, because an order has whole lots. */
  let due = 0
  return {
    initialShares: initialInventory,
    act(view, orders) {
      if (view.step < startStep) return orders.sleepUntil(startStep)
      if (left <= 0) return orders.sleepUntil(Number.MAX_SAFE_INTEGER)
      due += ((percentageOfVolume / 100) * view.volumeOver(volumeSteps) * orderInterval) / volumeSteps
      const wanted = Math.min(Math.floor(due / lot) * lot, left)
      if (wanted > 0) {
        due -= wanted
        left -= orders.market(SELL, wanted)
      }
      orders.sleepUntil(view.step + orderInterval)
    },
  }
}
