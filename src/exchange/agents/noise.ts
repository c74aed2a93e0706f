import { z } from 'zod'
import type { Side } from '../book/order.ts'
import { BUY, SELL } from '../book/order.ts'
import type { Agent, AgentFactory, AgentRandom, MarketView, OrderEntry } from '../engine/agent.ts'
import { onGrid, spreadFactor, stepsUntilNext, variedBy } from './arrivals.ts'

/**
 * Noise agents. Limit orders come at a fixed rate, on either side, at a distance with a power-law tail (as measured by
 * Mike and Farmer, Journal of Economic Dynamics and Control 32, 2008). Market orders are parts of hidden orders of
 * Pareto length: an agent keeps its side until the hidden order is done, which gives order signs long memory (Lillo, Mike
 * and Farmer, Physical Review E 71, 2005).
 */
export const noiseParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  eta: z.number().min(0).max(1).describe('Limit orders of an agent a step.'),
  kappa: z
    .number()
    .min(0)
    .max(1)
    .describe('Market orders of an agent a step, at activity 1 and a spread of at most `referenceSpread`.'),
  cancelRate: z.number().gt(0).max(1).describe('Probability a step that a resting order is cancelled.'),
  gridTicks: z.int().min(1).default(1).describe('Limit prices are multiples of this.'),
  lots: z.int().min(1).default(1).describe('Lots of one order.'),
  insideFraction: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('Share of limit orders placed inside the spread.'),
  distanceTicks: z
    .number()
    .gt(0)
    .default(5)
    .describe('Scale of the distance of the other limit orders from the best price of their side.'),
  distanceExponent: z.number().gt(0).default(1.3).describe("Exponent of the distance's tail."),
  maxDistanceTicks: z.int().min(1).default(500).describe('The largest distance.'),
  hiddenOrderExponent: z.number().gt(1).default(1.6).describe('Exponent of the length of hidden orders.'),
  hiddenOrderMaxLots: z.int().min(1).default(1_000).describe('The longest hidden order, in lots.'),
  referenceSpread: z
    .number()
    .gt(0)
    .default(0.1)
    .describe('Above this spread, in dollars, market orders come more rarely, by the ratio of the two.'),
  activityExponent: z
    .number()
    .min(0)
    .max(2)
    .default(0.5)
    .describe('The rate of market orders grows as this power of the activity of the fundamental value.'),
  valueBias: z
    .number()
    .min(0)
    .default(0)
    .describe(
      'How much a new hidden order leans towards the fundamental value: change of its odds to buy for each dollar.',
    ),
  variation: z
    .number()
    .min(0)
    .lt(1)
    .default(0.35)
    .describe('Rates of the agents differ by up to this fraction.'),
})

export type NoiseParameters = z.infer<typeof noiseParameters>

const VARIED = 1
const ARRIVAL = 2
const KIND = 3
const SIDE = 4
const PLACE = 5
const DISTANCE = 6
const LIFE = 7
const LENGTH = 8

/** Market orders come at most at this multiple of `kappa`. */
const MAX_RATE_FACTOR = 3

export const noiseAgents: AgentFactory<NoiseParameters> = (parameters, context) => {
  const { tickSize, lot } = context
  const referenceSpreadTicks = parameters.referenceSpread / tickSize
  let rateFactor = 1
  context.beforeStep((view) => {
    rateFactor = Math.min(MAX_RATE_FACTOR, view.activity ** parameters.activityExponent)
  })

  return Array.from({ length: parameters.count }, (_, index) => {
    const random = context.random(index)
    const varied = variedBy(random, VARIED, parameters.variation)
    return noiseAgent(random, varied)
  })

  function noiseAgent(random: AgentRandom, varied: number): Agent {
    const limitRate = parameters.eta * varied
    const marketRate = parameters.kappa * varied
    const arrivals = Math.min(1, limitRate + marketRate * MAX_RATE_FACTOR)
    const limitFraction = limitRate / (limitRate + marketRate * MAX_RATE_FACTOR)
    let nextStep = stepsUntilNext(random, ARRIVAL, arrivals) - 1
    let hiddenSide: Side = BUY
    let hiddenLots = 0

    return {
      act(view, orders) {
        if (view.step >= nextStep) {
          const kind = random.draw(KIND)
          if (kind < limitFraction) placeLimit(view, orders)
          else if ((kind - limitFraction) / (1 - limitFraction) < marketProbability(view))
            sendMarket(view, orders)
          nextStep = view.step + stepsUntilNext(random, ARRIVAL, arrivals)
        }
        orders.sleepUntil(nextStep)
      },
    }

    /** Probability that a candidate becomes a market order. */
    function marketProbability({ bestBid, bestAsk }: MarketView): number {
      if (bestBid === null || bestAsk === null) return 0
      return (rateFactor * spreadFactor(bestAsk - bestBid, referenceSpreadTicks)) / MAX_RATE_FACTOR
    }

    function sendMarket(view: MarketView, orders: OrderEntry): void {
      if (hiddenLots <= 0) {
        const dollarsBelowValue = (view.fundamental - view.mid) * tickSize
        hiddenSide = random.draw(SIDE) < 0.5 + parameters.valueBias * dollarsBelowValue ? BUY : SELL
        const length = Math.ceil(random.draw(LENGTH) ** (-1 / parameters.hiddenOrderExponent))
        hiddenLots = Math.min(length, parameters.hiddenOrderMaxLots)
      }
      hiddenLots -= parameters.lots
      orders.market(hiddenSide, parameters.lots * lot)
    }

    function placeLimit(view: MarketView, orders: OrderEntry): void {
      const side = random.draw(SIDE, 1) < 0.5 ? BUY : SELL
      const price = onGrid(limitPrice(view, side), parameters.gridTicks, side)
      if (price < 1) return
      const life = stepsUntilNext(random, LIFE, parameters.cancelRate)
      orders.limit(side, price, parameters.lots * lot, view.step + life)
    }

    function limitPrice({ bestBid, bestAsk, mid }: MarketView, side: Side): number {
      const own = (side === BUY ? bestBid : bestAsk) ?? mid - (side * referenceSpreadTicks) / 2
      const other = side === BUY ? bestAsk : bestBid
      if (other !== null && random.draw(PLACE) < parameters.insideFraction) {
        const room = Math.max(0, (other - own) * side - 1)
        return own + side * Math.round(room * random.draw(DISTANCE))
      }
      const distance =
        parameters.distanceTicks * (random.draw(DISTANCE) ** (-1 / parameters.distanceExponent) - 1)
      return own - side * Math.round(Math.min(distance, parameters.maxDistanceTicks))
    }
  }
}
