import { type AnsweredContract, type Harvest, openInterestOf } from '../harvest/harvest.ts'
import { type ExpiryTimes, settlementOf } from '../market/option-hours.ts'
import { sideOf } from '../market/quote.ts'
import type { ConId, EpochMs, SessionDate } from '../market/units.ts'
import { DEFINITION_VERSION } from './definition-version.ts'
import { flagsOf } from './quality-flags.ts'
import { GREEK_DECIMALS, type SnapshotRow } from './row.ts'

const MINUTE_MS = 60_000

/** What all rows of a snapshot share. */
export interface RowContext {
  readonly slot: EpochMs
  /** Trade date of the slot. */
  readonly date: SessionDate
  /** When the symbol's session opens; the slot of that minute is flagged `opening`. */
  readonly openAt: EpochMs
  /** End of the underlying's trading in that session; slots at or after it are flagged `after_close`. */
  readonly closeAt: EpochMs
  /** Open interest known before this cycle. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The end of the time to expiry of contracts that do not say theirs. */
  readonly expiresAt: ExpiryTimes
}

/** One row for each contract that answered. Pure. */
export function assembleRows(harvest: Harvest, context: RowContext): SnapshotRow[] {
  const opening = context.openAt <= context.slot && context.slot < context.openAt + MINUTE_MS
  const afterClose = context.slot >= context.closeAt
  return harvest.answered.map((one) => rowOf(one, { ...context, opening, afterClose }))
}

function rowOf(
  { contract, quote, underlying, complete }: AnsweredContract,
  context: RowContext & { opening: boolean; afterClose: boolean },
): SnapshotRow {
  const greeks = quote.greeks
  const iv = rounded(greeks?.impliedVolFraction, GREEK_DECIMALS.iv)
  const facts = {
    strike: contract.strike,
    right: contract.right,
    bid: sideOf(quote, 'bid') ?? null,
    ask: sideOf(quote, 'ask') ?? null,
    iv,
    open_interest: openInterestOf(quote, contract) ?? context.openInterest.get(contract.conId) ?? null,
    underlying_price: underlying?.price ?? greeks?.underlyingPrice ?? null,
    data_type: quote.dataType ?? null,
    quoted_at: quote.quotedAt,
  }
  const halted = (quote.numbers.halted ?? 0) > 0
  // Every property by name: with a spread, a row takes two thirds longer.
  return {
    timestamp: context.slot,
    symbol: contract.symbol,
    expiry: contract.expiry,
    strike: facts.strike,
    right: facts.right,
    bid: facts.bid,
    ask: facts.ask,
    last: quote.numbers.last || null,
    bid_size: quote.numbers.bidSize ?? null,
    ask_size: quote.numbers.askSize ?? null,
    volume: quote.numbers.volume ?? null,
    open_interest: facts.open_interest,
    iv,
    delta: rounded(greeks?.delta, GREEK_DECIMALS.delta),
    gamma: rounded(greeks?.gamma, GREEK_DECIMALS.gamma),
    theta: rounded(greeks?.theta, GREEK_DECIMALS.theta),
    vega: rounded(greeks?.vega, GREEK_DECIMALS.vega),
    underlying_price: facts.underlying_price,
    greeks_source: iv === null ? null : 'ib_model',
    data_type: facts.data_type,
    quoted_at: facts.quoted_at,
    con_id: contract.conId,
    trading_class: contract.tradingClass,
    exercise_style: contract.exerciseStyle ?? null,
    settlement: contract.settlement ?? settlementOf(contract.tradingClass),
    expires_at: contract.expiresAt ?? context.expiresAt(contract.expiry, contract.tradingClass),
    multiplier: contract.multiplier,
    currency: contract.currency,
    exchange: contract.exchange,
    underlying_type: contract.underlyingType ?? null,
    underlying_con_id: contract.underlyingConId ?? null,
    pv_dividend: rounded(greeks?.pvDividend, GREEK_DECIMALS.pvDividend),
    carried_from: null,
    definition_version: DEFINITION_VERSION,
    yearmonth: contract.expiry.slice(0, 6),
    date: context.date,
    flags: flagsOf({
      ...facts,
      trading_class: contract.tradingClass,
      exercise_style: contract.exerciseStyle ?? null,
      underlying_type: contract.underlyingType ?? null,
      complete,
      halted,
      underlyingConfirmedAt: underlying?.confirmedAt ?? null,
      opening: context.opening,
      afterClose: context.afterClose,
    }),
  }
}

/** Rounds to the given number of decimals; null stays null. */
export function rounded(value: number | null | undefined, decimals: number): number | null {
  if (value === null || value === undefined) return null
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}
