import type { DataType } from '../data-types.ts'
import { isOption } from '../market/contracts.ts'
import type { SimContract, SimGreeks, SimQuote } from '../market/market.ts'
import { tickGeneric, tickOptionComputation, tickPrice, tickSize } from './messages.ts'

const LIVE = { bid: 1, ask: 2, bidSize: 0, askSize: 3, last: 4, volume: 8, close: 9, modelGreeks: 13 }
const DELAYED = {
  bid: 66,
  ask: 67,
  bidSize: 69,
  askSize: 70,
  last: 68,
  volume: 74,
  close: 75,
  modelGreeks: 83,
}
const IMPLIED_VOL_30 = 24
const CALL_OPEN_INTEREST = 27
const PUT_OPEN_INTEREST = 28
const MARK_PRICE = 37
const HALTED = 49
const FUTURES_OPEN_INTEREST = 86

/** One stream: its contract, request id, generic ticks and data type. */
export interface Subscription {
  readonly requestId: number
  readonly contract: SimContract
  readonly genericTicks: ReadonlySet<string>
  readonly dataType: DataType
}

/** The messages for everything that differs from the quote sent before. Greeks are sent separately. */
export function quoteMessages(to: Subscription, quote: SimQuote, before: SimQuote = {}): string {
  const types = tickTypes(to.dataType)
  const id = to.requestId
  return (
    side(id, [types.bid, types.bidSize], {
      price: quote.bid,
      size: quote.bidSize,
      priceBefore: before.bid,
      sizeBefore: before.bidSize,
    }) +
    side(id, [types.ask, types.askSize], {
      price: quote.ask,
      size: quote.askSize,
      priceBefore: before.ask,
      sizeBefore: before.askSize,
    }) +
    // Markets do not know the size of the last trade: 0, as for the close, and no tickSize 5.
    changed(quote.last, before.last, (price) => tickPrice(id, types.last, { price, size: 0 })) +
    changed(quote.volume, before.volume, (size) => tickSize(id, types.volume, size)) +
    changed(quote.close, before.close, (price) => tickPrice(id, types.close, { price, size: 0 })) +
    changed(quote.halted, before.halted, (state) => tickGeneric(id, HALTED, state)) +
    extras(to, quote, before)
  )
}

export function greeksMessage(to: Subscription, greeks: SimGreeks): string {
  return tickOptionComputation(to.requestId, tickTypes(to.dataType).modelGreeks, greeks)
}

const tickTypes = (dataType: DataType) =>
  dataType === 'delayed' || dataType === 'delayed_frozen' ? DELAYED : LIVE

/**
 * A side without a quote is price −1, with size 0 unless the market gives another one or none. A separate size message
 * follows the price, as IB sends it.
 */
function side(
  requestId: number,
  [priceType, sizeType]: readonly [number, number],
  now: Record<'price' | 'size' | 'priceBefore' | 'sizeBefore', number | null | undefined>,
): string {
  const size = now.price === null && now.size === null ? 0 : now.size
  const sizeBefore = now.priceBefore === null && now.sizeBefore === null ? 0 : now.sizeBefore
  let messages = ''
  if (now.price !== undefined && now.price !== now.priceBefore) {
    messages += tickPrice(requestId, priceType, { price: now.price ?? -1, size: size ?? 0 })
  } else if (size === sizeBefore) return ''
  return size === undefined ? messages : messages + tickSize(requestId, sizeType, size ?? 0)
}

function changed(
  value: number | null | undefined,
  before: number | null | undefined,
  message: (value: number) => string,
): string {
  return value === undefined || value === before ? '' : message(value ?? -1)
}

/**
 * Ticks that a client must request: 232 for the mark price, 101 for the open interest of options, 588 for that of
 * futures, 106 for the 30-day volatility.
 */
function extras(to: Subscription, quote: SimQuote, before: SimQuote): string {
  const mark = to.genericTicks.has('232')
    ? changed(quote.mark, before.mark, (price) => tickPrice(to.requestId, MARK_PRICE, { price, size: 0 }))
    : ''
  return mark + figures(to, quote, before)
}

/** The open interest of an option or a future, or an underlying's 30-day volatility. */
function figures(to: Subscription, quote: SimQuote, before: SimQuote): string {
  if (to.contract.secType === 'FUT') {
    const { openInterest } = quote
    if (!to.genericTicks.has('588') || typeof openInterest !== 'number') return ''
    if (openInterest === before.openInterest) return ''
    return tickSize(to.requestId, FUTURES_OPEN_INTEREST, openInterest)
  }
  if (!isOption(to.contract)) {
    if (!to.genericTicks.has('106')) return ''
    return changed(quote.impliedVol30Fraction, before.impliedVol30Fraction, (value) =>
      tickGeneric(to.requestId, IMPLIED_VOL_30, value),
    )
  }
  const { openInterest } = quote
  // Open interest has no sentinel: an unknown one is not sent.
  if (!to.genericTicks.has('101') || openInterest === undefined || openInterest === null) return ''
  if (openInterest === before.openInterest) return ''
  const isCall = to.contract.right === 'C'
  return (
    tickSize(to.requestId, CALL_OPEN_INTEREST, isCall ? openInterest : 0) +
    tickSize(to.requestId, PUT_OPEN_INTEREST, isCall ? 0 : openInterest)
  )
}
