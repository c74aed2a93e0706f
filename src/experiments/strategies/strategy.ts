/** One price of one side of the book, with everything that rests there. */
export interface BookLevel {
  /** Dollars. */
  readonly price: number
  /** Shares. */
  readonly qty: number
}

export type Side = 'BUY' | 'SELL'

/** A trade of the market; `side` is that of the incoming order. */
export interface MarketTrade {
  readonly price: number
  readonly qty: number
  readonly side: Side
}

/** What a strategy sees of the market at one step. Absent values are null, never 0. */
export interface StepMarket {
  readonly step: number
  /** Market time as the venue states it, ISO 8601. */
  readonly timestamp: string
  /** Best prices in dollars; null if that side is empty. */
  readonly bid: number | null
  readonly ask: number | null
  /** (bid + ask) / 2 and ask − bid; null unless both sides have orders. */
  readonly mid: number | null
  readonly spread: number | null
  /** Shares at the best price; null if that side is empty. */
  readonly bidSize: number | null
  readonly askSize: number | null
  /** Levels of each side, best first, as many as the venue sends. */
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
  /** Trades since the step before, the strategy's own included. */
  readonly trades: readonly MarketTrade[]
  /** Price of the latest trade of the run; null before the first. */
  readonly lastTrade: number | null
}

/** An order of the strategy that is still open. */
export interface OpenOrder {
  readonly orderId: string
  readonly side: Side
  readonly price: number
  readonly qty: number
  /** Shares that are not filled yet. */
  readonly remaining: number
  readonly sentAtStep: number
}

/** What a strategy knows about itself at one step, with all fills so far. */
export interface OwnState {
  /** Shares; negative when short. */
  readonly inventory: number
  /** Dollars received less dollars paid. */
  readonly cashFlow: number
  /** cashFlow + inventory × the last valid mid; null before there is one. */
  readonly pnl: number | null
  /** Oldest first. */
  readonly openOrders: readonly OpenOrder[]
  /** Orders sent since the start of the run. */
  readonly ordersSent: number
}

/** A limit order: `price` in dollars, `qty` in shares, a multiple of 100. */
export interface OrderAction {
  readonly kind: 'order'
  readonly side: Side
  readonly price: number
  readonly qty: number
}

/** Cancels one of `openOrders`. */
export interface CancelAction {
  readonly kind: 'cancel'
  readonly orderId: string
}

export type StrategyAction = OrderAction | CancelAction

/**
 * One experiment: what to do at each step. `decide` is called once a step, in order, and its actions are sent before the
 * market moves on; an empty list lets the market move alone. Under the rules research the runner cancels earlier open
 * orders before it sends new ones, and skips an order that could take the inventory beyond ±5,000 shares.
 */
export interface Strategy {
  /** Letters, digits, `_` and `-`; part of the file names of its runs. */
  readonly name: string
  /** One line for `--list-experiments`. */
  readonly description: string
  /** A passive strategy never sends an order: its runs are the baselines of the others. */
  readonly mode: 'passive' | 'active'
  decide(step: number, market: StepMarket, state: OwnState): readonly StrategyAction[]
}

/** The run that a strategy is made for; `seed` is null where the venue has none. */
export interface StrategyRun {
  readonly scenario: string
  readonly seed: number | null
}

/**
 * A file of a user's own exports a strategy by default, or a function that makes one. The function is called once a run,
 * so that the strategy may keep state of its own; it must give the same name, description and mode each time.
 */
export type StrategyFactory = (run: StrategyRun) => Strategy
