import type { BookLevel, MarketTrade, Side, StepMarket } from '../strategies/strategy.ts'

/** One message of the exchange, checked. Written from the protocol; unknown types and fields are ignored. */
export type ServerMessage =
  | { readonly kind: 'snapshot'; readonly market: StepMarket }
  | {
      readonly kind: 'fill'
      readonly orderId: string
      readonly side: Side
      readonly price: number
      readonly qty: number
      readonly remaining: number
      readonly isMaker: boolean | null
    }
  | {
      readonly kind: 'error'
      readonly message: string
      /** Sent by the exchange of this project alone; null of any other. */
      readonly code: string | null
      readonly orderId: string | null
    }
  | { readonly kind: 'other' }

/** A message that cannot be what the protocol says. */
export class MalformedMessage extends Error {}

type Fields = Readonly<Record<string, unknown>>

const OTHER: ServerMessage = { kind: 'other' }
/** Characters of a text of the exchange that are kept. */
const MAX_TEXT = 300

/** @throws MalformedMessage */
export function parseServerMessage(text: string): ServerMessage {
  const message = fieldsOf(parseJson(text), 'message')
  switch (message.type) {
    case 'MARKET_DATA':
      return { kind: 'snapshot', market: readMarket(message) }
    case 'FILL':
      return {
        kind: 'fill',
        orderId: readOrderId(message.order_id),
        side: readSide(message.side),
        price: readAmount(message.price, 'price'),
        qty: readAmount(message.qty, 'qty'),
        remaining: readRemaining(message.remaining),
        isMaker: typeof message.is_maker === 'boolean' ? message.is_maker : null,
      }
    case 'ERROR':
      return {
        kind: 'error',
        message: printable(message.message) ?? 'no message',
        code: printable(message.code),
        orderId: typeof message.order_id === 'string' ? message.order_id : null,
      }
    default:
      return OTHER
  }
}

function readMarket(message: Fields): StepMarket {
  const { step } = message
  if (typeof step !== 'number' || !Number.isSafeInteger(step) || step < 0)
    throw new MalformedMessage(`a step of ${preview(step)}`)
  const bid = readPresent(message.bid, 'bid')
  const ask = readPresent(message.ask, 'ask')
  const isTwoSided = bid !== null && ask !== null
  return {
    ...{ step, timestamp: readTimestamp(message.timestamp), bid, ask },
    mid: isTwoSided ? withoutNoise((bid + ask) / 2) : null,
    spread: isTwoSided ? withoutNoise(ask - bid) : null,
    bidSize: bid === null ? null : readPresent(message.bid_size, 'bid_size'),
    askSize: ask === null ? null : readPresent(message.ask_size, 'ask_size'),
    bids: readLevels(message.bids, 'bids'),
    asks: readLevels(message.asks, 'asks'),
    trades: readTrades(message.trades),
    lastTrade: readLastTrade(message.last_trade),
  }
}

function readLevels(value: unknown, name: string): readonly BookLevel[] {
  return readList(value, name).map((level) => {
    const { price, qty } = fieldsOf(level, name)
    return { price: readAmount(price, `${name}.price`), qty: readAmount(qty, `${name}.qty`) }
  })
}

function readTrades(value: unknown): readonly MarketTrade[] {
  return readList(value, 'trades').map((trade) => {
    const { price, qty, side } = fieldsOf(trade, 'trades')
    return {
      price: readAmount(price, 'trades.price'),
      qty: readAmount(qty, 'trades.qty'),
      side: readSide(side),
    }
  })
}

/** An object with a price, a bare price, or nothing: exchanges differ. */
function readLastTrade(value: unknown): number | null {
  if (value === null || value === undefined) return null
  const price = typeof value === 'object' ? (value as Fields).price : value
  return readPresent(price, 'last_trade')
}

/** A price or a size, of which 0 or nothing means absent. */
function readPresent(value: unknown, name: string): number | null {
  if (value === 0 || value === null || value === undefined) return null
  return readAmount(value, name)
}

function readAmount(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value
  throw new MalformedMessage(`${name} of ${preview(value)}`)
}

function readRemaining(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value
  throw new MalformedMessage(`remaining of ${preview(value)}`)
}

function readSide(value: unknown): Side {
  if (value === 'BUY' || value === 'SELL') return value
  throw new MalformedMessage(`side of ${preview(value)}`)
}

function readOrderId(value: unknown): string {
  if (typeof value === 'string') return value
  throw new MalformedMessage(`order_id of ${preview(value)}`)
}

function readTimestamp(value: unknown): string {
  return printable(typeof value === 'number' ? String(value) : value) ?? ''
}

function readList(value: unknown, name: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw new MalformedMessage(`${name} of ${preview(value)}`)
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new MalformedMessage(`${name} of ${preview(value)}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new MalformedMessage(`a text that is not JSON: ${preview(text)}`)
  }
}

/** Sums and halves of prices in cents are not exact in binary. */
function withoutNoise(dollars: number): number {
  return Math.round(dollars * 1e6) / 1e6
}

/** A text without control characters, shortened; null if it is no text. */
export function printable(value: unknown): string | null {
  if (typeof value !== 'string') return null
  return value.replace(/\p{C}+/gu, ' ').slice(0, MAX_TEXT)
}

function preview(value: unknown): string {
  return printable(JSON.stringify(value) ?? 'nothing')?.slice(0, 60) ?? ''
}
