import { newYorkDate, sessionsBetween, yearsBetween } from '../../../market/calendar.ts'
import type { Dividend } from '../../../market/pricing/option.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import type { Carry } from '../../carry.ts'
import { type Expiration, MINUTES_PER_YEAR, yearsOf } from '../../chain.ts'
import { type DateOf, type DividendRise, type ExpectedDividends, expectedDividends } from '../../dividends.ts'
import { consistentSpot } from './consistent-spot.ts'
import { type Forward, parityForward } from './forward.ts'
import { pricingTerms } from './pricing-terms.ts'

/** Expirations that tell how far the market's carry is from the rate; the longest ones tell most. */
const MOST_REFERENCES = 3
/** A range of spots narrower than this many times the uncertainty of C − P tells no date. */
const LEAST_RANGE = 2
const YEAR_MS = MINUTES_PER_YEAR * 60_000

/** Ex-dates by rise for one chain and carry: all its expirations ask for the same ones. */
type KnownDates = Map<string, number | null>
const known = new WeakMap<Expiration['dividendCurve'], WeakMap<Carry, KnownDates>>()

/**
 * The dividends before an expiration, with ex-dates from the quotes where the settings have none: see `expectedDividends`.
 */
export function datedDividends(expiration: Expiration, carry: Carry, slot: EpochMs): ExpectedDividends {
  return expectedDividends(expiration, carry, { slot, yearsTo: exDatesOf(expiration, carry, slot) })
}

/**
 * Dates the dividend between two expirations by the quotes of the later one. The premium for early exercise of a call grows
 * with the ex-date, that of a put falls, by about half the dividend from one end of the time to the other; so each ex-date
 * gives another consistent spot, and the right one gives the price of the underlying. By how much the two differ for other
 * reasons (the rate, the cost of borrowing) is known from the expirations before the dividend. Null where the options are
 * European, the underlying has no price, or the difference is lost in the spreads.
 */
function exDatesOf(
  { dividendCurve }: Pick<Expiration, 'dividendCurve'>,
  carry: Carry,
  slot: EpochMs,
): DateOf {
  const byCarry = known.get(dividendCurve) ?? new WeakMap<Carry, KnownDates>()
  known.set(dividendCurve, byCarry)
  const dates: KnownDates = byCarry.get(carry) ?? new Map()
  byCarry.set(carry, dates)
  return (rise, earlier) => {
    const key = `${rise.from} ${rise.to} ${rise.presentValue}`
    const before = dates.get(key)
    if (before !== undefined) return before
    const years = dateOf(rise, { dividendCurve, carry, slot, earlier })
    dates.set(key, years)
    return years
  }
}

interface DatingInput extends Pick<Expiration, 'dividendCurve'> {
  readonly carry: Carry
  readonly slot: EpochMs
  /** The dividends before the rise. */
  readonly earlier: readonly Dividend[]
}

function dateOf(rise: DividendRise, { dividendCurve, carry, slot, earlier }: DatingInput): number | null {
  const later = dividendCurve.find(({ minutes }) => minutes / MINUTES_PER_YEAR === rise.to)?.expiration
  const observed = later ? observedAtPivot(later, carry) : null
  if (!later || observed === null || later.style !== 'american') return null
  const candidates = exDatesBetween(rise, slot)
  const terms = pricingTerms(later, carry.rateFraction)
  const spotAt = (years: number) => {
    const amount = rise.presentValue * Math.exp(carry.rateFraction * years)
    return consistentSpot(later, {
      parity: observed.parity,
      terms,
      dividends: [...earlier, { years, amount }],
    })
  }
  const [first, last] = [candidates[0], candidates.at(-1)]
  if (first === undefined || last === undefined) return null
  const [highest, lowest] = [spotAt(first), spotAt(last)]
  if (highest === null || lowest === null) return null
  const target = observed.spot + carryError({ dividendCurve, carry }, rise) * rise.to
  const range = highest - lowest
  const isInformative = range > LEAST_RANGE * observed.error
  if (!isInformative || target > highest + range || target < lowest - range) return null
  let [low, high] = [0, candidates.length - 1]
  // The spot falls with the ex-date.
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const spot = spotAt(candidates[middle] as number)
    if (spot === null) return null
    if (spot > target) low = middle
    else high = middle
  }
  const distance = (at: number) =>
    Math.abs((spotAt(candidates[at] as number) ?? Number.POSITIVE_INFINITY) - target)
  return candidates[distance(low) <= distance(high) ? low : high] as number
}

/** 09:30 New York time of the sessions after one expiration and up to another, in years. */
function exDatesBetween({ from, to }: DividendRise, slot: EpochMs): number[] {
  const dateAt = (years: number) => newYorkDate(epochMs(Math.round(slot + years * YEAR_MS)))
  return sessionsBetween(dateAt(from), dateAt(to))
    .map(({ openAt }) => yearsBetween(slot, openAt))
    .filter((years) => years > from && years <= to)
}

interface Observed {
  readonly parity: Forward
  /** The underlying when the two options at the pivot were quoted, dollars. */
  readonly spot: number
  /** Half the sum of their spreads, dollars. */
  readonly error: number
}

function observedAtPivot(expiration: Expiration, carry: Carry): Observed | null {
  const parity = parityForward(expiration, carry.rateFraction).value
  const pair = parity && expiration.strikes.find(({ strike }) => strike === parity.pivot)
  if (!parity || !pair?.call || !pair.put) return null
  const [call, put] = [pair.call.underlying_price, pair.put.underlying_price]
  if (call === null || put === null || !(call > 0 && put > 0)) return null
  const spreadOf = ({ bid, ask }: { bid: number | null; ask: number | null }) => (ask ?? 0) - (bid ?? 0)
  return { parity, spot: (call + put) / 2, error: (spreadOf(pair.call) + spreadOf(pair.put)) / 2 }
}

/** Dollars a year by which the consistent spot drifts from the underlying's price before the first dividend. */
function carryError(
  { dividendCurve, carry }: Omit<DatingInput, 'slot' | 'earlier'>,
  { from }: DividendRise,
): number {
  let [errors, years] = [0, 0]
  const before = dividendCurve.filter(
    (one) => one.presentValue === 0 && one.minutes / MINUTES_PER_YEAR <= from,
  )
  for (const { expiration } of before.slice(-MOST_REFERENCES)) {
    const observed = observedAtPivot(expiration, carry)
    if (!observed) continue
    const terms = pricingTerms(expiration, carry.rateFraction)
    const spot = consistentSpot(expiration, { parity: observed.parity, terms, dividends: [] })
    if (spot === null) continue
    errors += spot - observed.spot
    years += yearsOf(expiration)
  }
  return years > 0 ? errors / years : 0
}
