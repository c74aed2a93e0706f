import type { RecordedFill, StepRecord } from '../files/step-record.ts'
import { markedAt } from '../position.ts'
import type { BookLevel, StepMarket } from '../strategies/strategy.ts'
import type { RunRules } from './outcome.ts'
import type { OwnOrders } from './own-orders.ts'
import type { PlannedRequests } from './plan-requests.ts'
import type { VenueRefusal } from './venue.ts'

/** What all records of a run have in common. */
export interface RunIdentity {
  readonly experiment: string
  readonly scenario: string
  readonly runId: string
  readonly mode: 'passive' | 'active'
  readonly seed: number | null
  readonly rules: RunRules
}

/** The record of a step: the only place where records are made. `own` as it is before the answer to this step. */
export function buildRecord(
  { experiment, scenario, runId, mode, seed, rules }: RunIdentity,
  market: StepMarket,
  own: OwnOrders,
  {
    fills,
    refusals,
    answer,
    decisionMs,
    stepMs,
  }: {
    readonly fills: readonly RecordedFill[]
    readonly refusals: readonly VenueRefusal[]
    readonly answer: PlannedRequests
    readonly decisionMs: number | null
    readonly stepMs: number | null
  },
): StepRecord {
  const { bid, ask, mid, spread, bids, asks } = market
  const { position, mark } = own
  const { pnl, unrealisedPnl } = markedAt(position, mark)
  const orders = answer.orders.map(({ orderId, side, price, qty }) => ({
    ...{ order_id: orderId, side, price, qty },
  }))
  const last = fills.at(-1)
  return {
    step: market.step,
    timestamp: market.timestamp,
    ...{ experiment, scenario, run_id: runId, mode },
    market: {
      ...{ bid, ask, mid, spread, last_trade: market.lastTrade },
      ...{ bid_size: market.bidSize, ask_size: market.askSize },
    },
    book: {
      ...{ bids: [...bids], asks: [...asks] },
      ...{ bid_depth: depthOf(bids), ask_depth: depthOf(asks) },
    },
    state: {
      ...{ inventory: position.inventory, cash_flow: position.cashFlow, pnl, orders_sent: own.ordersSent },
      ...{ open_orders: own.open.length, mark, average_price: position.averagePrice },
      ...{ realised_pnl: position.realisedPnl, unrealised_pnl: unrealisedPnl },
    },
    action: orders[0] ?? null,
    fill: last
      ? {
          ...{ side: last.side, price: last.price, qty: last.qty },
          ...{ order_id: last.order_id, latency_ms: last.latency_ms },
        }
      : null,
    ...{ seed, rules, trades: [...market.trades], orders },
    cancels: [...answer.cancels],
    skipped: [...answer.skipped],
    refused: refusals.map(({ orderId, code, message }) => ({ order_id: orderId, code, message })),
    fills: [...fills],
    timing: { decision_ms: decisionMs, step_ms: stepMs },
  }
}

function depthOf(levels: readonly BookLevel[]): number {
  let shares = 0
  for (const { qty } of levels) shares += qty
  return shares
}
