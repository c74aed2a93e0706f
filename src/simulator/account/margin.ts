import type { SimContract } from '../market/market.ts'
import { createSpreadCover } from './spread-cover.ts'

/** What an account holds at one moment. */
export interface Holdings {
  /** Dollars; negative: borrowed. */
  readonly cash: number
  readonly positions: readonly ValuedPosition[]
  /** Price of an underlying in dollars; null when the market has none. */
  underlyingPrice(conId: number): number | null
}

export interface ValuedPosition {
  readonly contract: SimContract
  /** Shares or contracts; negative: short. */
  readonly quantity: number
  /** What one share, or one share of the option, is worth, dollars. */
  readonly price: number
}

/** The account values that a margin rule gives, in dollars. */
export interface MarginFigures {
  /** Cash and the market value of all positions. */
  readonly netLiquidation: number
  /** Cash and the market value of the stocks: options have no loan value. */
  readonly equityWithLoan: number
  readonly grossPositionValue: number
  readonly initialMargin: number
  readonly maintenanceMargin: number
  /** Equity with loan value less the initial margin. Below zero nothing more can be opened. */
  readonly availableFunds: number
  /** Equity with loan value less the maintenance margin. */
  readonly excessLiquidity: number
  /** The value of the stocks that could be bought with the available funds; never negative. */
  readonly buyingPower: number
  /** Excess liquidity as a fraction of the net liquidation value; 0 when there is none. */
  readonly cushionFraction: number
}

/** Shares of a stock position's value, after Regulation T and FINRA rule 4210. */
const STOCK = {
  initialFraction: 0.5,
  maintenanceLongFraction: 0.25,
  maintenanceShortFraction: 0.3,
}
/** Shares of the underlying's price that an uncovered option needs, beside its own value. */
const UNCOVERED = { fraction: 0.2, leastFraction: 0.1 }

/**
 * The account's margin by a rule as of Regulation T, stated in docs/simulator.md. Options are paid in full and lend
 * nothing; a written option is covered by a bought one, then by shares, and only what is left is uncovered.
 */
export function marginOf(holdings: Holdings): MarginFigures {
  const stocks = holdings.positions.filter(({ contract }) => contract.secType !== 'OPT')
  const values = holdings.positions.map(marketValue)
  const stockValues = stocks.map(marketValue)
  const options = optionMargin(holdings)
  const initialMargin = sum(stockValues.map((value) => Math.abs(value) * STOCK.initialFraction)) + options
  const maintenanceMargin = sum(stockValues.map(maintenanceOf)) + options
  const netLiquidation = holdings.cash + sum(values)
  const equityWithLoan = holdings.cash + sum(stockValues)
  const availableFunds = equityWithLoan - initialMargin
  const excessLiquidity = equityWithLoan - maintenanceMargin
  return {
    netLiquidation,
    equityWithLoan,
    grossPositionValue: sum(values.map(Math.abs)),
    initialMargin,
    maintenanceMargin,
    availableFunds,
    excessLiquidity,
    buyingPower: Math.max(0, availableFunds) / STOCK.initialFraction,
    cushionFraction: netLiquidation > 0 ? excessLiquidity / netLiquidation : 0,
  }
}

/** One leg of a trade: what is bought (positive) or sold, and at which price in dollars. */
export interface Trade {
  readonly contract: SimContract
  readonly quantity: number
  readonly price: number
}

/** The holdings after trades and their commission in dollars. What was not held before is valued at its trade price. */
export function afterTrades(holdings: Holdings, trades: readonly Trade[], commission: number): Holdings {
  const positions = new Map(holdings.positions.map((position) => [position.contract.conId, position]))
  let cash = holdings.cash - commission
  for (const { contract, quantity, price } of trades) {
    cash -= quantity * price * sharesPerUnit(contract)
    const held = positions.get(contract.conId)
    positions.set(contract.conId, {
      contract,
      quantity: (held?.quantity ?? 0) + quantity,
      price: held?.price ?? price,
    })
  }
  return { ...holdings, cash, positions: [...positions.values()].filter(({ quantity }) => quantity !== 0) }
}

