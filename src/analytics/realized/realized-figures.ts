import type { TradingSession } from '../../market/calendar.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { type FigureSymbol, isFutures, sessionsOf } from '../figure-session.ts'
import { absent, type Found, found, type GivenBasis, type Measured, mapFound, measured } from '../measured.ts'
import { TRADING_DAYS_PER_YEAR } from '../trading-time.ts'
import type { Estimator } from './estimators.ts'
import { NO_REALIZED_HISTORY, type RealizedHistory } from './realized-history.ts'
import { REALIZED_WINDOW, realizedVol } from './realized-vol.ts'
import { type PriceBar, varianceSoFar } from './session-bars.ts'

/** Realized volatility before a slot, and what implied volatility is above it. */
export interface RealizedFigures {
  readonly realized_vol_close: Measured<number>
  readonly realized_vol_parkinson: Measured<number>
  readonly realized_vol_yang_zhang: Measured<number>
  readonly realized_vol_5min: Measured<number>
  readonly realized_vol_today: Measured<number>
  readonly variance_risk_premium: Measured<number>
  readonly volatility_spread: Measured<number>
}

/** What realized volatility is made from; left out: nothing is stored. */
export interface RealizedPast {
  /** Returns of the sessions before the slot's. */
  readonly realized?: RealizedHistory
  /** Bars of the slot's own trade date. */
  readonly todayBars?: readonly PriceBar[]
}

export interface RealizedInput extends RealizedPast, FigureSymbol {
  readonly slot: EpochMs
  readonly date: SessionDate
}

const MINUTE_MS = 60_000
/** Length of a full session: of the stock exchange, and of futures, which trade for 23 hours. */
const FULL_SESSION_MS = { stock: 390 * MINUTE_MS, futures: 1_380 * MINUTE_MS }

/** The definitions of the four estimators, by the name of their figure. */
export const ESTIMATOR_FIGURES = {
  close_to_close: 'realized_vol_close',
  parkinson: 'realized_vol_parkinson',
  yang_zhang: 'realized_vol_yang_zhang',
  five_minute: 'realized_vol_5min',
} as const satisfies Record<Estimator, keyof RealizedFigures>

/** The figures of a slot. Uses sessions before the slot's, and bars of today that ended before the slot. Pure. */
export function realizedFigures(input: RealizedInput, iv30: Found<number>): RealizedFigures {
  const { slot, realized = NO_REALIZED_HISTORY } = input
  const one = (estimator: Estimator) => realizedFigure(realized, { estimator, window: REALIZED_WINDOW, slot })
  const yangZhang = one('yang_zhang')
  return {
    realized_vol_close: one('close_to_close'),
    realized_vol_parkinson: one('parkinson'),
    realized_vol_yang_zhang: yangZhang,
    realized_vol_5min: one('five_minute'),
    realized_vol_today: todayFigure(input),
    ...premiumFigures(iv30, yangZhang),
  }
}

/** One estimate over the last sessions, with its basis. */
export function realizedFigure(
  { sessions, daily, bars, source }: RealizedHistory,
  {
    estimator,
    window,
    slot,
  }: { readonly estimator: Estimator; readonly window: number; readonly slot: EpochMs },
): Measured<number> {
  const isOfBars = estimator === 'five_minute'
  const estimate = realizedVol(isOfBars ? bars : daily, sessions.slice(-window), estimator, window)
  return measured(estimate.vol, {
    definition: `${ESTIMATOR_FIGURES[estimator]}_${window}d`,
    unit: 'fraction',
    source: isOfBars ? 'bars' : source,
    window,
    observations: estimate.sessions,
    observations_of: 'sessions',
    as_of: slot,
  })
}

/** The volatility of the session so far; of a slot after the close, of the whole session. */
function todayFigure({ slot, date, todayBars = [], ...one }: RealizedInput): Measured<number> {
  const session: TradingSession | null = sessionsOf(one)(date)
  const fullSessionMs = isFutures(one) ? FULL_SESSION_MS.futures : FULL_SESSION_MS.stock
  const { variance, bars } = session
    ? varianceSoFar(todayBars, session, { before: slot, fullSessionMs })
    : { variance: null, bars: 0 }
  return measured(
    variance === null ? absent('too_few_bars') : found(Math.sqrt(variance * TRADING_DAYS_PER_YEAR)),
    {
      definition: 'realized_vol_today',
      unit: 'fraction',
      source: 'bars',
      window: null,
      observations: bars,
      observations_of: 'bars',
      as_of: slot,
    },
  )
}

/** Implied less realized: the variances, and the volatilities in points. The reason is that of the missing one. */
function premiumFigures(
  iv30: Found<number>,
  realized: Measured<number>,
): Pick<RealizedFigures, 'variance_risk_premium' | 'volatility_spread'> {
  const pair: Found<{ iv: number; vol: number }> =
    iv30.reason !== null
      ? iv30
      : mapFound(realized.reason === null ? found(realized.value) : absent(realized.reason), (vol) => ({
          ...{ iv: iv30.value, vol },
        }))
  const basis = (definition: string, unit: string): GivenBasis => ({
    ...{ definition, unit, source: 'chain' },
    ...{ window: realized.window, observations: realized.observations },
    ...{ observations_of: realized.observations_of, as_of: realized.as_of },
  })
  return {
    variance_risk_premium: measured(
      mapFound(pair, ({ iv, vol }) => iv ** 2 - vol ** 2),
      basis('variance_risk_premium', 'fraction²'),
    ),
    volatility_spread: measured(
      mapFound(pair, ({ iv, vol }) => 100 * (iv - vol)),
      basis('volatility_spread', 'points'),
    ),
  }
}
