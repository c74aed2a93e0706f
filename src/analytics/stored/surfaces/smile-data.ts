import { setImmediate } from 'node:timers/promises'
import type { Lake } from '../../../lake/open.ts'
import { chainAt } from '../../../lake/query/chains.ts'
import { surfaceRowsAt, surfaceRowsOf } from '../../../lake/query/surface-rows.ts'
import { newYorkDate, newYorkInstant, newYorkTime } from '../../../market/calendar.ts'
import { expiryTimesOf } from '../../../market/option-hours.ts'
import {
  addDays,
  daysBetween,
  type EpochMs,
  epochMs,
  type SessionDate,
  sessionDate,
} from '../../../market/units.ts'
import type { SnapshotRow } from '../../../snapshot/row.ts'
import type { SurfaceRow } from '../../../snapshot/surface/surfaces.ts'
import { type Expiration, groupChain } from '../../chain.ts'
import {
  type FigureSymbol,
  kindOfRows,
  observationTimes,
  sessionBefore,
  sessionsOf,
} from '../../figure-session.ts'
import type { Found } from '../../measured.ts'
import { type AnalyticsOptions, carryOf } from '../../options.ts'
import { type ParityFit, parityLine } from '../../surface/quotes/parity-line.ts'
import { type QuotedSides, quotedSides } from '../../surface/quotes/quoted-sides.ts'
import { FIGURE_COLUMNS } from '../reader.ts'
import { type ChosenExpirations, chooseExpirations, type NamedExpiration } from './choose-expirations.ts'

/** What a slot is compared with: nothing, the last slot of the session before, or its slot of the same time of day. */
export const COMPARISONS = ['none', 'close', 'same_time'] as const
export type Comparison = (typeof COMPARISONS)[number]

/** Which smiles of which slot. */
export interface SmileQuestion {
  /** Left out: the newest slot. */
  readonly at?: EpochMs | undefined
  /** Left out: some that are near usual maturities. */
  readonly expirations?: readonly NamedExpiration[] | undefined
  /** Also quotes in the money. */
  readonly inTheMoney?: boolean
  readonly against?: Comparison
}

const ROW_COLUMNS = [...FIGURE_COLUMNS, 'date'] as const
/** A row of a chain as smiles need it. */
export type SmileRow = Pick<SnapshotRow, (typeof ROW_COLUMNS)[number]>

/** The quotes of one expiration. */
export interface QuotedSmile {
  readonly expiration: Expiration<SmileRow>
  /** The forward at which the quotes were turned into volatilities. */
  readonly parity: Found<ParityFit>
  /** By strike; none without a forward. */
  readonly quotes: readonly QuotedSides<SmileRow>[]
}

/** Stored curves of an earlier slot. */
export interface EarlierCurves {
  readonly slot: EpochMs
  readonly date: SessionDate
  readonly curves: readonly SurfaceRow[]
}

/** The smiles of one symbol's slot. */
export interface SmileData {
  readonly symbol: string
  readonly slot: EpochMs
  readonly date: SessionDate
  /** Price of the underlying, dollars; null if no row has one. */
  readonly spot: number | null
  /** All of the slot, by time to expiry. */
  readonly expirations: readonly Expiration<SmileRow>[]
  readonly chosen: ChosenExpirations<QuotedSmile>
  /** The stored curves of the slot; empty if none is stored. */
  readonly curves: readonly SurfaceRow[]
  /** Null if nothing of the session before is stored, or nothing was asked for. */
  readonly before: EarlierCurves | null
}

/**
 * Quotes and stored curves of some expirations of a symbol's newest slot at or before a time. Curves are those of the
 * tables: none is fitted here, which takes too long for an answer. Other work of the process can run between two
 * expirations. Null if the symbol has no slot with options.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function smileData(
  lake: Lake,
  symbol: string,
  {
    options,
    at,
    expirations: named,
    inTheMoney = false,
    against = 'none',
  }: SmileQuestion & { readonly options: AnalyticsOptions },
): Promise<SmileData | null> {
  const rows = await chainAt(lake, symbol, { at, columns: ROW_COLUMNS })
  const [first] = rows
  if (!first) return null
  const key = { slot: epochMs(first.timestamp), date: sessionDate(first.date) }
  const { slot } = key
  const curves = await surfaceRowsOf(lake, symbol, key)
  const before = await earlierCurves(lake, { symbol, kind: kindOfRows(rows) }, { ...key, against })
  await setImmediate()
  const { expirations, spot } = groupChain(rows, { slot, expiresAt: expiryTimesOf(symbol) })
  const { found, missing } = chooseExpirations(expirations, named)
  const carry = carryOf(options, symbol)
  const quoted: QuotedSmile[] = []
  for (const expiration of found) {
    await setImmediate()
    const parity = parityLine(expiration, { carry, slot, spot })
    const fit = parity.value
    const quotes = fit === null ? [] : quotedSides(expiration, { fit, carry, slot, inTheMoney })
    quoted.push({ expiration, parity, quotes })
  }
  return { symbol, ...key, spot, expirations, chosen: { found: quoted, missing }, curves, before }
}

/**
 * The stored curves of the session before a slot: of its last slot within the stock exchange's session (15:55 New York
 * time), or of the newest at or before the same time of day. Null without any, and for `none`.
 */
export async function earlierCurves(
  lake: Lake,
  one: FigureSymbol,
  {
    slot,
    date,
    against,
  }: { readonly slot: EpochMs; readonly date: SessionDate; readonly against: Comparison },
): Promise<EarlierCurves | null> {
  const before = against === 'none' ? null : sessionBefore(date, sessionsOf(one))
  const times = before && observationTimes(before, one)
  if (!before || !times) return null
  const at = against === 'close' ? times.window.to : sameTime(slot, date, before)
  const curves = await surfaceRowsAt(lake, one.symbol, { at, date: before })
  const [first] = curves
  return first ? { slot: epochMs(first.timestamp), date: before, curves } : null
}

/** The same New York time of another trade date. An evening slot of futures is of the evening before its date. */
function sameTime(slot: EpochMs, date: SessionDate, other: SessionDate): EpochMs {
  const offsetDays = daysBetween(date, newYorkDate(slot))
  return newYorkInstant(addDays(other, offsetDays), newYorkTime(slot))
}
