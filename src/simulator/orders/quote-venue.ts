import { isOption } from '../market/contracts.ts'
import type { SimContract, SimQuote } from '../market/market.ts'
import type { Timeline } from '../timeline.ts'
import { type Combination, type Instrument, instrumentName, multiplierOf, type Side } from './order.ts'
import type { Venue, VenueListener, VenueOrder } from './venue.ts'

/** What trades with each update where a market knows no sizes: contracts, shares. */
const UNKNOWN_SIZE = { option: 10, stock: 100 }

/** One side of a quote: what can be bought or sold at once. */
interface Touch {
  readonly price: number
  readonly size: number
  readonly legPrices: readonly number[]
}

interface Working {
  order: VenueOrder
  /** Still to be filled. */
  remaining: number
  readonly listener: VenueListener
}

/**
 * Executes orders against quotes. An order meets the quote when it arrives, when it is modified and at every update; it
 * buys at the ask and sells at the bid, never beyond its limit, at most the size that the quote shows. All orders of one
 * instrument and side share that size, the oldest first, until the quote changes or its next update comes. What remains
 * waits for the next update, or is cancelled if the order is immediate. A combination is filled whole or not at all.
 *
 * Only instruments with working orders are looked at, each at the interval at which streams of its kind are updated.
 */
export function createQuoteVenue(sources: {
  readonly quote: (contract: SimContract) => SimQuote
  readonly timeline: Timeline
  readonly monotonicMs: () => number
  /** From one update of an instrument to the next, ms. */
  readonly intervalMs: (instrument: Instrument) => number
}): Venue {
  const { quote, timeline, monotonicMs, intervalMs } = sources
  const books = new Map<string, Map<number, Working>>()
  const keyOfOrder = new Map<number, string>()
  /** Orders that meet the quote for the first time: their listener may cancel them. */
  const arriving = new Set<number>()
  const taken = createTakenSizes(monotonicMs)

  function submit(order: VenueOrder, listener: VenueListener): void {
    const key = instrumentName(order.instrument)
    const working: Working = { order, remaining: order.quantity, listener }
    arriving.add(order.permId)
    const isDone = meet(key, working, false)
    const isWanted = arriving.delete(order.permId)
    if (isDone || !isWanted) return
    if (order.immediate) {
      listener.cancelled('')
      return
    }
    const book = books.get(key) ?? openBook(key, order.instrument)
    book.set(order.permId, working)
    keyOfOrder.set(order.permId, key)
  }

  function openBook(key: string, instrument: Instrument): Map<number, Working> {
    const book = new Map<number, Working>()
    books.set(key, book)
    timeline.after(intervalMs(instrument), () => update(key, instrument))
    return book
  }

  function update(key: string, instrument: Instrument): void {
    taken.renew(key)
    const book = books.get(key)
    for (const working of [...(book?.values() ?? [])]) {
      if (keyOfOrder.has(working.order.permId)) meet(key, working, true)
    }
    if (!book || book.size === 0) books.delete(key)
    else timeline.after(intervalMs(instrument), () => update(key, instrument))
  }

  /** Fills what the quote allows; true when nothing remains. */
  function meet(key: string, working: Working, wasResting: boolean): boolean {
    const { order, listener } = working
    const touch = touchOf(order.instrument, order.side, quote)
    if (!touch || !isWithin(order, touch.price)) return false
    const size = touch.size - taken.of(`${key} ${order.side}`, touch)
    const isWhole = order.instrument.kind === 'combination'
    const quantity = isWhole && size < working.remaining ? 0 : Math.min(size, working.remaining)
    if (quantity <= 0) return false
    taken.take(`${key} ${order.side}`, touch, { quantity, forMs: intervalMs(order.instrument) })
    working.remaining -= quantity
    const isDone = working.remaining === 0
    if (isDone) remove(order.permId)
    listener.fill({ quantity, price: touch.price, legPrices: touch.legPrices, wasResting })
    return isDone
  }

  function remove(permId: number): Working | undefined {
    const book = books.get(keyOfOrder.get(permId) ?? '')
    const working = book?.get(permId)
    book?.delete(permId)
    keyOfOrder.delete(permId)
    return working
  }

  return {
    submit,
    modify: (permId, { quantity, limitPrice }) => {
      const key = keyOfOrder.get(permId)
      const working = books.get(key ?? '')?.get(permId)
      if (key === undefined || !working) return false
      working.order = { ...working.order, quantity, limitPrice }
      working.remaining = quantity
      meet(key, working, true)
      return true
    },
    cancel: (permId) => arriving.delete(permId) || remove(permId) !== undefined,
    quote,
  }
}

