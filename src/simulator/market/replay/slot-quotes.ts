import { median } from '../../../market/statistics.ts'
import type { EpochMs, SessionDate } from '../../../market/units.ts'
import type { DataType } from '../../data-types.ts'
import type { SimQuote } from '../market.ts'
import type { RecordedChain, RecordedQuote } from './recording.ts'

/** One slot of one symbol as it is served. */
export interface SlotQuotes {
  readonly slot: EpochMs
  readonly date: SessionDate
  /** By contract id. A contract without a row in the slot is silent. */
  readonly options: ReadonlyMap<number, SimQuote>
  readonly dataTypes: ReadonlyMap<number, DataType>
  readonly underlying: SimQuote
  /** Level of the volatility index, points; null where unknown. */
  readonly vix: number | null
}

/**
 * The quotes of a recorded slot. Rows have the underlying's price of the moment at which each of them was quoted; a stream
 * has one price at a time, so the underlying is served at their median, again and again, as a stock trades; the model greeks
 * of each option name the price of their own row.
 */
export function slotQuotesOf({ slot, date, quotes, vix, impliedVol30Fraction }: RecordedChain): SlotQuotes {
  const prices = quotes.flatMap(({ underlyingPrice }) => underlyingPrice ?? [])
  const price = median(prices)
  const underlying: SimQuote = {
    ...(price !== null && { last: price, mark: price, isRepeated: true }),
    ...(impliedVol30Fraction !== null && { impliedVol30Fraction }),
  }
  return {
    slot,
    date,
    options: new Map(quotes.map((row) => [row.conId, optionQuote(row)])),
    dataTypes: new Map(
      quotes.flatMap(({ conId, dataType }) => (dataType ? [[conId, dataType] as const] : [])),
    ),
    underlying,
    vix,
  }
}

/**
 * What a gateway must have sent for the row to be stored as it is: a value that is null in the row is not sent, except
 * the price of a side, of which the collector knows that there was none.
 */
function optionQuote(row: RecordedQuote): SimQuote {
  const { last, volume, openInterest, greeks } = row
  return {
    ...sideOf(row, 'bid'),
    ...sideOf(row, 'ask'),
    ...(last !== null && { last }),
    ...(volume !== null && { volume }),
    ...(openInterest !== null && { openInterest }),
    ...(row.halted && { halted: 1 }),
    ...(greeks && {
      greeks: { optionPrice: null, pvDividend: null, ...greeks, underlyingPrice: row.underlyingPrice },
    }),
  }
}

function sideOf(row: RecordedQuote, side: 'bid' | 'ask'): SimQuote {
  const price = row[side]
  const size = side === 'bid' ? row.bidSize : row.askSize
  const sizeName = side === 'bid' ? 'bidSize' : 'askSize'
  const sized = size === null ? {} : { [sizeName]: size }
  if (price !== null) return { [side]: price, ...sized }
  // With a volatility, only a side that never came leaves a row incomplete.
  const neverCame = size === null && row.partial && row.greeks?.impliedVolFraction != null
  return neverCame ? {} : { [side]: null, ...sized }
}
