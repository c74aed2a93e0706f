import type { EpochMs } from '../../market/units.ts'
import { flagNames } from '../../snapshot/quality-flags.ts'
import type { SurfaceRow } from '../../snapshot/surface/surfaces.ts'
import { daysOf, type Expiration } from '../chain.ts'
import type { NamedExpiration } from '../stored/surfaces/choose-expirations.ts'
import type { Comparison, QuotedSmile, SmileData } from '../stored/surfaces/smile-data.ts'
import { storedSmile } from '../stored/surfaces/surface-rows.ts'
import { expirationSmile } from '../surface/maturity.ts'

/** An expiration of the slot, as a list to choose from shows it. */
export interface ListedExpiration {
  readonly expiry: string
  readonly trading_class: string
  /** Calendar days from the slot to the end of its time. */
  readonly days: number
}

/** Quotes by strike, a list for each column; volatilities are fractions a year, null where a side has none. */
export interface QuoteColumns {
  readonly strike: readonly number[]
  /** A letter for each quote: P or C. */
  readonly right: string
  readonly bid: readonly (number | null)[]
  readonly ask: readonly (number | null)[]
  readonly bid_iv: readonly (number | null)[]
  readonly ask_iv: readonly (number | null)[]
  /** Bit masks; `flag_names` of the answer says what each means. */
  readonly flags: readonly number[]
  /** 1 where the fit uses the quote. */
  readonly fitted: readonly number[]
}

/** A stored curve where quotes reach, as points: ln(strike / forward), and volatility as a fraction a year. */
export interface CurveAnswer {
  readonly k: readonly number[]
  readonly iv: readonly number[]
  readonly forward: number
  readonly forward_error: number | null
  readonly years: number
  readonly atm_iv: number | null
  readonly atm_iv_error: number | null
  readonly skew: number | null
  readonly skew_error: number | null
  readonly quotes: number | null
  readonly within_one: number | null
  readonly within_two: number | null
  readonly residual: number | null
  readonly constrained: boolean
  readonly definition_version: number
}

/** One expiration: its quotes, its curve, and that of the earlier slot. */
export interface SmileOfExpiration extends ListedExpiration {
  readonly expires_at: string
  readonly years: number
  /** $, from put-call parity; null with its reason. */
  readonly forward: number | null
  readonly forward_error: number | null
  readonly forward_reason: string | null
  readonly quotes: QuoteColumns
  readonly curve: CurveAnswer | null
  /** Why there is no curve: a reason of the fit, or `not_stored`. */
  readonly curve_reason: string | null
  readonly before: CurveAnswer | null
}

/**
 * Why nothing is compared: nothing of the session before is stored, or nothing at or before the same time of day.
 */
export type NoComparison = 'no_session_before' | 'none_as_early'

/** Null where nothing was asked for. */
export function noComparison(against: Comparison): NoComparison | null {
  if (against === 'none') return null
  return against === 'same_time' ? 'none_as_early' : 'no_session_before'
}

/** The smiles of a symbol's slot. */
export interface SmileAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot with options. */
  readonly slot: string | null
  readonly date: string | null
  readonly age_seconds: number | null
  /** $; null if no row has a price of the underlying. */
  readonly spot: number | null
  readonly expirations: readonly ListedExpiration[]
  readonly smiles: readonly SmileOfExpiration[]
  /** Asked for and not in the slot. */
  readonly missing: readonly { readonly expiry: string; readonly trading_class: string | null }[]
  readonly flag_names: Readonly<Record<string, readonly string[]>>
  readonly against: Comparison
  readonly before: { readonly slot: string; readonly date: string } | null
  /** Why nothing is compared although it was asked for. */
  readonly before_reason: NoComparison | null
}

/** The smiles of a slot as the page shows them. */
export function smileAnswer(
  data: SmileData | null,
  { symbol, now, against }: { readonly symbol: string; readonly now: EpochMs; readonly against: Comparison },
): SmileAnswer {
  if (!data) {
    const none = { slot: null, date: null, age_seconds: null, spot: null, before: null, before_reason: null }
    return { symbol, ...none, expirations: [], smiles: [], missing: [], flag_names: {}, against }
  }
  const { slot, date, spot, expirations, chosen, before } = data
  const masks = new Set(chosen.found.flatMap(({ quotes }) => quotes.map(({ row }) => row.flags)))
  return {
    ...{ symbol, slot: new Date(slot).toISOString(), date, age_seconds: Math.max(0, (now - slot) / 1_000) },
    spot: spot === null ? null : rounded(spot, 4),
    expirations: expirations.map(listed),
    smiles: chosen.found.map((one) => smileOf(one, data)),
    missing: chosen.missing.map(named),
    flag_names: Object.fromEntries([...masks].map((mask) => [String(mask), flagNames(mask)])),
    against,
    before: before && { slot: new Date(before.slot).toISOString(), date: before.date },
    before_reason: before === null ? noComparison(against) : null,
  }
}

