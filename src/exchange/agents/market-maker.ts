import { z } from 'zod'
import { BUY, type Order, SELL, type Side } from '../book/order.ts'
import type { Agent, AgentFactory, AgentRandom, MarketView, OrderEntry } from '../engine/agent.ts'
import { onGrid, stepsUntilNext, variedBy } from './arrivals.ts'
import { createFlowImpact } from './flow-impact.ts'

/**
 * Market makers after Avellaneda and Stoikov, Quantitative Finance 8(3), 2008: both quotes move against the inventory by
 * γ·s²·τ for each lot, and stand ½·γ·s²·τ and a fixed half spread from there (the paper has ln(1 + γ/k)/γ for it). The price
 * that they quote around is a reference of their own: it follows the mid slowly, leans towards the fundamental value (so they
 * know something of it), and moves with the order flow. Quotes around the mid itself would feed on themselves.
 */
export const marketMakerParameters = z.strictObject({
  count: z.int().min(0).max(10_000).describe('Agents.'),
  gamma: z.number().gt(0).describe('γ: aversion against inventory, for each lot and dollar.'),
  delta: z.number().gt(0).describe('Half of the spread that it wants without risk, dollars.'),
  maxEdge: z.number().gt(0).describe('Largest distance of its best quotes from its reference, dollars.'),
  inventoryLimit: z.int().min(1).describe('Shares at which it withdraws its quotes and unloads.'),
  safeInventory: z.int().min(0).describe('Shares down to which it unloads.'),
  restPeriod: z.int().min(0).describe('Steps that it stays out of the market after it has unloaded.'),
  unloadLots: z.int().min(1).default(5).describe('Lots of one market order when it unloads, one a step.'),
  horizonSteps: z.number().gt(0).default(10).describe('τ: how long it expects to hold a lot, steps.'),
  riskWeight: z
    .number()
    .min(0)
    .default(1)
    .describe('Weight of the term ½·γ·s²·τ in its spread; 1 in the paper.'),
  maxSkew: z.number().min(0).default(0.3).describe('Largest shift of its quotes for inventory, dollars.'),
  minVolatility: z
    .number()
    .min(0)
    .default(0)
    .describe('s is at least this for the shift for inventory, dollars by the root of a step.'),
  maxVolatility: z.number().gt(0).default(0.03).describe('Cap of s, dollars by the root of a step.'),
  followRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.02)
    .describe('Part of the gap to the mid that its reference closes in a step.'),
  valueRate: z
    .number()
    .min(0)
    .max(1)
    .default(0.015)
    .describe('Part of the gap to the value that its reference closes in a step.'),
  flowImpact: z
    .number()
    .min(0)
    .default(0)
    .describe('Shift of its reference by one lot that others bought in the step before, dollars.'),
  flowExponent: z
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe('The shift grows as this power of the flow of a step.'),
  flowMemory: z.int().min(1).max(8).default(6).describe('Slowest decay of that shift: 10·4^(n−1) steps.'),
  levels: z.int().min(1).max(20).default(1).describe('Quotes on each side.'),
  levelTicks: z.int().min(1).default(5).describe('Distance between them, ticks.'),
  lots: z.int().min(1).default(5).describe('Lots of one quote.'),
  requoteTicks: z
    .int()
    .min(1)
    .default(1)
    .describe('A quote stays while its price would change by less than this.'),
  requoteProbability: z
    .number()
    .gt(0)
    .max(1)
    .default(1)
    .describe('Probability a step that it looks at its quotes.'),
  gridTicks: z.int().min(1).default(1).describe('Prices are multiples of this.'),
  variation: z
    .number()
    .min(0)
    .lt(1)
    .default(0.35)
    .describe('Aversion and half spread of the agents differ by up to this fraction.'),
  limitVariation: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Inventory limits of the agents differ by up to this fraction.'),
})

export type MarketMakerParameters = z.output<typeof marketMakerParameters>

const VARIED_GAMMA = 1
const VARIED_EDGE = 2
const LOOK = 3
const VARIED_LIMIT = 4

/** Weight of the newest change in the estimate of the volatility: a memory of 20 s. */
const VOLATILITY_WEIGHT = 0.005

