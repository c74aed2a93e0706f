import { BUY, type Order, SELL } from '../../../exchange/book/order.ts'
import { MAX_QUANTITY } from '../../../exchange/book/order-book.ts'
import { MAX_PRICE_TICKS } from '../../../exchange/book/price-index.ts'
import type { Fill } from '../../../exchange/engine/agent.ts'
import type { SteppedMarket } from '../../../exchange/engine/market.ts'
import type { Venue, VenueListener, VenueOrder } from '../../orders/venue.ts'

interface Working {
  order: VenueOrder
  /** Still to be filled. */
  remaining: number
  readonly listener: VenueListener
  /** Null for a market order that waits for somebody to trade with. */
  resting: Order | null
}

export interface BookVenue extends Pick<Venue, 'submit' | 'modify' | 'cancel'> {
  /** Advances the market by one step; fills of the step are told when it is over. */
  advance(): void
}

/**
 * Executes the orders of one account in the order book: the account is one participant, exempt from the agents'
 * restraints. What a market order does not find stays with the venue and tries again after each step.
 */
export function createBookVenue(market: SteppedMarket, account: string): BookVenue {
  const working = new Map<number, Working>()
  let isAdvancing = false
  let untold: (() => void)[] = []
  const participant = market.join(account, {
    onFill: (fill) => tell(() => filled(fill)),
    onSelfTrade: (order) => tell(() => crossed(order)),
  })

  /** During a step nobody may order, so what happens in it is told afterwards. */
  function tell(event: () => void): void {
    if (isAdvancing) untold.push(event)
    else event()
  }

  function filled({ order, price, quantity, isMaker }: Fill): void {
    const permId = Number(order.tag)
    const one = working.get(permId)
    if (!one) return
    one.remaining -= quantity
    if (one.remaining === 0) working.delete(permId)
    one.listener.fill({ quantity, price: dollars(price), legPrices: [], wasResting: isMaker })
  }

  function crossed(order: Order): void {
    const one = working.get(Number(order.tag))
    if (one?.resting !== order) return
    working.delete(Number(order.tag))
    one.listener.cancelled('The order would have traded with another order of the same account')
  }

  const dollars = (ticks: number) => Math.round(ticks * market.scenario.tickSize * 1e6) / 1e6

  /** Ticks: a price between two of them is rounded to the one that is worse for the market. */
  function ticks({ side, limitPrice }: VenueOrder): number {
    const exact = (limitPrice ?? 0) / market.scenario.tickSize
    const whole = side === 'BUY' ? Math.floor(exact + 1e-6) : Math.ceil(exact - 1e-6)
    return Math.min(MAX_PRICE_TICKS, Math.max(1, whole))
  }

  function send(one: Working): void {
    const { order, remaining } = one
    const isMarket = order.limitPrice === null
    const kind = isMarket ? 'market' : order.immediate ? 'ioc' : 'limit'
    const sent = participant.submit({
      side: order.side === 'BUY' ? BUY : SELL,
      kind,
      price: isMarket ? 0 : ticks(order),
      quantity: Math.min(remaining, MAX_QUANTITY),
      tag: String(order.permId),
    })
    // A listener may have cancelled the order when it heard of its first fill.
    if (working.get(order.permId) !== one) {
      participant.cancel(sent)
      return
    }
    one.resting = sent.isResting ? sent : null
    if (order.immediate) {
      working.delete(order.permId)
      one.listener.cancelled('')
    }
  }

  function remove(permId: number): Working | null {
    const one = working.get(permId)
    if (!one) return null
    working.delete(permId)
    if (one.resting) participant.cancel(one.resting)
    return one
  }

  return {
    submit: (order, listener) => {
      const one: Working = { order, remaining: order.quantity, listener, resting: null }
      working.set(order.permId, one)
      send(one)
    },
    modify: (permId, { quantity, limitPrice }) => {
      const one = working.get(permId)
      if (!one) return false
      one.order = { ...one.order, limitPrice }
      one.remaining = quantity
      if (one.resting && limitPrice !== null && quantity <= MAX_QUANTITY) {
        participant.modify(one.resting, { price: ticks(one.order), remaining: quantity })
        return true
      }
      if (one.resting) participant.cancel(one.resting)
      send(one)
      return true
    },
    cancel: (permId) => remove(permId) !== null,
    advance: () => {
      isAdvancing = true
      try {
        market.advance()
      } finally {
        isAdvancing = false
      }
      const events = untold
      untold = []
      for (const event of events) event()
      // Not over a copy: what one order ends, as orders of one account do not trade with each other, is sent no more.
      for (const one of working.values()) if (!one.resting?.isResting) send(one)
    },
  }
}