function named({ expiry, tradingClass }: NamedExpiration) {
  return { expiry, trading_class: tradingClass ?? null }
}

function listed(one: Pick<Expiration, 'expiry' | 'tradingClass' | 'minutes'>): ListedExpiration {
  return { expiry: one.expiry, trading_class: one.tradingClass, days: rounded(daysOf(one), 4) }
}

function smileOf({ expiration, parity, quotes }: QuotedSmile, data: SmileData): SmileOfExpiration {
  const line = parity.value?.line ?? null
  const row = data.curves.find(isOf(expiration))
  const earlier = data.before?.curves.find(isOf(expiration))
  const curve = row ? curveAnswer(row) : null
  return {
    ...listed(expiration),
    expires_at: new Date(expiration.expiresAt).toISOString(),
    years: rounded(expiration.minutes / MINUTES_PER_YEAR, 9),
    forward: line && rounded(line.forward, 4),
    forward_error: line && rounded(line.forwardError, 4),
    forward_reason: parity.reason,
    quotes: columnsOf(quotes),
    curve,
    curve_reason: curve ? null : (row?.reason ?? 'not_stored'),
    before: earlier ? curveAnswer(earlier) : null,
  }
}

const MINUTES_PER_YEAR = 525_600

function isOf({ expiry, tradingClass }: Pick<Expiration, 'expiry' | 'tradingClass'>) {
  return (row: SurfaceRow) => row.expiry === expiry && row.trading_class === tradingClass
}

function columnsOf(quotes: QuotedSmile['quotes']): QuoteColumns {
  const vol = (value: number | null) => (value === null ? null : rounded(value, 5))
  return {
    strike: quotes.map(({ row }) => row.strike),
    right: quotes.map(({ row }) => row.right).join(''),
    bid: quotes.map(({ row }) => row.bid),
    ask: quotes.map(({ row }) => row.ask),
    bid_iv: quotes.map(({ bidVol }) => vol(bidVol)),
    ask_iv: quotes.map(({ askVol }) => vol(askVol)),
    flags: quotes.map(({ row }) => row.flags),
    fitted: quotes.map(({ isFitted }) => Number(isFitted)),
  }
}

/** Points of a drawn curve between two knots of the spline: enough for a smooth line. */
const POINTS_BETWEEN_KNOTS = 3

/** The curve of a stored row as points between the lowest and the highest quote; null for an expiration without one. */
export function curveAnswer(row: SurfaceRow): CurveAnswer | null {
  const smile = storedSmile(row)
  if (smile === null || row.forward === null) return null
  const { quoted, totalVarianceAt, years } = expirationSmile(smile)
  const k: number[] = []
  const iv: number[] = []
  for (const at of drawnAt(smile.knots, Math.sqrt(smile.atmVariance), quoted)) {
    const variance = totalVarianceAt(at)
    if (variance === null || !(variance > 0)) continue
    k.push(rounded(at, 5))
    iv.push(rounded(Math.sqrt(variance / years), 5))
  }
  return {
    ...{ k, iv, forward: rounded(row.forward, 4), forward_error: row.forward_error, years },
    ...{ atm_iv: row.atm_iv, atm_iv_error: row.atm_iv_error, skew: row.skew, skew_error: row.skew_error },
    ...{ quotes: row.quotes, within_one: row.within_one, within_two: row.within_two },
    ...{ residual: row.residual, constrained: row.constrained === 1 },
    definition_version: row.definition_version,
  }
}

/** Log-moneyness from one end to the other, closest where the knots are. */
function drawnAt(
  knots: readonly number[],
  scale: number,
  { from, to }: { readonly from: number; readonly to: number },
): number[] {
  const inside = knots.map((z) => z * scale).filter((k) => k > from && k < to)
  const ends = [from, ...inside, to]
  const points = ends.slice(0, -1).flatMap((low, at) => {
    const width = (ends[at + 1] as number) - low
    return Array.from(
      { length: POINTS_BETWEEN_KNOTS },
      (_, part) => low + (width * part) / POINTS_BETWEEN_KNOTS,
    )
  })
  return [...points, to]
}

function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}