/** Most sides of quotes whose taken sizes are remembered. */
const MOST_TAKEN = 10_000

/** How much of a quote's size has been traded. The size is there again when the quote changes and at its next update. */
function createTakenSizes(monotonicMs: () => number) {
  const taken = new Map<string, { price: number; size: number; quantity: number; untilMs: number }>()
  const of = (key: string, { price, size }: Touch) => {
    const known = taken.get(key)
    const isSame = known && known.price === price && known.size === size && monotonicMs() < known.untilMs
    return isSame ? known.quantity : 0
  }
  return {
    of,
    take: (key: string, touch: Touch, { quantity, forMs }: { quantity: number; forMs: number }) => {
      const before = of(key, touch)
      const untilMs = before > 0 ? (taken.get(key)?.untilMs ?? 0) : monotonicMs() + forMs
      if (taken.size >= MOST_TAKEN) taken.clear()
      const { price, size } = touch
      taken.set(key, { price, size, quantity: before + quantity, untilMs })
    },
    renew: (key: string) => {
      taken.delete(`${key} BUY`)
      taken.delete(`${key} SELL`)
    },
  }
}

function isWithin({ side, limitPrice }: VenueOrder, price: number): boolean {
  if (limitPrice === null) return true
  return side === 'BUY' ? price <= limitPrice : price >= limitPrice
}

type QuoteOf = (contract: SimContract) => SimQuote

/** What a buyer or seller of the instrument meets; null when a side that is needed has no quote. */
function touchOf(instrument: Instrument, side: Side, quote: QuoteOf): Touch | null {
  if (instrument.kind === 'combination') return netTouch(instrument, side, quote)
  return touchOfContract(instrument.contract, side, quote)
}

/**
 * A side without a quote (null) trades nothing, nor does a halted contract. A market that knows a single price and no quotes trades at that price,
 * and one that knows no sizes trades a fixed one with each update.
 */
function touchOfContract(contract: SimContract, side: Side, quote: QuoteOf): Touch | null {
  const { bid, ask, bidSize, askSize, last, halted } = quote(contract)
  if (halted) return null
  const hasQuotes = bid !== undefined || ask !== undefined
  const price = hasQuotes ? (side === 'BUY' ? ask : bid) : last
  const known = side === 'BUY' ? askSize : bidSize
  const size = known ?? (isOption(contract) ? UNKNOWN_SIZE.option : UNKNOWN_SIZE.stock)
  if (price == null || !(price > 0) || size < 1) return null
  return { price, size: Math.floor(size), legPrices: [] }
}

/** The net price at which all legs can be had at once, and how many combinations the sizes of the legs allow. */
function netTouch({ legs }: Combination, side: Side, quote: QuoteOf): Touch | null {
  // Prices are per share: beside an option on 100 shares, a leg of 100 shares counts once.
  const shares = Math.max(...legs.map(({ contract }) => multiplierOf(contract)))
  let net = 0
  let size = Number.POSITIVE_INFINITY
  const legPrices: number[] = []
  for (const leg of legs) {
    const legSide = sideOfLeg(leg.side, side)
    const touch = touchOfContract(leg.contract, legSide, quote)
    if (!touch) return null
    legPrices.push(touch.price)
    const weight = (leg.ratio * multiplierOf(leg.contract)) / shares
    net += (leg.side === 'BUY' ? 1 : -1) * weight * touch.price
    size = Math.min(size, Math.floor(touch.size / leg.ratio))
  }
  return { price: roundPrice(net), size, legPrices }
}

/** What happens to a leg: the seller of a combination does the opposite of its buyer. */
export function sideOfLeg(leg: Side, order: Side): Side {
  return leg === order ? 'BUY' : 'SELL'
}

/** Removes the dust of binary fractions: prices have at most four decimals. */
export function roundPrice(price: number): number {
  return Math.round(price * 1e4) / 1e4
}
