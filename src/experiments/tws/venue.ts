import type { StockContract } from '../../gateway/orders/order.ts'
import type { OrderEntry } from '../../gateway/orders/order-entry.ts'
import { describeState, isOutage } from '../../gateway/supervisor/state.ts'
import type { SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import type { Clock } from '../../market/clock.ts'
import type { Venue, VenueEnd, VenueEndReason, VenueStep } from '../run/venue.ts'
import { describeLeftOrder, describeShares, orderMark } from './left-orders.ts'
import { openRunOrders } from './run-orders.ts'
import { stepMarketOf } from './step-market.ts'
import { openStockFeed } from './stock-feed.ts'

export interface TwsVenueOptions {
  readonly runId: string
  readonly stock: StockContract
  /** From one step to the next, ms of the wall clock. */
  readonly stepMs: number
  /** Steps of a run for which nobody gives a number. */
  readonly steps: number
  /** How long a lost gateway, or a stock without prices, is waited for, ms. */
  readonly lostLimitMs: number
  /** How long the answers to the last cancels are waited for, ms. */
  readonly cancelLimitMs: number
}

/** How often a lost gateway is looked for, ms. */
const LOOK_MS = 50

/**
 * A run over TWS: wall-clock steps, the prices and the depth that the gateway sends, and orders through the order entry,
 * which alone decides whether an order may be sent. A step begins with its requests, and ends when the length of a step has
 * passed since the step before; where the message rate makes sending longer than that, the next step begins later, and
 * none is left out. A lost gateway makes a step longer, by the limit at most.
 *
 * Supervisor and order entry stay open. `report` gets one line for what a person should know.
 */
export function openTwsVenue(
  { supervisor, entry }: { readonly supervisor: SessionSupervisor; readonly entry: OrderEntry },
  options: TwsVenueOptions,
  {
    clock,
    signal,
    report,
  }: { readonly clock: Clock; readonly signal: AbortSignal; readonly report: (line: string) => void },
): Venue {
  const { runId, stock, stepMs, lostLimitMs } = options
  const feed = openStockFeed(supervisor, stock, { clock, report })
  const orders = openRunOrders(entry, {
    instrument: { kind: 'stock', contract: stock },
    refPrefix: orderMark(runId),
    clock,
    signal,
    report,
  })
  let step = 0
  let dueAtMs = 0
  let isClosed = false

  /** Why no step can be made at the moment; null if one can. */
  function obstacle(): string | null {
    const state = supervisor.state()
    if (isOutage(state)) return `the gateway is lost: ${describeState(state)}`
    if (feed.view() === null) {
      const words = feed.refusal()
      return `no prices of ${stock.symbol} have come${words === null ? '' : ` (${words})`}`
    }
    const refusal = entry.refusal()
    return refusal === null ? null : `orders cannot be sent: ${refusal}`
  }

  /** Waits until a step can be made. Returns why not, after the limit. */
  async function awaitGateway(): Promise<string | null> {
    const first = obstacle()
    if (first === null) return null
    if (step > 0) report(`${first}; waiting up to ${Math.round(lostLimitMs / 1_000)} s`)
    const fromMs = clock.monotonicMs()
    for (let now: string | null = first; now !== null; now = obstacle()) {
      if (clock.monotonicMs() - fromMs >= lostLimitMs) return now
      await clock.sleep(LOOK_MS, signal)
    }
    if (step > 0) report(`the run goes on after ${((clock.monotonicMs() - fromMs) / 1_000).toFixed(1)} s`)
    return null
  }

  function endOf(end: VenueEndReason): VenueEnd {
    const { fills, refusals } = orders.news()
    return { kind: 'end', end, fills, refusals }
  }

  async function nextStep(sinceMs: number): Promise<VenueStep | VenueEnd> {
    const lost = await awaitGateway()
    const view = feed.view()
    if (lost !== null || view === null) {
      const reason = lost ?? `no prices of ${stock.symbol}`
      return endOf({ kind: 'cut', reason: `${reason}; given up after ${lostLimitMs / 1_000} s` })
    }
    return {
      kind: 'step',
      market: stepMarketOf(view, { step, at: clock.now() }),
      ...orders.news(),
      stepMs: clock.monotonicMs() - sinceMs,
    }
  }

  return {
    run: { runId, seed: null, steps: options.steps },
    cancelsAtOnce: false,
    fillAttribution: 'as_read',
    open: async () => {
      const fromMs = clock.monotonicMs()
      const first = await nextStep(fromMs)
      dueAtMs = clock.monotonicMs()
      return first
    },
    step: async (requests) => {
      signal.throwIfAborted()
      await orders.send(requests)
      const sentMs = clock.monotonicMs()
      dueAtMs = Math.max(dueAtMs + stepMs, sentMs)
      await clock.sleep(Math.max(0, dueAtMs - sentMs), signal)
      step += 1
      return nextStep(sentMs)
    },
    close: async () => {
      if (isClosed) return
      isClosed = true
      const { cancelled, left } = await orders.cancelOpen(options.cancelLimitMs)
      if (cancelled > 0) report(`open orders that were cancelled at the end: ${cancelled}`)
      let late = 0
      for (const { qty } of orders.news().fills) late += qty
      if (late > 0) report(`${late} shares were filled after the last record: no record has them`)
      for (const order of left) report(describeLeftOrder(order, stock.symbol))
      for (const line of describeShares(orders.netShares(), stock.symbol)) report(line)
      orders.close()
      feed.close()
    },
  }
}
