import { createHalfLife } from '../../statistics/half-life.ts'
import { hurstExponent } from '../../statistics/long-memory.ts'
import { standardDeviation } from '../../statistics/moments.ts'
import { createSpreadCounts, meanSpread } from '../../statistics/spread-distribution.ts'
import type { Account } from '../engine/agent.ts'
import type { MetricCollector, ObservedMarket, RunMetrics, StepObservation } from './collector.ts'

/** Depth and inventories are looked at once in so many steps. */
const SAMPLE_STEPS = 10
/** Order signs of a run that are kept for the Hurst exponent. */
const MAX_SIGNS = 400_000
const DEPTH_LEVELS = 10
const MINUTES_A_YEAR = 252 * 390

/** The population of the makers in the built-in scenarios. */
const MAKERS = 'market_maker'

/**
 * The figures of one run that any scenario has: prices, returns, spread, depth, orders, inventories.
 *
 * Series: `minuteReturns` (logarithmic; a minute without a valid mid keeps the one before), `spreadCounts` (steps by
 * spread in ticks).
 */
export function createMarketMetrics(market: ObservedMarket): MetricCollector {
  const { tickDollars, stepsPerSecond } = market
  const minuteSteps = 60 * stepsPerSecond
  const makers = market.accounts.filter(({ population }) => population === MAKERS)
  const inventories = makers.map(({ shares }) => shares)
  const halfLife = createHalfLife(SAMPLE_STEPS)
  const spreads = createSpreadCounts()
  const signs = new Int8Array(MAX_SIGNS)
  const minuteReturns: number[] = []
  let signCount = 0
  let steps = 0
  let twoSidedSteps = 0
  let lowestMid = Number.POSITIVE_INFINITY
  let highestMid = Number.NEGATIVE_INFINITY
  let lastMid: number | null = null
  let minuteMid: number | null = null
  let samples = 0
  let depthShares = 0
  let trades = 0
  let tradedShares = 0
  let cancelled = 0
  let ended = 0
  let endedLife = 0

  return {
    observe(seen) {
      steps++
      observePrices(seen)
      observeTrades(seen)
      cancelled += seen.cancelledCount
      ended += seen.endedCount
      endedLife += seen.endedLifeSteps
      if (steps % SAMPLE_STEPS === 0) sample()
    },
    finish,
  }

  function observePrices({ bestBid, bestAsk, mid }: StepObservation): void {
    if (bestBid !== null && bestAsk !== null && mid !== null) {
      twoSidedSteps++
      spreads.add(bestAsk - bestBid)
      lastMid = mid
      if (mid < lowestMid) lowestMid = mid
      if (mid > highestMid) highestMid = mid
    }
    if (steps % minuteSteps !== 0 || lastMid === null) return
    if (minuteMid !== null) minuteReturns.push(Math.log(lastMid / minuteMid))
    minuteMid = lastMid
  }

  /** An incoming order that meets several resting ones is one sign. */
  function observeTrades(seen: StepObservation): void {
    let taker: Account | null = null
    for (const trade of seen.trades) {
      trades++
      tradedShares += trade.quantity
      const from = trade.side === 1 ? trade.buyer : trade.seller
      if (from !== taker && signCount < MAX_SIGNS) signs[signCount++] = trade.side
      taker = from
    }
  }

  function sample(): void {
    samples++
    depthShares += market.depth(1, DEPTH_LEVELS) + market.depth(-1, DEPTH_LEVELS)
    for (const [at, maker] of makers.entries()) {
      halfLife.add(maker.shares, inventories[at] as number)
      inventories[at] = maker.shares
    }
  }

  function finish(): RunMetrics {
    const spreadCounts = spreads.counts()
    const spreadTicks = meanSpread(spreadCounts)
    const deviation = standardDeviation(minuteReturns)
    const life = halfLife.steps()
    return {
      values: {
        twoSidedFraction: twoSidedSteps / steps,
        lowestMidDollars: lastMid === null ? null : lowestMid * tickDollars,
        highestMidDollars: lastMid === null ? null : highestMid * tickDollars,
        midRangeFraction: lastMid === null ? null : (highestMid - lowestMid) / lowestMid,
        meanSpreadDollars: spreadTicks === null ? null : spreadTicks * tickDollars,
        maxSpreadDollars: spreadTicks === null ? null : (spreadCounts.length - 1) * tickDollars,
        yearlyVolatility: deviation === null ? null : deviation * Math.sqrt(MINUTES_A_YEAR),
        meanLevelShares: samples === 0 ? null : depthShares / samples / (2 * DEPTH_LEVELS),
        tradesPerMinute: (trades / steps) * minuteSteps,
        sharesPerMinute: (tradedShares / steps) * minuteSteps,
        cancelsPerTrade: trades === 0 ? null : cancelled / trades,
        orderLifeSeconds: ended === 0 ? null : endedLife / ended / stepsPerSecond,
        signHurst: hurstExponent(signs.subarray(0, signCount)),
        makerHalfLifeMinutes: life === null ? null : life / minuteSteps,
      },
      series: { minuteReturns, spreadCounts },
    }
  }
}
