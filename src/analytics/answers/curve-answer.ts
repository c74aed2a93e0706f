import {
  daysBetween,
  type EpochMs,
  epochMs,
  expiryDate,
  expiryToDate,
  sessionDate,
} from '../../market/units.ts'
import type { FutureRow } from '../../snapshot/future-snapshots.ts'
import { flagNames, type QualityFlag } from '../../snapshot/quality-flags.ts'
import { futureFigures, midOf } from '../futures.ts'
import { type FuturesAnswer, futuresAnswer } from './market-answer.ts'

/** One future of a curve: its stored row, and what follows from it. */
export interface CurvePoint extends Omit<FutureRow, 'timestamp' | 'quoted_at' | 'spot_at' | 'flags'> {
  readonly quoted_at: string | null
  readonly spot_at: string | null
  readonly flags: readonly QualityFlag[]
  /** Calendar days from the trade date of the slot to the last trading day. */
  readonly days: number
  /** Middle of bid and ask; null without both sides. */
  readonly mid: number | null
  /** mid less the level of the index; null without either. */
  readonly basis: number | null
}

/** The futures of a symbol in one slot, nearest expiry first. */
export interface CurveAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot with futures. */
  readonly slot: string | null
  readonly date: string | null
  readonly age_seconds: number | null
  /** Basis and roll yield; null without a slot. */
  readonly figures: FuturesAnswer | null
  readonly futures: readonly CurvePoint[]
}

/** The futures of a slot as the command line and HTTP return them. */
export function curveAnswer(
  rows: readonly FutureRow[],
  { symbol, now }: { readonly symbol: string; readonly now: EpochMs },
): CurveAnswer {
  const [first] = rows
  if (!first) return { symbol, slot: null, date: null, age_seconds: null, figures: null, futures: [] }
  const slot = epochMs(first.timestamp)
  return {
    ...{ symbol, slot: iso(slot), date: first.date, age_seconds: Math.max(0, (now - slot) / 1_000) },
    figures: futuresAnswer(futureFigures(rows, slot), now),
    futures: rows.map(pointOf),
  }
}

function pointOf({ timestamp: _, ...row }: FutureRow): CurvePoint {
  const mid = midOf(row)
  return {
    ...row,
    quoted_at: iso(row.quoted_at),
    spot_at: iso(row.spot_at),
    flags: flagNames(row.flags),
    days: daysBetween(sessionDate(row.date), expiryToDate(expiryDate(row.expiry))),
    mid,
    basis: mid === null || row.spot_price === null ? null : mid - row.spot_price,
  }
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
