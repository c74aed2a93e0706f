import type { Order, Side } from '../../../src/exchange/book/order.ts'
import type {
  Agent,
  AgentContext,
  AgentRandom,
  MarketView,
  OrderEntry,
} from '../../../src/exchange/engine/agent.ts'
import { uniformOf } from '../../../src/market/random.ts'

/** What an agent sent. */
export interface Sent {
  readonly step: number
  readonly kind: 'market' | 'ioc' | 'limit'
  readonly side: Side
  readonly quantity: number
  readonly price: number | null
}

/** A view with a quiet market around 100,000 ticks. */
export function quietView(step: number, changes: Partial<MarketView> = {}): MarketView {
  return {
    step,
    tickSize: 0.01,
    bestBid: 99_995,
    bestAsk: 100_005,
    bidSize: 1_000,
    askSize: 1_000,
    mid: 100_000,
    previousMid: 100_000,
    midBefore: 100_000,
    fundamental: 100_000,
    activity: 1,
    lastTradePrice: 100_000,
    previousTrades: [],
    sizeAt: () => 0,
    depth: () => 0,
    volumeOver: () => 0,
    flowOver: () => 0,
    ...changes,
  }
}

/** Lets one agent act in `steps` steps; every order is filled by `filled` of its quantity. */
export function letAct(
  agent: Agent,
  steps: number,
  { view = (step: number) => quietView(step), filled = (quantity: number) => quantity } = {},
): Sent[] {
  const sent: Sent[] = []
  let awakeAt = 0
  let step = 0
  const note = (kind: Sent['kind'], side: Side, quantity: number, price: number | null) => {
    sent.push({ step, kind, side, quantity, price })
    return filled(quantity)
  }
  const account = {
    id: 0,
    name: 'agent',
    population: 'agents',
    cash: 0,
    shares: 0,
    firstOrder: null,
    openOrders: 0,
  }
  const orders: OrderEntry = {
    account,
    limit(side, price, quantity): Order {
      note('limit', side, quantity, price)
      const links = { next: null, previous: null, nextOwn: null, previousOwn: null }
      return {
        id: 1,
        owner: account,
        side,
        price,
        remaining: quantity,
        isResting: true,
        bornStep: step,
        tag: null,
        ...links,
      }
    },
    ioc: (side, price, quantity) => note('ioc', side, quantity, price),
    market: (side, quantity) => note('market', side, quantity, null),
    cancel: () => false,
    cancelAll: () => {},
    modify: () => false,
    sleepUntil: (wake) => {
      awakeAt = wake
    },
    wake: () => {
      awakeAt = step
    },
  }
  for (; step < steps; step++) {
    if (step >= awakeAt) agent.act(view(step), orders)
  }
  return sent
}

/** A context whose draws depend on seed, agent, step, purpose and number; `stepNow` gives the step of a draw. */
export function handMadeContext(stepNow: () => number = () => 0, seed = 1): AgentContext {
  return {
    tickSize: 0.01,
    lot: 100,
    initialPrice: 100_000,
    steps: 36_000,
    random: (index): AgentRandom => ({
      draw: (purpose, n = 0) => uniformOf(seed, index, stepNow(), purpose, n),
      normal: () => 0,
    }),
    beforeStep: () => {},
  }
}
