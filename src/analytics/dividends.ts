import type { Dividend } from '../market/pricing/option.ts'
import type { EpochMs } from '../market/units.ts'
import type { DIVIDEND_SOURCES } from '../snapshot/figure-basis-columns.ts'
import { type Carry, dividendsFrom, presentValue } from './carry.ts'
import { type Expiration, MINUTES_PER_YEAR, yearsOf } from './chain.ts'

/**
 * Where the dividends before an expiration come from. pv_dividend: the present values that the gateway's model has for the
 * expirations of the chain. setting: the dividends of the settings. none: neither knows one, or the options are on a
 * future or forward, which pays none.
 */
export type DividendSource = Exclude<(typeof DIVIDEND_SOURCES)[number], 'mixed'>

/** The dividends before an expiration, as options on their stock are priced with them. */
export interface ExpectedDividends {
  /** By ex-date, ascending. */
  readonly dividends: readonly ExpectedDividend[]
  /** Of all of them, dollars a share. */
  readonly presentValue: number
  readonly source: DividendSource
}

/** A dividend before an expiration. */
export interface ExpectedDividend extends Dividend {
  /**
   * What says the ex-date. setting: the settings. middle: only the two expirations between which it lies are known, and
   * the middle between them is taken.
   */
  readonly datedBy: 'setting' | 'middle'
}

/** A rise of the present value by less is rounding, dollars: the column has four decimals. */
const LEAST_DIVIDEND = 0.001

const NO_DIVIDENDS: ExpectedDividends = { dividends: [], presentValue: 0, source: 'none' }

/**
 * The dividends before an expiration. The present values of the gateway's model give them by the differences between
 * successive expirations; without one for this expiration the settings do. A difference is discounted from its ex-date at
 * the rate: that of the settings where one lies between the two expirations (of several, in proportion to their amounts),
 * else the middle.
 */
export function expectedDividends(
  expiration: Pick<Expiration, 'minutes' | 'pricedOn' | 'pvDividend' | 'dividendCurve'>,
  carry: Carry,
  slot: EpochMs,
): ExpectedDividends {
  if (expiration.pricedOn !== 'spot') return NO_DIVIDENDS
  const years = yearsOf(expiration)
  const listed = dividendsFrom(carry, slot).filter((one) => one.years <= years && one.amount > 0)
  const known = knownPresentValue(expiration)
  if (known !== null) {
    const dividends = fromPresentValues({ ...expiration, known }, { listed, carry })
    return { dividends, presentValue: known, source: 'pv_dividend' }
  }
  if (listed.length === 0) return NO_DIVIDENDS
  const dividends = listed
    .map((one): ExpectedDividend => ({ ...one, datedBy: 'setting' }))
    .sort((a, b) => a.years - b.years)
  return { dividends, presentValue: presentValue(listed, { years, ...carry }), source: 'setting' }
}

/** The expiration's own value, or that of the expirations around it where both have the same. */
function knownPresentValue({
  minutes,
  pvDividend,
  dividendCurve,
}: Pick<Expiration, 'minutes' | 'pvDividend' | 'dividendCurve'>): number | null {
  if (pvDividend !== null) return pvDividend
  const before = dividendCurve.findLast((one) => one.minutes <= minutes)?.presentValue ?? 0
  const after = dividendCurve.find((one) => one.minutes >= minutes)?.presentValue
  return after !== undefined && Math.abs(after - before) < LEAST_DIVIDEND ? after : null
}

function fromPresentValues(
  { minutes, dividendCurve, known }: Pick<Expiration, 'minutes' | 'dividendCurve'> & { known: number },
  { listed, carry }: { readonly listed: readonly Dividend[]; readonly carry: Carry },
): ExpectedDividend[] {
  const earlier = dividendCurve.filter((one) => one.minutes < minutes)
  // What is paid before an expiration is paid before every later one: a value above a later one is an error.
  const steps = [...earlier, { minutes, presentValue: known }]
  for (let at = steps.length - 2; at >= 0; at--) {
    const one = steps[at] as (typeof steps)[number]
    const most = (steps[at + 1] as typeof one).presentValue
    if (one.presentValue > most) steps[at] = { ...one, presentValue: most }
  }
  const dividends: ExpectedDividend[] = []
  let before = { minutes: 0, presentValue: 0 }
  for (const step of steps) {
    const rise = step.presentValue - before.presentValue
    if (rise < LEAST_DIVIDEND && step.minutes < minutes) continue
    const from = before.minutes / MINUTES_PER_YEAR
    const to = step.minutes / MINUTES_PER_YEAR
    if (rise > 0) dividends.push(...datedBetween(listed, { from, to, rise, carry }))
    before = step
  }
  return dividends
}

/** The dividends of one rise of the present value, with the ex-dates of the settings that lie in between. */
function datedBetween(
  listed: readonly Dividend[],
  { from, to, rise, carry }: { from: number; to: number; rise: number; carry: Carry },
): ExpectedDividend[] {
  const within = listed.filter(({ years }) => years > from && years <= to)
  const total = within.reduce((sum, { amount }) => sum + amount, 0)
  const valued = (years: number, share: number) => rise * share * Math.exp(carry.rateFraction * years)
  if (total > 0) {
    return within
      .map(
        (one): ExpectedDividend => ({
          years: one.years,
          amount: valued(one.years, one.amount / total),
          datedBy: 'setting',
        }),
      )
      .sort((a, b) => a.years - b.years)
  }
  const years = (from + to) / 2
  return [{ years, amount: valued(years, 1), datedBy: 'middle' }]
}
