import type { Order, OrderOwner, Side } from '../book/order.ts'

/**
 * The contract between the stepped market and its agents. Prices are in ticks, quantities in shares, cash in ticks ×
 * shares. Every population is one file `src/exchange/agents/<population>.ts` with two exports: the zod schema of its
 * parameters, `<population>Parameters`, and its factory, `<population>Agents`, of the type AgentFactory.
 */

/** One account: cash and shares may be negative; over all accounts both sums are constant. */
export interface Account extends OrderOwner {
  /** Counts up from 0 in order of creation; agents come before participants. */
  readonly id: number
  readonly name: string
  /** The population it belongs to; `outside` for a participant from outside. */
  readonly population: string
  /** Ticks × shares. */
  cash: number
  shares: number
}

export interface Trade {
  readonly step: number
  /** Ticks. */
  readonly price: number
  readonly quantity: number
  /** The side of the incoming order. */
  readonly side: Side
  readonly buyer: Account
  readonly seller: Account
}

/** One part of an order that was filled, as its owner sees it. */
export interface Fill {
  readonly order: Order
  /** Ticks. */
  readonly price: number
  readonly quantity: number
  /** Shares that are still to be filled. */
  readonly remaining: number
  /** Whether the order was resting when it was filled. */
  readonly isMaker: boolean
}

/** The market as everyone sees it at this moment, within a step too. One object, valid during the call only. */
export interface MarketView {
  /** 0 is the first step; a step is 100 ms. */
  readonly step: number
  /** Dollars. */
  readonly tickSize: number
  /** Ticks; null when the side is empty. */
  readonly bestBid: number | null
  readonly bestAsk: number | null
  /** Shares at the best price; 0 when the side is empty. */
  readonly bidSize: number
  readonly askSize: number
  /** Mid price in ticks (may end in .5): of the last moment with two sides; the initial price before. */
  readonly mid: number
  /** The mid price at the end of the step before, and of the one before that. */
  readonly previousMid: number
  readonly midBefore: number
  /** The fundamental value in ticks, not rounded. */
  readonly fundamental: number
  /** The volatility of the fundamental value relative to its mean, 1 on average (a process without states has 1). */
  readonly activity: number
  /** Price of the last trade in ticks; null before the first. */
  readonly lastTradePrice: number | null
  /** Trades of the step before, in order of time. */
  readonly previousTrades: readonly Trade[]
  /** Shares at a price; of either side, 0 when there are none. */
  sizeAt(price: number): number
  /** Shares resting on a side in its best `levels` prices. */
  depth(side: Side, levels: number): number
  /** Shares traded in the last `steps` finished steps, at most 36,000. */
  volumeOver(steps: number): number
  /** Shares bought minus shares sold by incoming orders in the last `steps` finished steps, at most 36,000. */
  flowOver(steps: number): number
}

/** What one agent can do; orders are matched at once. */
export interface OrderEntry {
  readonly account: Account
  /**
   * Buys or sells at the price or better; what is left rests. With `expiresAt` it is cancelled at the beginning of that
   * step. Returns the order: `isResting` and `remaining` say what became of it, now and later.
   */
  limit(side: Side, price: number, quantity: number, expiresAt?: number): Order
  /** Fills what it can at the price or better, cancels the rest. Returns the shares filled. */
  ioc(side: Side, price: number, quantity: number): number
  /** Fills what it can, within the scenario's limits for agents. Returns the shares filled. */
  market(side: Side, quantity: number): number
  /** False when the order does not rest any more. */
  cancel(order: Order): boolean
  cancelAll(): void
  /** A smaller quantity at the same price keeps the place in the queue; anything else loses it. */
  modify(order: Order, price: number, remaining: number): boolean
  /** The agent acts next in that step and not before: cheaper than an agent that looks and does nothing. */
  sleepUntil(step: number): void
  /** Ends a sleep: the agent acts in the next step. */
  wake(): void
}

/**
 * Draws of one agent. Each is a function of scenario seed, agent, step, purpose and `n` alone, so what others do never
 * changes it. A purpose is a small integer, one for each decision; `n` numbers the draws of one purpose in one step.
 */
export interface AgentRandom {
  /** Uniform between 0 and 1, neither included. */
  draw(purpose: number, n?: number): number
  /** Standard normal. */
  normal(purpose: number, n?: number): number
}

export interface Agent {
  /** Shares it owns at the start; 0 when absent. */
  readonly initialShares?: number
  /** Its turn in a step. Draws nothing from anywhere but its AgentRandom. */
  act(view: MarketView, orders: OrderEntry): void
  /** One of its orders was filled, possibly in another agent's turn. Must not trade here: `orders.wake()` and act. */
  onFill?(fill: Fill, orders: OrderEntry): void
}

/** What a factory needs besides its parameters. */
export interface AgentContext {
  /** Dollars a tick. */
  readonly tickSize: number
  /** Shares a lot. */
  readonly lot: number
  /** Ticks. */
  readonly initialPrice: number
  /** Steps of the scenario. */
  readonly steps: number
  /** The draws of this population's agent `index`. In a factory the step is −1: draws of an agent's own parameters. */
  random(index: number): AgentRandom
  /** Called once a step before any agent acts: a signal that the agents of a population share is computed here. */
  beforeStep(listener: (view: MarketView) => void): void
}

export type AgentFactory<Parameters> = (parameters: Parameters, context: AgentContext) => Agent[]