/** Whether the account can afford a change: an order that frees funds is allowed even when they are below zero. */
export function isAffordable(before: MarginFigures, after: MarginFigures): boolean {
  return after.availableFunds >= 0 || after.availableFunds >= before.availableFunds
}

/** Shares in one contract; 1 for a stock. */
export function sharesPerUnit(contract: SimContract): number {
  return contract.multiplier === '' ? 1 : Number(contract.multiplier)
}

/** Dollars; negative when short. */
export function marketValue({ contract, quantity, price }: ValuedPosition): number {
  return quantity * price * sharesPerUnit(contract)
}

function maintenanceOf(value: number): number {
  return value > 0 ? value * STOCK.maintenanceLongFraction : -value * STOCK.maintenanceShortFraction
}

/** The requirement of all options: for each underlying its dearer side, and what closing the uncovered ones costs. */
function optionMargin({ positions, underlyingPrice }: Holdings): number {
  const held = new Map(positions.map(({ contract, quantity }) => [contract.conId, quantity]))
  const byUnderlying = new Map<number, ValuedPosition[]>()
  for (const position of positions) {
    const { secType, underlyingConId } = position.contract
    if (secType !== 'OPT') continue
    const own = byUnderlying.get(underlyingConId)
    if (own) own.push(position)
    else byUnderlying.set(underlyingConId, [position])
  }
  return sum(
    [...byUnderlying].map(([conId, own]) => {
      const shares = held.get(conId) ?? 0
      const spot = underlyingPrice(conId)
      // Only one side can end in the money.
      const calls = sideMargin(own, { right: 'C', cover: Math.max(0, shares), spot })
      const puts = sideMargin(own, { right: 'P', cover: Math.max(0, -shares), spot })
      return Math.max(calls.risk, puts.risk) + calls.closing + puts.closing
    }),
  )
}

interface Side {
  readonly right: 'C' | 'P'
  /** Shares that cover written options: held for calls, sold short for puts. */
  readonly cover: number
  readonly spot: number | null
}

/** `risk`: what spreads can lose and uncovered options need; `closing`: the value of what no bought option covers. */
function sideMargin(options: readonly ValuedPosition[], side: Side): { risk: number; closing: number } {
  const own = options.filter(({ contract }) => contract.right === side.right)
  const bought = createSpreadCover(
    own.filter(({ quantity }) => quantity > 0),
    side.right,
  )
  const written = own.filter(({ quantity }) => quantity < 0)
  const sign = side.right === 'C' ? 1 : -1
  // The dearest first: they gain most from cover.
  written.sort((a, b) => sign * (a.contract.strike - b.contract.strike))
  let { cover } = side
  let risk = 0
  let closing = 0
  for (const short of written) {
    const shares = sharesPerUnit(short.contract)
    const uncovered = uncoveredPerShare(short.contract, side.spot)
    let left = -short.quantity
    while (left > 0) {
      const long = bought.next(short.contract)
      if (!long) break
      const loss = lossPerShare(long.contract, short.contract)
      // A spread as wide as the requirement of the uncovered option is no help.
      if (loss >= uncovered + short.price) break
      const paired = Math.min(left, long.left)
      long.left -= paired
      left -= paired
      risk += paired * loss * shares
    }
    const byShares = Math.min(left, Math.floor(cover / shares))
    cover -= byShares * shares
    risk += (left - byShares) * uncovered * shares
    closing += left * short.price * shares
  }
  return { risk, closing }
}

/** The most that a spread can lose at expiry, beside what was paid or received for it, dollars per share. */
function lossPerShare(long: SimContract, short: SimContract): number {
  const difference = long.strike - short.strike
  return Math.max(0, short.right === 'C' ? difference : -difference)
}

/** Without a price of the underlying the option counts as at the money. */
function uncoveredPerShare({ strike, right }: SimContract, spot: number | null): number {
  const price = spot ?? strike
  const outOfTheMoney = Math.max(0, right === 'C' ? strike - price : price - strike)
  const least = UNCOVERED.leastFraction * (right === 'C' ? price : strike)
  return Math.max(UNCOVERED.fraction * price - outOfTheMoney, least)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
