import { toCents } from './cents.ts'
import type { OrderAction, OwnState, Side, StepMarket, Strategy, StrategyAction } from './strategy.ts'

// The experiments of the framework that this one follows, by its names and rules. Each is a pure function of the step,
// the market and the strategy's own state: the same ones give the same orders.

/** Shares of each order of the experiments that do not vary the quantity. */
const QTY = 100
/** Steps from one order to the next. */
const FREQUENCY = 10
/** inventory_mgmt looks more often, and reduces beyond this many shares. */
const INVENTORY_FREQUENCY = 5
const INVENTORY_THRESHOLD = 200

const NOTHING: readonly StrategyAction[] = []

/** Both sides of the market. */
interface Touch {
  readonly bid: number
  readonly ask: number
  readonly mid: number
}

function touchOf({ bid, ask, mid }: StepMarket): Touch | null {
  return bid === null || ask === null || mid === null ? null : { bid, ask, mid }
}

/** A limit order at a price in cents; none where the price would not be above 0. */
function order(side: Side, price: number, qty: number): readonly OrderAction[] {
  const cents = toCents(price)
  return cents > 0 ? [{ kind: 'order', side, price: cents, qty }] : []
}

/** BUY at the even multiples of the frequency, SELL at the odd ones. */
function alternatingSide(step: number): Side {
  return (step / FREQUENCY) % 2 === 0 ? 'BUY' : 'SELL'
}

const passive: Strategy = {
  name: 'passive',
  description: 'no orders: the baseline of all others',
  mode: 'passive',
  decide: () => NOTHING,
}

function aggressive(side: Side): Strategy {
  const isBuy = side === 'BUY'
  return {
    name: isBuy ? 'aggressive_buy_100' : 'aggressive_sell_100',
    description: `${side} at the ${isBuy ? 'ask' : 'bid'}, 100 shares, every 10 steps`,
    mode: 'active',
    decide: (step, { bid, ask }) => {
      const price = isBuy ? ask : bid
      return step % FREQUENCY !== 0 || price === null ? NOTHING : order(side, price, QTY)
    },
  }
}

/** Orders at alternating sides, every 10 steps, while both sides of the market have orders. */
function alternating(
  name: string,
  description: string,
  qty: number,
  priceOf: (side: Side, touch: Touch) => number,
): Strategy {
  return {
    name,
    description,
    mode: 'active',
    decide: (step, market) => {
      const touch = touchOf(market)
      if (step % FREQUENCY !== 0 || touch === null) return NOTHING
      const side = alternatingSide(step)
      return order(side, priceOf(side, touch), qty)
    },
  }
}

const spreadCross = alternating(
  'spread_cross_100',
  'BUY at the ask, SELL at the bid in turn, 100 shares, every 10 steps',
  QTY,
  (side, { bid, ask }) => (side === 'BUY' ? ask : bid),
)

function quantity(qty: number): Strategy {
  return alternating(
    `qty_${qty}`,
    `BUY and SELL in turn at the mid, ${qty} shares, every 10 steps`,
    qty,
    (side, { bid, ask, mid }) =>
      side === 'BUY' ? Math.min(toCents(mid), toCents(ask)) : Math.max(toCents(mid), toCents(bid)),
  )
}

const atPrice = (name: string, words: string, priceOf: (touch: Touch) => number) =>
  alternating(name, `BUY and SELL in turn at ${words}, 100 shares, every 10 steps`, QTY, (_, touch) =>
    priceOf(touch),
  )

/** Quotes 100 shares at both best prices, and beyond ±200 shares reduces at the other side's best price instead. */
function manageInventory(step: number, market: StepMarket, state: OwnState): readonly StrategyAction[] {
  const touch = touchOf(market)
  if (step % INVENTORY_FREQUENCY !== 0 || touch === null) return NOTHING
  const orders =
    state.inventory > INVENTORY_THRESHOLD
      ? order('SELL', touch.bid, QTY)
      : state.inventory < -INVENTORY_THRESHOLD
        ? order('BUY', touch.ask, QTY)
        : [...order('BUY', touch.bid, QTY), ...order('SELL', touch.ask, QTY)]
  // One order a side at most, under any rules: the new ones replace what is still open.
  const cancels = state.openOrders.map(({ orderId }) => ({ kind: 'cancel', orderId }) as const)
  return [...cancels, ...orders]
}

/** The 15 experiments, in the order of the lists. */
export const BUILT_IN_STRATEGIES: readonly Strategy[] = [
  passive,
  aggressive('BUY'),
  aggressive('SELL'),
  spreadCross,
  ...[100, 200, 300, 400, 500].map(quantity),
  atPrice('price_bid', 'the bid', ({ bid }) => bid),
  atPrice('price_ask', 'the ask', ({ ask }) => ask),
  atPrice('price_mid', 'the mid', ({ mid }) => mid),
  atPrice('price_bid_minus_1', 'the bid less 0.01', ({ bid }) => bid - 0.01),
  atPrice('price_ask_plus_1', 'the ask plus 0.01', ({ ask }) => ask + 0.01),
  {
    name: 'inventory_mgmt',
    description:
      'quotes 100 shares at the bid and the ask; beyond ±200 shares sells at the bid or buys at the ask, every 5 steps',
    mode: 'active',
    decide: manageInventory,
  },
]
