import type { Side } from '../book/order.ts'
import type { Account, Trade } from '../engine/agent.ts'

/**
 * What is seen of a market after one step. There is one object for the whole run, overwritten at every step: a collector
 * copies what it needs and keeps no reference. Prices are in ticks, quantities in shares, times in steps.
 */
export interface StepObservation {
  /** Number of the step that has just ended, from 0. */
  readonly step: number
  /** Best prices after the step; null when that side is empty. */
  readonly bestBid: number | null
  readonly bestAsk: number | null
  /** Middle of the best prices (may end in .5); null unless both sides are there. */
  readonly mid: number | null
  /** Value of the fundamental process after the step, not rounded. */
  readonly fundamental: number
  /** Trades of the step in order of time. The array is only valid during the call. */
  readonly trades: readonly Trade[]
  /** Orders that came to rest in the book in the step, and resting orders that were cancelled or expired in it. */
  readonly restedCount: number
  readonly cancelledCount: number
  /** Resting orders that ended in the step, filled or cancelled, and the sum of their times in the book. */
  readonly endedCount: number
  readonly endedLifeSteps: number
}

/** What a collector may ask about the market, at its creation and in every step. */
export interface ObservedMarket {
  readonly tickDollars: number
  readonly stepsPerSecond: number
  /** In the order of their ids, the same for the whole run. */
  readonly accounts: readonly Account[]
  /** Shares resting on a side in its best `levels` prices now. */
  depth(side: Side, levels: number): number
  /** Shares resting on a side no further than `ticks` from the best price of that side now. */
  depthWithin(side: Side, ticks: number): number
}

/**
 * What a run leaves behind. A value that cannot be had is null; a series is pooled over the runs of several seeds.
 * Both go from a worker process to its parent as JSON, so a series stays short (thousands of numbers).
 */
export interface RunMetrics {
  readonly values: Readonly<Record<string, number | null>>
  readonly series: Readonly<Record<string, readonly number[]>>
}

/** Measures one run step by step, in bounded memory. */
export interface MetricCollector {
  observe(observation: StepObservation): void
  finish(): RunMetrics
}
