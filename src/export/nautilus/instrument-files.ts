import { newYorkInstant } from '../../market/calendar.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import { type EpochMs, type ExpiryDate, expiryToDate } from '../../market/units.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import { decimalOf, decimalText } from '../decimal.ts'
import { type CatalogFile, fileTimes, nanoseconds, type TextSchema, textRow } from './catalog-file.ts'

/** What the catalog keeps of a contract, from its rows. */
export interface ExportedContract
  extends Pick<SnapshotRow, 'symbol' | 'expiry' | 'right' | 'strike' | 'trading_class' | 'con_id'>,
    Pick<
      SnapshotRow,
      | 'multiplier'
      | 'currency'
      | 'exchange'
      | 'underlying_type'
      | 'expires_at'
      | 'exercise_style'
      | 'settlement'
    > {}

/** Where the rows of older versions do not say: options on US stocks. */
const USUAL = { exchange: 'SMART', currency: 'USD', multiplier: 100 }

/** Symbol of a contract as the options exchanges write it, without spaces: `SPY261218C00600000`. */
export function optionSymbol({ trading_class, expiry, right, strike }: ExportedContract): string {
  const thousandths = Math.round(strike * 1000)
  const isExact = thousandths / 1000 === strike && thousandths < 1e8
  return `${trading_class}${expiry.slice(2)}${right}${isExact ? String(thousandths).padStart(8, '0') : strike}`
}

/** The id of a contract: its symbol and the exchange that its quotes were requested from, in IB's words. */
export function optionId(contract: ExportedContract): string {
  return `${optionSymbol(contract)}.${contract.exchange ?? USUAL.exchange}`
}

/** The id of a stock or an index; null for the root of a future, which names no contract. */
export function underlyingId(symbol: string, kind: string): string | null {
  if (kind === 'STK') return `${symbol}.${USUAL.exchange}`
  return kind === 'IND' ? `^${symbol}.${instrumentNamed(symbol).exchange}` : null
}

// biome-ignore format: one column a line
const OPTION_SCHEMA: TextSchema = [
  ['id', 'text'], ['raw_symbol', 'text'], ['underlying', 'text'], ['asset_class', 'text'], ['exchange', 'text'],
  ['option_kind', 'text'], ['strike_price', 'text'], ['currency', 'text'], ['activation_ns', 'uint64'],
  ['expiration_ns', 'uint64'], ['price_precision', 'uint8'], ['size_precision', 'uint8'], ['price_increment', 'text'],
  ['size_increment', 'text'], ['multiplier', 'text'], ['lot_size', 'text'], ['margin_init', 'text'],
  ['margin_maint', 'text'], ['maker_fee', 'text'], ['taker_fee', 'text'], ['info', 'bytes'], ['ts_event', 'uint64'],
  ['ts_init', 'uint64'],
]
// biome-ignore format: one column a line
const EQUITY_SCHEMA: TextSchema = [
  ['id', 'text'], ['raw_symbol', 'text'], ['currency', 'text'], ['price_precision', 'uint8'], ['price_increment', 'text'],
  ['lot_size', 'text'], ['isin', 'text'], ['margin_init', 'text'], ['margin_maint', 'text'], ['maker_fee', 'text'],
  ['taker_fee', 'text'], ['info', 'bytes'], ['ts_event', 'uint64'], ['ts_init', 'uint64'],
]
// biome-ignore format: one column a line
const INDEX_SCHEMA: TextSchema = [
  ['id', 'text'], ['raw_symbol', 'text'], ['currency', 'text'], ['price_precision', 'uint8'], ['price_increment', 'text'],
  ['size_precision', 'uint8'], ['size_increment', 'text'], ['info', 'bytes'], ['ts_event', 'uint64'], ['ts_init', 'uint64'],
]

const NO_COSTS = { margin_init: '0', margin_maint: '0', maker_fee: '0', taker_fee: '0' }

/**
 * The instrument of a contract.
 * @param at when it is first known: its first quote.
 */
export function optionFile(contract: ExportedContract, decimals: number, at: EpochMs): CatalogFile {
  const id = optionId(contract)
  const ns = nanoseconds(at)
  const expiresAt =
    contract.expires_at ?? newYorkInstant(expiryToDate(contract.expiry as ExpiryDate), '16:00')
  return textRow('option_contract', 'OptionContract', id, fileTimes(at, at), OPTION_SCHEMA, {
    ...{ id, raw_symbol: optionSymbol(contract), underlying: contract.symbol },
    ...{ asset_class: assetClassOf(contract), exchange: null },
    option_kind: contract.right === 'C' ? 'CALL' : 'PUT',
    strike_price: decimalText(contract.strike, Math.max(2, decimalOf(contract.strike).decimals)),
    currency: contract.currency ?? USUAL.currency,
    // The lake does not know when a contract was listed.
    activation_ns: 0n,
    expiration_ns: nanoseconds(expiresAt),
    ...{ price_precision: decimals, size_precision: 0, price_increment: incrementOf(decimals) },
    ...{ size_increment: '1', multiplier: String(contract.multiplier ?? USUAL.multiplier), lot_size: '1' },
    ...NO_COSTS,
    info: infoOf(contract),
    ...{ ts_event: ns, ts_init: ns },
  })
}

/** The stock or index itself; null for the root of a future. */
export function underlyingFile(
  { symbol, kind, currency }: { symbol: string; kind: string; currency: string | null },
  decimals: number,
  at: EpochMs,
): CatalogFile | null {
  const id = underlyingId(symbol, kind)
  if (id === null) return null
  const ns = nanoseconds(at)
  const shared = {
    ...{ id, raw_symbol: symbol, currency: currency ?? USUAL.currency, info: Buffer.from('null') },
    ...{ price_precision: decimals, price_increment: incrementOf(decimals), ts_event: ns, ts_init: ns },
  }
  const times = fileTimes(at, at)
  return kind === 'STK'
    ? textRow('equity', 'Equity', id, times, EQUITY_SCHEMA, {
        ...shared,
        lot_size: '1',
        isin: null,
        ...NO_COSTS,
      })
    : textRow('index_instrument', 'IndexInstrument', id, times, INDEX_SCHEMA, {
        ...{ ...shared, size_precision: 0, size_increment: '1' },
      })
}

function incrementOf(decimals: number): string {
  return decimalText(10 ** -decimals, decimals)
}

function assetClassOf({ underlying_type, symbol }: ExportedContract): string {
  const kind = underlying_type ?? instrumentNamed(symbol).kind
  if (kind === 'STK') return 'EQUITY'
  return instrumentNamed(symbol).calendar === 'nymex-energy' ? 'COMMODITY' : 'INDEX'
}

function infoOf({ con_id, trading_class, exercise_style, settlement }: ExportedContract): Uint8Array {
  return Buffer.from(JSON.stringify({ con_id, trading_class, exercise_style, settlement }))
}
