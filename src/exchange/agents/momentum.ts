import { z } from 'zod'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentFactory, AgentRandom } from '../engine/agent.ts'
import { onGrid, spreadFactor, stepsUntilNext, variedBy } from './arrivals.ts'

/**
 * Momentum agents. They follow the average of recent price changes, M ← (1 − α)·M + α·(change of the last step), and trade
 * the more often the further M is from 0: a limit order with probability 1 − e^(−χx) and a market order with 1 − e^(−ψx)
 * a step, x = |M| in ticks. With a large α the memory is one step, with a small one minutes.
 */
export const momentumParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  decayRate: z.number().gt(0).max(1).describe('α: weight of the newest price change.'),
  chi: z.number().min(0).describe('Intensity of limit orders for each tick of the signal.'),
  psi: z.number().min(0).describe('Intensity of market orders for each tick of the signal.'),
  cancelRate: z.number().gt(0).max(1).describe('Probability a step that a resting order is cancelled.'),
  maxOrderRate: z
    .number()
    .gt(0)
    .max(1)
    .default(0.1)
    .describe('Orders of an agent a step are at most this many on average, however strong the signal.'),
  gridTicks: z.int().min(1).default(1).describe('Limit prices are multiples of this.'),
  lots: z.int().min(1).default(1).describe('Lots of one order.'),
  distanceTicks: z
    .number()
    .gt(0)
    .default(3)
    .describe('Mean distance of limit orders behind the best price of their side.'),
  referenceSpread: z
    .number()
    .gt(0)
    .default(0.1)
    .describe('Above this spread, in dollars, market orders come more rarely, by the ratio of the two.'),
  variation: z
    .number()
    .min(0)
    .lt(1)
    .default(0.35)
    .describe('Rates of the agents differ by up to this fraction.'),
})

export type MomentumParameters = z.infer<typeof momentumParameters>

const VARIED = 1
const ARRIVAL = 2
const KIND = 3
const DISTANCE = 4
const LIFE = 5

export const momentumAgents: AgentFactory<MomentumParameters> = (parameters, context) => {
  const { chi, psi, decayRate, maxOrderRate } = parameters
  const { lot } = context
  const referenceSpreadTicks = parameters.referenceSpread / context.tickSize
  /** Ticks a step. */
  let signal = 0
  let limitProbability = 0
  let marketProbability = 0
  context.beforeStep((view) => {
    signal += decayRate * (view.previousMid - view.midBefore - signal)
    const strength = Math.abs(signal)
    limitProbability = 1 - Math.exp(-chi * strength)
    marketProbability = 1 - Math.exp(-psi * strength)
  })
  return Array.from({ length: parameters.count }, (_, index) => {
    const random = context.random(index)
    return momentumAgent(random, variedBy(random, VARIED, parameters.variation))
  })

  function momentumAgent(random: AgentRandom, varied: number): Agent {
    const arrivals = Math.min(1, maxOrderRate * varied)
    let nextStep = stepsUntilNext(random, ARRIVAL, arrivals) - 1
    return {
      act(view, orders) {
        if (view.step < nextStep) return orders.sleepUntil(nextStep)
        nextStep = view.step + stepsUntilNext(random, ARRIVAL, arrivals)
        orders.sleepUntil(nextStep)
        const { bestBid, bestAsk } = view
        if (bestBid === null || bestAsk === null || signal === 0) return
        const side = signal > 0 ? BUY : SELL
        const kind = random.draw(KIND) * maxOrderRate
        if (kind < limitProbability) {
          const back = Math.floor(-Math.log(random.draw(DISTANCE)) * parameters.distanceTicks)
          const price = onGrid((side === BUY ? bestBid : bestAsk) - side * back, parameters.gridTicks, side)
          if (price < 1) return
          const life = stepsUntilNext(random, LIFE, parameters.cancelRate)
          orders.limit(side, price, parameters.lots * lot, view.step + life)
        } else {
          const rate = marketProbability * spreadFactor(bestAsk - bestBid, referenceSpreadTicks)
          if (kind - limitProbability < rate) orders.market(side, parameters.lots * lot)
        }
      },
    }
  }
}
