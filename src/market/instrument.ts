import type { Underlying } from './contract.ts'

/** What a configured symbol is: a stock or ETF, an index, futures alone, or futures with the options on them. */
export type InstrumentKind = 'STK' | 'IND' | 'FUT' | 'FOP'

export const INSTRUMENT_KINDS = ['STK', 'IND', 'FUT', 'FOP'] as const

/**
 * The hours that apply where the gateway lists none. `us-options`: with the stock exchange, 09:30–16:00 New York time;
 * `us-options-late`: the same with options that trade 15 minutes longer; `cme-equity` and `nymex-energy`: futures,
 * 18:00 of the evening before to 17:00, with the holiday halts of that exchange.
 */
export type CalendarName = 'us-options' | 'us-options-late' | 'cme-equity' | 'nymex-energy'

/** One underlying of the configuration: what is collected under its symbol, and where it trades. */
export interface Instrument {
  /** As it is stored: `SPY`, `BRK.B`, `SPX`, `ES`. */
  readonly symbol: string
  readonly kind: InstrumentKind
  /** SMART for a stock, the index's own exchange for an index, the futures' exchange for futures and their options. */
  readonly exchange: string
  readonly currency: string
  /** Option classes to collect; null: the standard ones (see `optionClassesOf`). */
  readonly tradingClasses: readonly string[] | null
  /** Of the options of a stock or index, or of the future: dollars per point; null: as the gateway lists it. */
  readonly multiplier: number | null
  /** How many futures are collected, nearest first; of FOP also whose options. No meaning for STK and IND. */
  readonly frontMonths: number
  readonly calendar: CalendarName
  /** The index whose level the basis of a future is measured against; null: none is collected. */
  readonly spotIndex: string | null
}

export const DEFAULT_FRONT_MONTHS = 3

/** Whether option chains are collected under the symbol. */
export function collectsOptions({ kind }: Pick<Instrument, 'kind'>): boolean {
  return kind !== 'FUT'
}

/** Whether futures are collected under the symbol. */
export function collectsFutures({ kind }: Pick<Instrument, 'kind'>): boolean {
  return kind === 'FUT' || kind === 'FOP'
}

/** The symbols, in order. */
export function namesOf(instruments: readonly Instrument[]): string[] {
  return instruments.map(({ symbol }) => symbol)
}

/** The instrument as the underlying of its options; for futures each contract is one, with its own id. */
export function underlyingOf({ symbol, kind, exchange, currency }: Instrument): Omit<Underlying, 'conId'> {
  return { symbol, secType: kind === 'FOP' ? 'FUT' : kind, exchange, currency }
}
