/** One session's returns, logarithms. A part that is not known is null. */
export interface DailyReturns {
  /** ln(close / close of the session before). */
  readonly closeToClose: number | null
  /** ln(open / close of the session before). */
  readonly overnight: number | null
  /** Of the session itself, each over its open; null unless all four prices are known. */
  readonly session: { readonly high: number; readonly low: number; readonly close: number } | null
  /** Sum of the squared five-minute returns of the session. */
  readonly fiveMinuteVariance: number | null
}

/**
 * Ways to estimate the variance of a session from the returns of several. All but `parkinson` include the nights.
 * Sources: M. Parkinson, Journal of Business 53 (1980); D. Yang and Q. Zhang, Journal of Business 73 (2000); T. G. Andersen
 * and T. Bollerslev, International Economic Review 39 (1998); P. R. Hansen and A. Lunde, Journal of Financial
 * Econometrics 3 (2005), for the squared return of the night that is added to the session's realized variance.
 */
export const ESTIMATORS = ['close_to_close', 'parkinson', 'yang_zhang', 'five_minute'] as const
export type Estimator = (typeof ESTIMATORS)[number]

export interface VarianceEstimate {
  /** Of a session, a fraction squared; null where no or too few sessions have what the estimator needs. */
  readonly variance: number | null
  /** Sessions that the estimator could use. */
  readonly sessions: number
}

/** The variance of a session. Pure; sessions that lack a part which the estimator needs are left out. */
export function estimateVariance(days: readonly DailyReturns[], estimator: Estimator): VarianceEstimate {
  switch (estimator) {
    case 'close_to_close':
      return closeToCloseVariance(days.flatMap(({ closeToClose }) => closeToClose ?? []))
    case 'parkinson':
      return parkinsonVariance(days.flatMap(({ session }) => session ?? []))
    case 'yang_zhang':
      return yangZhangVariance(
        days.flatMap(({ overnight, session }) =>
          overnight === null || session === null ? [] : [{ overnight, ...session }],
        ),
      )
    case 'five_minute':
      return wholeDayVariance(
        days.flatMap(({ overnight, fiveMinuteVariance }) =>
          overnight === null || fiveMinuteVariance === null ? [] : [fiveMinuteVariance + overnight ** 2],
        ),
      )
  }
}

/** The sample variance, about the mean and over n − 1. */
function closeToCloseVariance(returns: readonly number[]): VarianceEstimate {
  return { variance: sampleVariance(returns), sessions: returns.length }
}

type SessionReturns = NonNullable<DailyReturns['session']>

/** Mean of ln(high/low)² over 4 ln 2. */
function parkinsonVariance(days: readonly SessionReturns[]): VarianceEstimate {
  const mean = meanOf(days.map(({ high, low }) => (high - low) ** 2))
  return { variance: mean === null ? null : mean / (4 * Math.LN2), sessions: days.length }
}

/** The variance of a session without its night, by Rogers and Satchell: unbiased whatever the drift is. */
export function rogersSatchellVariance(days: readonly SessionReturns[]): number | null {
  return meanOf(days.map(({ high, low, close }) => high * (high - close) + low * (low - close)))
}

/** The weight of the variance from open to close in that of Yang and Zhang, at which theirs varies least. */
export function yangZhangWeight(sessions: number): number {
  return 0.34 / (1.34 + (sessions + 1) / (sessions - 1))
}

function yangZhangVariance(days: readonly (SessionReturns & { overnight: number })[]): VarianceEstimate {
  const sessions = days.length
  const overnight = sampleVariance(days.map((day) => day.overnight))
  const openToClose = sampleVariance(days.map(({ close }) => close))
  const rogersSatchell = rogersSatchellVariance(days)
  if (overnight === null || openToClose === null || rogersSatchell === null)
    return { variance: null, sessions }
  const weight = yangZhangWeight(sessions)
  return { variance: overnight + weight * openToClose + (1 - weight) * rogersSatchell, sessions }
}

function wholeDayVariance(variances: readonly number[]): VarianceEstimate {
  return { variance: meanOf(variances), sessions: variances.length }
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function sampleVariance(values: readonly number[]): number | null {
  const mean = meanOf(values)
  if (mean === null || values.length < 2) return null
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}