export const marketMakerAgents: AgentFactory<MarketMakerParameters> = (parameters, context) => {
  const { tickSize, lot } = context
  const maxVariance = parameters.maxVolatility ** 2
  const minVariance = parameters.minVolatility ** 2
  const impact = createFlowImpact(parameters)
  /** Dollars² a step. */
  let variance = maxVariance / 4
  /** Price without the effect of the flow, ticks. */
  let base = context.initialPrice
  /** Price that all makers quote around before their inventory, ticks. */
  let reference = context.initialPrice

  context.beforeStep((view) => {
    const change = (view.previousMid - view.midBefore) * tickSize
    variance += VOLATILITY_WEIGHT * (change * change - variance)
    const shift = impact.add(flowOfOthers(view) / lot) / tickSize
    base +=
      parameters.followRate * (view.mid - shift - base) + parameters.valueRate * (view.fundamental - base)
    reference = base + shift
  })

  return Array.from({ length: parameters.count }, (_, index) => marketMaker(context.random(index)))

  function marketMaker(random: AgentRandom): Agent {
    const gamma = parameters.gamma * variedBy(random, VARIED_GAMMA, parameters.variation)
    const halfSpread = parameters.delta * variedBy(random, VARIED_EDGE, parameters.variation)
    const limit = parameters.inventoryLimit * variedBy(random, VARIED_LIMIT, parameters.limitVariation)
    const bids: (Order | null)[] = new Array(parameters.levels).fill(null)
    const asks: (Order | null)[] = new Array(parameters.levels).fill(null)
    let isUnloading = false
    let nextLook = 0

    return {
      act(view, orders) {
        if (isUnloading || Math.abs(orders.account.shares) >= limit) return unload(view, orders)
        if (view.step < nextLook) return orders.sleepUntil(nextLook)
        quote(orders)
        nextLook = view.step + stepsUntilNext(random, LOOK, parameters.requoteProbability)
        if (nextLook > view.step + 1) orders.sleepUntil(nextLook)
      },
      onFill(fill, orders) {
        if (fill.isMaker && Math.abs(orders.account.shares) >= limit) orders.wake()
      },
    }

    function quote(orders: OrderEntry): void {
      const risk = gamma * Math.min(variance, maxVariance) * parameters.horizonSteps
      const shift = gamma * Math.max(minVariance, Math.min(variance, maxVariance)) * parameters.horizonSteps
      const wanted = (shift * orders.account.shares) / lot
      const skew = Math.max(-parameters.maxSkew, Math.min(parameters.maxSkew, wanted))
      const edge = Math.min(parameters.maxEdge, halfSpread + (parameters.riskWeight * risk) / 2)
      const centre = reference - skew / tickSize
      const bid = onGrid(centre - edge / tickSize, parameters.gridTicks, BUY)
      const ask = onGrid(centre + edge / tickSize, parameters.gridTicks, SELL)
      // Quotes that moved are withdrawn before any is placed, so that none meets another of its own.
      for (let level = 0; level < parameters.levels; level++) {
        withdrawIfMoved(bids, level, bid - level * parameters.levelTicks, orders)
        withdrawIfMoved(asks, level, ask + level * parameters.levelTicks, orders)
      }
      for (let level = 0; level < parameters.levels; level++) {
        place(bids, BUY, level, bid - level * parameters.levelTicks, orders)
        place(asks, SELL, level, ask + level * parameters.levelTicks, orders)
      }
    }

    function withdrawIfMoved(
      quotes: (Order | null)[],
      level: number,
      price: number,
      orders: OrderEntry,
    ): void {
      const order = quotes[level] as Order | null
      if (order?.isResting && Math.abs(order.price - price) >= parameters.requoteTicks) orders.cancel(order)
    }

    function place(
      quotes: (Order | null)[],
      side: Side,
      level: number,
      price: number,
      orders: OrderEntry,
    ): void {
      if (price >= 1 && !quotes[level]?.isResting)
        quotes[level] = orders.limit(side, price, parameters.lots * lot)
    }

    function unload(view: MarketView, orders: OrderEntry): void {
      if (!isUnloading) orders.cancelAll()
      const { shares } = orders.account
      const excess = Math.abs(shares) - parameters.safeInventory
      isUnloading = excess > 0
      if (!isUnloading) {
        nextLook = view.step + parameters.restPeriod
        orders.sleepUntil(nextLook)
        return
      }
      const lots = Math.min(parameters.unloadLots, Math.ceil(excess / lot))
      orders.market(shares > 0 ? SELL : BUY, lots * lot)
    }
  }
}

/**
 * Shares bought less shares sold by incoming orders in the step before, without what makers trade with each other: counted too,
 * a maker that takes a stale quote of another would move the reference of both, and so make more quotes stale.
 */
function flowOfOthers({ previousTrades }: MarketView): number {
  let shares = 0
  for (const { buyer, seller, side, quantity } of previousTrades) {
    if (buyer.population !== seller.population) shares += side * quantity
  }
  return shares
}
