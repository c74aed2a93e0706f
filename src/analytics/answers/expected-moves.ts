import type { AbsenceReason } from '../measured.ts'
import type { ExpectedMoves } from '../stored/expected-moves.ts'

/** The expected move of one expiration. */
export interface ExpectedMoveAnswer {
  /** Last trading day, YYYYMMDD. */
  readonly expiry: string
  /** Null where the rows do not say. */
  readonly trading_class: string | null
  readonly settlement: string
  /** When the value is fixed. */
  readonly expires_at: string
  /** Calendar days from the slot. */
  readonly days: number
  /** Volatility at the money, a fraction a year. */
  readonly iv: number | null
  /** One standard deviation until it ends, dollars. */
  readonly move: number | null
  /** The mean absolute move until it ends, dollars: the price of the straddle at the money. */
  readonly straddle: number | null
  readonly straddle_strike: number | null
  /** Why there is no volatility; null where there is one. */
  readonly reason: AbsenceReason | null
}

/** How far the options of a slot expect the underlying to move. */
export interface ExpectedMovesAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot with options. */
  readonly slot: string | null
  readonly date: string | null
  /** Price of the underlying in the slot, dollars. */
  readonly price: number | null
  /** By time to expiry, ascending. */
  readonly expirations: readonly ExpectedMoveAnswer[]
}

export function expectedMovesAnswer(data: ExpectedMoves | null, symbol: string): ExpectedMovesAnswer {
  if (data === null) {
    return { symbol, slot: null, date: null, price: null, expirations: [] }
  }
  const { slot, date, spot, terms, moves } = data
  return {
    ...{ symbol, slot: new Date(slot).toISOString(), date, price: spot },
    expirations: terms.map((term, at) => ({
      ...{ expiry: term.expiry, trading_class: term.tradingClass || null, settlement: term.settlement },
      ...{ expires_at: new Date(term.expiresAt).toISOString(), days: term.days },
      iv: term.own.value,
      move: moves[at]?.byVol.value ?? null,
      straddle: moves[at]?.straddle.value?.price ?? null,
      straddle_strike: moves[at]?.straddle.value?.strike ?? null,
      reason: term.own.reason,
    })),
  }
}
