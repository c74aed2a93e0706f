import { digitsOf } from '../decimal.ts'
import { type CatalogFile, fileTimes, fixedBytes, nanoseconds, numbersFile } from './catalog-file.ts'
import { type ExportedContract, optionId } from './instrument-files.ts'

/** One side of a quote. */
export interface QuotedSide {
  /** $; above zero. */
  readonly price: number
  /** Contracts. */
  readonly size: number
}

/** A quote with both sides. */
export interface QuotedRow {
  /** When it came; epoch ms. */
  readonly at: number
  readonly bid: QuotedSide
  readonly ask: QuotedSide
}

/** A side, or null where there is none: no price, a price of zero, or a size that is not known. */
export function sideOf(price: number | null, size: number | null): QuotedSide | null {
  return price === null || price <= 0 || size === null ? null : { price, size }
}

/** The quotes of one contract, in the order of time. There is at least one. */
export function quoteFile(
  contract: ExportedContract,
  decimals: number,
  quotes: readonly QuotedRow[],
): CatalogFile {
  const id = optionId(contract)
  const [first, last] = [quotes[0], quotes.at(-1)] as [QuotedRow, QuotedRow]
  return numbersFile('quote_tick', id, fileTimes(first.at, last.at), {
    numbers: {
      bid_price: quotes.map(({ bid }) => fixedBytes(digitsOf(bid.price, decimals), decimals)),
      ask_price: quotes.map(({ ask }) => fixedBytes(digitsOf(ask.price, decimals), decimals)),
      bid_size: quotes.map(({ bid }) => fixedBytes(BigInt(bid.size), 0)),
      ask_size: quotes.map(({ ask }) => fixedBytes(BigInt(ask.size), 0)),
    },
    times: quotes.map(({ at }) => nanoseconds(at)),
    metadata: { instrument_id: id, price_precision: String(decimals), size_precision: '0' },
  })
}
