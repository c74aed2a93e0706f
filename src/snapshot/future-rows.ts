import { type AnsweredContract, type Harvest, openInterestOf } from '../harvest/harvest.ts'
import type { FutureContract } from '../market/contract.ts'
import { sideOf } from '../market/quote.ts'
import type { ConId, EpochMs, SessionDate } from '../market/units.ts'
import { DEFINITION_VERSION } from './definition-version.ts'
import type { FutureRow } from './future-snapshots.ts'
import { maskOf, quoteFlags } from './quality-flags.ts'

/** What all rows of one symbol's futures in a slot share. */
export interface FutureRowContext {
  readonly slot: EpochMs
  /** Trade date of the slot. */
  readonly date: SessionDate
  /** The slot is the first of its session. */
  readonly opening: boolean
  /** Open interest known before this cycle. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** Ranks of the near futures: 1 is the front one; null: the roll has left it. */
  readonly ranks: ReadonlyMap<ConId, number | null>
  readonly rollDays: number
  /** The index that prices are held against; null: there is none, or it is not open. */
  readonly spotIndex: string | null
  /** The level of that index should have been received. */
  readonly spotExpected: boolean
}

/** One row for each future that answered. Pure. */
export function assembleFutureRows(harvest: Harvest<FutureContract>, context: FutureRowContext): FutureRow[] {
  return harvest.answered.map((one) => rowOf(one, context))
}

function rowOf(
  { contract, quote, underlying, complete }: AnsweredContract<FutureContract>,
  context: FutureRowContext,
): FutureRow {
  const { numbers } = quote
  const facts = {
    bid: sideOf(quote, 'bid') ?? null,
    ask: sideOf(quote, 'ask') ?? null,
    open_interest: openInterestOf(quote, contract) ?? context.openInterest.get(contract.conId) ?? null,
    data_type: quote.dataType ?? null,
    quoted_at: quote.quotedAt,
  }
  const flags = quoteFlags({
    ...facts,
    ...{ complete, halted: (numbers.halted ?? 0) > 0, opening: context.opening },
    underlyingConfirmedAt: underlying?.confirmedAt ?? null,
  })
  return {
    timestamp: context.slot,
    symbol: contract.symbol,
    expiry: contract.expiry,
    contract_month: contract.contractMonth,
    con_id: contract.conId,
    local_symbol: contract.localSymbol,
    trading_class: contract.tradingClass,
    exchange: contract.exchange,
    currency: contract.currency,
    multiplier: contract.multiplier,
    front_rank: context.ranks.get(contract.conId) ?? null,
    roll_days: context.rollDays,
    bid_size: numbers.bidSize ?? null,
    ask_size: numbers.askSize ?? null,
    last: numbers.last || null,
    volume: numbers.volume ?? null,
    settlement: numbers.close || null,
    spot_index: context.spotIndex,
    spot_price: underlying?.price ?? null,
    spot_at: underlying?.at ?? null,
    ...facts,
    // At night the index has no level.
    flags: maskOf({ ...flags, underlying_skew: context.spotExpected && flags.underlying_skew === true }),
    definition_version: DEFINITION_VERSION,
    date: context.date,
  }
}
