import type { Order, Side } from '../book/order.ts'
import type { Fill } from '../engine/agent.ts'
import type { SteppedMarket } from '../engine/market.ts'
import type { Participant } from '../engine/participant.ts'
import { type ClientMessage, type ErrorName, parseClientMessage } from './client-message.ts'
import { createFigures, type RunFigures } from './figures.ts'
import type { PriceText } from './price-text.ts'
import type { RunEnd } from './results.ts'
import { MAX_INVENTORY, MAX_MESSAGES_PER_STEP, MAX_OPEN_ORDERS, type Rules } from './rules.ts'
import { errorMessage, fillMessage } from './server-message.ts'
import { createSnapshotWriter } from './snapshot.ts'

/** What a run sends. */
export interface RunOutput {
  market(text: string): void
  orders(text: string): void
}

export type RunState =
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly end: RunEnd; readonly reason: string | null }

/**
 * One participant in a market of its own. It knows neither sockets nor clocks: what it sends is a function of scenario,
 * seed, rules and the frames that it receives, in their order.
 */
export interface Run {
  /** Steps that are finished. */
  readonly step: number
  readonly state: RunState
  /** Sends the snapshot of step 0. */
  start(): void
  /** One frame of the client; null for a binary one. */
  receive(text: string | null): void
  /** Ends the run from outside. Afterwards only orders are answered, with an error, and the market stands still. */
  end(end: RunEnd, reason: string | null): void
  figures(): RunFigures
}

type NewOrder = Extract<ClientMessage, { kind: 'order' }>

/** @param market at step 0, for this run alone. */
export function createRun(
  market: SteppedMarket,
  {
    steps,
    rules,
    bookLevels,
    priceText,
  }: {
    readonly steps: number
    readonly rules: Rules
    readonly bookLevels: number
    readonly priceText: PriceText
  },
  output: RunOutput,
): Run {
  const { scenario } = market
  const figures = createFigures(scenario.tickSize)
  const writeSnapshot = createSnapshotWriter(market, { priceText, levels: bookLevels })
  /** Resting orders by the client's id. */
  const open = new Map<string, Order>()
  const participant: Participant = market.join('participant', { onFill, onSelfTrade })
  const { account } = participant
  let state: RunState = { kind: 'running' }
  let messagesInStep = 0
  /** The first inventory beyond the limit, shares; null while there was none. It may be back within it after the step. */
  let excess: number | null = null

  function onFill(fill: Fill): void {
    const { order, price, quantity, remaining, isMaker } = fill
    const orderId = order.tag ?? ''
    if (remaining === 0) open.delete(orderId)
    figures.fill(fill, account.shares)
    if (excess === null && Math.abs(account.shares) > MAX_INVENTORY) excess = account.shares
    output.orders(
      fillMessage({ orderId, side: order.side, price: priceText(price), quantity, remaining, isMaker }),
    )
  }

  function onSelfTrade({ tag }: Order): void {
    const orderId = tag ?? ''
    open.delete(orderId)
    refuse('self_trade', 'cancelled: a later order of this run would have traded with it', orderId)
  }

  function refuse(code: ErrorName, message: string, orderId: string | null): void {
    output.orders(errorMessage(code, message, orderId))
  }

  function blowUp(
    reason: 'open_order_limit' | 'inventory_limit',
    message: string,
    orderId: string | null,
  ): void {
    refuse(reason, `${message}: the run has ended`, orderId)
    state = { kind: 'ended', end: 'blowup', reason }
  }

  function submit({ orderId, side, price, quantity }: NewOrder): void {
    if (open.has(orderId)) {
      refuse('duplicate_order_id', 'an order with this order_id is open', orderId)
    } else if (open.size >= MAX_OPEN_ORDERS) {
      const message = `the limit is ${MAX_OPEN_ORDERS} open orders`
      if (rules.endsRun) blowUp('open_order_limit', message, orderId)
      else refuse('open_order_limit', `${message}: cancel one first`, orderId)
    } else if (!rules.endsRun && reach(side, quantity) > MAX_INVENTORY) {
      const message = `with the open orders of its side it could take the inventory beyond the limit of ${MAX_INVENTORY}`
      refuse('inventory_limit', message, orderId)
    } else {
      const order = participant.submit({ side, kind: 'limit', price, quantity, tag: orderId })
      if (order.isResting) open.set(orderId, order)
      checkInventory()
    }
  }

  /** The inventory in the direction of a side when everything open on it, and `quantity` more, is filled; shares. */
  function reach(side: Side, quantity: number): number {
    let shares = side * account.shares + quantity
    for (const order of open.values()) if (order.side === side) shares += order.remaining
    return shares
  }

  function cancel(orderId: string): void {
    const order = open.get(orderId)
    if (order === undefined)
      return void refuse('unknown_order', 'no order with this order_id is open', orderId)
    participant.cancel(order)
    open.delete(orderId)
  }

  function advance(): void {
    messagesInStep = 0
    market.advance()
    checkInventory()
    if (state.kind === 'ended') return
    output.market(writeSnapshot())
    if (market.step >= steps) state = { kind: 'ended', end: 'complete', reason: null }
  }

  function checkInventory(): void {
    if (state.kind === 'ended' || excess === null) return
    blowUp('inventory_limit', `the inventory of ${excess} is beyond the limit of ${MAX_INVENTORY}`, null)
  }

  function apply(message: ClientMessage): void {
    if (message.kind === 'done') return void advance()
    if (++messagesInStep > MAX_MESSAGES_PER_STEP) {
      refuse('too_many_messages', `more than ${MAX_MESSAGES_PER_STEP} messages in one step`, null)
    } else if (message.kind === 'order') submit(message)
    else if (message.kind === 'cancel') cancel(message.orderId)
    else refuse(message.error, message.message, message.orderId)
  }

  return {
    get step() {
      return market.step
    },
    get state() {
      return state
    },
    start: () => output.market(writeSnapshot()),
    receive: (text) => {
      const message = text === null ? BINARY : parseClientMessage(text, scenario)
      if (state.kind === 'running') apply(message)
      // A client answers the last snapshot too.
      else if (message.kind !== 'done') refuse('run_over', 'the run has ended', null)
    },
    end: (end, reason) => {
      if (state.kind === 'running') state = { kind: 'ended', end, reason }
    },
    figures: () => ({ steps: market.step, ...figures.value({ account, mid: market.view.mid }) }),
  }
}

const BINARY: ClientMessage = {
  kind: 'malformed',
  error: 'binary_frame',
  message: 'a frame must be text',
  orderId: null,
}
