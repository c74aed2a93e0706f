import { newYorkDate } from '../../market/calendar.ts'
import { type EpochMs, epochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { FutureFigures } from '../futures.ts'
import { type AbsenceReason, type Aged, aged, DEFAULT_VALUES, type Measured, orDefault } from '../measured.ts'
import { qualityColumns } from '../quality/chain-quality.ts'
import { type MarketMetrics, type SlotMetrics, slotMetrics } from '../slot-metrics.ts'
import type { MarketData } from '../stored/reader.ts'
import type { SmileFigures, TenorFigures } from '../volatility/smile-figures.ts'
import type { ExpirationMove } from '../volatility/straddle-move.ts'

type Figure = Measured<number | string | boolean>

/** A figure with its basis as returned in JSON; times are ISO text. */
export interface FigureAnswer extends Omit<Aged<number | string | boolean>, 'as_of' | 'value' | 'reason'> {
  readonly value: number | string | boolean | null
  readonly reason: Figure['reason']
  readonly as_of: string | null
}

/** The figures of a symbol's slot by name, and the quality of its quotes. */
export interface MarketAnswer {
  readonly symbol: string
  /** Null if the symbol has no slot. Every figure is then null with a reason. */
  readonly slot: string | null
  readonly date: SessionDate | null
  readonly age_seconds: number | null
  readonly figures: Readonly<Record<keyof MarketMetrics, FigureAnswer>>
  readonly quality: ReturnType<typeof qualityColumns>
  readonly contracts: number
  readonly with_iv: number
  /** Contracts by quality flag; flags that no row has are left out. */
  readonly flags: MarketData['flags']
  /** Basis and roll yield; null for a symbol without futures. */
  readonly futures: FuturesAnswer | null
  /** Risk reversals and butterflies by maturity. */
  readonly tenors: readonly (Readonly<Record<keyof SmileFigures, FigureAnswer>> & {
    /** Calendar days. */
    readonly days: number
  })[]
  /** At-the-money volatility by expiration and class, ascending. */
  readonly expirations: readonly {
    /** Last trading day. */
    readonly expiry: string
    /** Null where the rows do not say. */
    readonly trading_class: string | null
    /** am: the value is fixed at an opening; pm: at the close of the last trading day. */
    readonly settlement: string
    /** The style by which the options are priced. */
    readonly exercise_style: string
    /** spot, future or forward: what the price of the options follows. */
    readonly priced_on: string
    /** When the value is fixed. */
    readonly expires_at: string
    readonly days: number
    readonly forward: number | null
    /** Price of the underlying that is consistent with the quotes, dividends before expiry included. */
    readonly consistent_spot: number | null
    /** pv_dividend of the rows, setting or none. */
    readonly dividend_source: string | null
    /** Before expiry; `dated_by` says where the ex-date comes from: setting, quotes or middle. */
    readonly dividends: readonly {
      readonly ex_date: string
      readonly amount: number
      readonly dated_by: string
    }[]
    readonly iv: number | null
    readonly iv_ib_model: number | null
    /** One standard deviation until it ends, dollars, by its own volatility. */
    readonly expected_move: number | null
    /** The mean absolute move until it ends, dollars: the price of the straddle at the money. */
    readonly expected_move_straddle: number | null
    readonly straddle_strike: number | null
    readonly reason: AbsenceReason | null
  }[]
}

/** The figures of futures, with the contracts and the index that they are made from. */
export interface FuturesAnswer {
  /** A future stops being the front one this many calendar days before its last trading day. */
  readonly roll_days: number | null
  readonly front: NamedFutureAnswer | null
  readonly next: NamedFutureAnswer | null
  /** Null for futures without an index. */
  readonly spot: { readonly index: string; readonly price: number | null; readonly at: string | null } | null
  readonly basis: FigureAnswer
  readonly basis_fraction: FigureAnswer
  readonly roll_yield: FigureAnswer
}

interface NamedFutureAnswer {
  readonly local_symbol: string
  readonly expiry: string
  readonly price: number | null
  readonly quoted_at: string | null
}

export function futuresAnswer(
  { front, next, rollDays, spot, basis, basis_fraction, roll_yield }: FutureFigures,
  now: EpochMs,
): FuturesAnswer {
  const iso = (at: EpochMs | null) => (at === null ? null : new Date(at).toISOString())
  const named = (one: FutureFigures['front']) =>
    one && {
      ...{ local_symbol: one.localSymbol, expiry: one.expiry, price: one.price },
      quoted_at: iso(one.quotedAt),
    }
  return {
    ...{ roll_days: rollDays, front: named(front), next: named(next) },
    spot: spot && { index: spot.index, price: spot.price, at: iso(spot.at) },
    basis: figureAnswer(basis, now),
    basis_fraction: figureAnswer(basis_fraction, now),
    roll_yield: figureAnswer(roll_yield, now),
  }
}

const YEAR_MS = 365 * 86_400_000

export interface AnswerOptions {
  readonly symbol: string
  /** Ages are measured up to this time. */
  readonly now: EpochMs
  /** Whether to replace missing figures with defaults, marked `is_default`. */
  readonly defaults: boolean
}

/** The figures of a slot as the command line and HTTP return them; without a slot, all are null with a reason. */
export function marketAnswer(
  data: MarketData | null,
  { symbol, now, defaults }: AnswerOptions,
): MarketAnswer {
  const metrics = data ?? emptyMetrics()
  const figures = mapFigures(metrics.figures, (name, figure) =>
    figureAnswer(defaults ? withDefault(name, figure) : figure, now),
  )
  return {
    symbol,
    slot: data ? new Date(data.slot).toISOString() : null,
    date: data?.date ?? null,
    age_seconds: data ? Math.max(0, (now - data.slot) / 1_000) : null,
    figures,
    quality: qualityColumns(metrics.quality),
    contracts: metrics.contracts,
    with_iv: metrics.withIv,
    flags: metrics.flags,
    futures: metrics.futures && futuresAnswer(metrics.futures, now),
    tenors: metrics.tenors.map((tenor) => tenorAnswer(tenor, now)),
    expirations: metrics.terms.map((term, at) => ({
      expiry: term.expiry,
      trading_class: term.tradingClass || null,
      settlement: term.settlement,
      exercise_style: term.style,
      priced_on: term.pricedOn,
      expires_at: new Date(term.expiresAt).toISOString(),
      days: term.days,
      forward: term.forward.value?.forward ?? null,
      consistent_spot: term.forward.value?.spot ?? null,
      dividend_source: term.forward.value?.dividendSource ?? null,
      dividends: (term.forward.value?.dividends ?? []).map(({ years, amount, datedBy }) => ({
        ex_date: newYorkDate(epochMs(Math.round((data?.slot ?? 0) + years * YEAR_MS))),
        amount,
        dated_by: datedBy,
      })),
      iv: term.own.value,
      iv_ib_model: term.ibModel.value,
      ...moveAnswer(metrics.moves[at]),
      reason: term.own.reason,
    })),
  }
}

function tenorAnswer({ days, ...figures }: TenorFigures, now: EpochMs): MarketAnswer['tenors'][number] {
  return {
    days,
    risk_reversal_25d: figureAnswer(figures.risk_reversal_25d, now),
    risk_reversal_10d: figureAnswer(figures.risk_reversal_10d, now),
    butterfly_25d: figureAnswer(figures.butterfly_25d, now),
    butterfly_10d: figureAnswer(figures.butterfly_10d, now),
  }
}

function moveAnswer(move: ExpirationMove | undefined) {
  return {
    expected_move: move?.byVol.value ?? null,
    expected_move_straddle: move?.straddle.value?.price ?? null,
    straddle_strike: move?.straddle.value?.strike ?? null,
  }
}

export function figureAnswer(figure: Figure, now: EpochMs): FigureAnswer {
  const { as_of } = figure
  return { ...aged(figure, now), as_of: as_of === null ? null : new Date(as_of).toISOString() }
}

/** Replaces an absent figure with its default; a figure without a default stays absent. */
function withDefault(name: keyof MarketMetrics, figure: Figure): Figure {
  if (name.startsWith('iv_rank')) return orDefault(figure, DEFAULT_VALUES.rank)
  if (name.startsWith('iv_percentile')) return orDefault(figure, DEFAULT_VALUES.percentile)
  if (name.startsWith('trend_')) return orDefault(figure, DEFAULT_VALUES.trend)
  return name === 'vix' ? orDefault(figure, DEFAULT_VALUES.vix) : figure
}

function mapFigures<T>(
  figures: MarketMetrics,
  change: (name: keyof MarketMetrics, figure: Figure) => T,
): Record<keyof MarketMetrics, T> {
  const entries = Object.entries(figures) as [keyof MarketMetrics, Figure][]
  return Object.fromEntries(entries.map(([name, one]) => [name, change(name, one)])) as Record<
    keyof MarketMetrics,
    T
  >
}

/** The figures of a symbol without slots: each is null with a reason, and has no time. */
export function emptyMetrics(): SlotMetrics {
  const metrics = slotMetrics({
    slot: epochMs(0),
    symbol: '',
    date: sessionDate('1970-01-01'),
    rows: [],
    carry: { rateFraction: 0, dividends: [] },
    vix: null,
    ivIndexFraction: null,
    history: [],
    sessions: [],
    dailyBars: [],
    intradayBars: [],
  })
  const timeless = <T>(figure: Measured<T>): Measured<T> => ({ ...figure, as_of: null })
  const figures = mapFigures(metrics.figures, (_, figure) => timeless(figure))
  const tenors = metrics.tenors.map((tenor) => ({
    days: tenor.days,
    risk_reversal_25d: timeless(tenor.risk_reversal_25d),
    risk_reversal_10d: timeless(tenor.risk_reversal_10d),
    butterfly_25d: timeless(tenor.butterfly_25d),
    butterfly_10d: timeless(tenor.butterfly_10d),
  }))
  return { ...metrics, tenors, figures: figures as MarketMetrics }
}
