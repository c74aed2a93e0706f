import type { Dividend } from '../market/pricing/option.ts'
import type { EpochMs } from '../market/units.ts'
import type { DIVIDEND_SOURCES } from '../snapshot/figures/figure-basis-columns.ts'
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

/**
 * What says the ex-date of a dividend. setting: the settings. quotes: American prices, which depend on it. middle: only the
 * two expirations between which it lies are known, and the middle between them is taken.
 */
export type DatedBy = 'setting' | 'quotes' | 'middle'

/** A dividend before an expiration. */
export interface ExpectedDividend extends Dividend {
  readonly datedBy: DatedBy
}

/** A rise of the present value of dividends between two successive expirations: at least one ex-date lies in between. */
export interface DividendRise {
  /** Years from the slot to the earlier expiration, 0 without one; the ex-date is later. */
  readonly from: number
  /** Years to the later expiration; the ex-date is not later. */
  readonly to: number
  /** Dollars a share. */
  readonly presentValue: number
}

/** Years to the ex-date of a rise after the dividends before it; null if unknown. */
export type DateOf = (rise: DividendRise, before: readonly Dividend[]) => number | null

/** A smaller rise of the present value is rounding, dollars: the column has four decimals. */
const LEAST_DIVIDEND = 0.001

const NO_DIVIDENDS: ExpectedDividends = { dividends: [], presentValue: 0, source: 'none' }

type DatedExpiration = Pick<Expiration, 'minutes' | 'pricedOn' | 'pvDividend' | 'dividendCurve'>

/**
 * The dividends before an expiration. The present values of the gateway's model give them by the differences between
 * successive expirations; without one for this expiration the settings do. A difference is discounted from its ex-date at
 * the rate: that of the settings where one lies between the two expirations (of several, in proportion to their amounts),
 * else that of `dateOf`, else the middle.
 */
export function expectedDividends(
  expiration: DatedExpiration,
  carry: Carry,
  { slot, yearsTo }: { readonly slot: EpochMs; readonly yearsTo?: DateOf },
): ExpectedDividends {
  if (expiration.pricedOn !== 'spot') return NO_DIVIDENDS
  const years = yearsOf(expiration)
  const listed = dividendsFrom(carry, slot)
    .filter((one) => one.years <= years && one.amount > 0)
    .sort((a, b) => a.years - b.years)
  const known = knownPresentValue(expiration)
  if (known !== null) {
    const dividends: ExpectedDividend[] = []
    for (const rise of risesBefore(expiration, known)) {
      const years = yearsTo?.(rise, [...dividends]) ?? null
      dividends.push(...datedIn(rise, { listed, carry, years }))
    }
    return { dividends, presentValue: known, source: 'pv_dividend' }
  }
  if (listed.length === 0) return NO_DIVIDENDS
  const dividends = listed.map((one): ExpectedDividend => ({ ...one, datedBy: 'setting' }))
  return { dividends, presentValue: presentValue(listed, { years, ...carry }), source: 'setting' }
}

/** The expiration's own value, or that of the expirations around it where both have the same; null if unknown. */
export function knownPresentValue({ minutes, pvDividend, dividendCurve }: DatedExpiration): number | null {
  if (pvDividend !== null) return pvDividend
  const before = dividendCurve.findLast((one) => one.minutes <= minutes)?.presentValue ?? 0
  const after = dividendCurve.find((one) => one.minutes >= minutes)?.presentValue
  return after !== undefined && Math.abs(after - before) < LEAST_DIVIDEND ? after : null
}

/** The rises of the present value up to an expiration, which sum to its own. */
function risesBefore(
  { minutes, dividendCurve }: Pick<Expiration, 'minutes' | 'dividendCurve'>,
  known: number,
): DividendRise[] {
  const steps = [...dividendCurve.filter((one) => one.minutes < minutes), { minutes, presentValue: known }]
  // What is paid before an expiration is paid before every later one: a value above a later one is an error.
  for (let at = steps.length - 2; at >= 0; at--) {
    const one = steps[at] as (typeof steps)[number]
    const most = (steps[at + 1] as typeof one).presentValue
    if (one.presentValue > most) steps[at] = { ...one, presentValue: most }
  }
  const rises: DividendRise[] = []
  let before = { minutes: 0, presentValue: 0 }
  for (const step of steps) {
    const rise = step.presentValue - before.presentValue
    const isRounding = rise < LEAST_DIVIDEND && step.minutes < minutes
    const [from, to] = [before.minutes / MINUTES_PER_YEAR, step.minutes / MINUTES_PER_YEAR]
    if (rise > 0 && !isRounding) rises.push({ from, to, presentValue: rise })
    before = { minutes: step.minutes, presentValue: isRounding ? before.presentValue : step.presentValue }
  }
  return rises
}

interface DatingTerms {
  readonly listed: readonly Dividend[]
  readonly carry: Carry
  /** To the ex-date where no setting has one; null if unknown. */
  readonly years: number | null
}

function datedIn(rise: DividendRise, { listed, carry, years: quoted }: DatingTerms): ExpectedDividend[] {
  const paid = (years: number, share: number) =>
    rise.presentValue * share * Math.exp(carry.rateFraction * years)
  const within = listed.filter(({ years }) => years > rise.from && years <= rise.to)
  const total = within.reduce((sum, { amount }) => sum + amount, 0)
  if (total > 0) {
    return within.map(({ years, amount }) => ({
      years,
      amount: paid(years, amount / total),
      datedBy: 'setting',
    }))
  }
  const years = quoted ?? (rise.from + rise.to) / 2
  return [{ years, amount: paid(years, 1), datedBy: quoted === null ? 'middle' : 'quotes' }]
}
