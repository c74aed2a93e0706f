import { z } from 'zod'
import { daysBetween, type ExpiryDate, expiryToDate, type SessionDate } from '../market/units.ts'
import { daysBeforeFriday } from '../market/weekly-expirations.ts'

/** Which part of a chain is collected. Fractions are of the underlying's price. */
export const universeOptions = z.strictObject({
  policy: z
    .enum(['targets', 'plain', 'all'])
    .default('targets')
    .describe(
      'targets: expirations near the target days, strikes by volatility; plain: the nearest few, a fixed window; all: every expiration, a fixed window',
    ),
  maxDaysToExpiry: z
    .int()
    .min(0)
    .max(3650)
    .default(60)
    .describe('expirations further out are left alone; days'),
  targetDays: z
    .array(z.int().min(0).max(3650))
    .default([0, 7, 14, 45, 60])
    .describe(
      'policy targets: the expirations nearest to these days; the Fridays around 14, 30 and 45 days are always added',
    ),
  farDaysToExpiry: z
    .int()
    .min(0)
    .max(3650)
    .default(98)
    .describe(
      'policy targets, if maxDaysToExpiry is 60 or more: the first Friday from 60 days on is collected too, even beyond maxDaysToExpiry, up to these days, with fewer strikes; figures of 60 days need an expiration on either side; 0: none',
    ),
  plainExpirations: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe('policy plain: how many of the nearest expirations'),
  strikeWindowFraction: z
    .number()
    .positive()
    .max(100)
    .default(0.2)
    .describe('widest window to either side of the underlying: 0.2 is ±20 %'),
  vixWindowFraction: z
    .number()
    .positive()
    .max(100)
    .default(1)
    .describe(
      'widest window of options on the VIX, in place of strikeWindowFraction: the index itself moves by tens of percent a day',
    ),
  minStrikeWindowFraction: z
    .number()
    .positive()
    .max(100)
    .default(0.03)
    .describe('policy targets: narrowest window to either side'),
  widePutsFraction: z
    .number()
    .positive()
    .max(1)
    .default(0.35)
    .describe('policy targets: how far down puts reach on the two expirations around 30 days'),
  sigmas: z
    .number()
    .positive()
    .max(20)
    .default(5)
    .describe('policy targets: half-width of the window in standard deviations to expiry'),
})
export type UniverseOptions = z.infer<typeof universeOptions>

export interface ChosenExpiration {
  readonly expiry: ExpiryDate
  /** Calendar days from the session's date. */
  readonly days: number
  /** One of the two around 30 days, which the 30-day figures are based on; they keep wider wings. */
  readonly aroundThirty: boolean
  /** Chosen only so that figures of 60 days lie between two expirations: some of its strikes are enough. */
  readonly isThinned: boolean
}

/** What the expirations are chosen by. */
interface ChoiceTerms {
  readonly today: SessionDate
  readonly options: UniverseOptions
  /** Days of classes with few of them, such as the monthly options on an index: each has the one nearest to 30 days. */
  readonly sparse?: readonly (readonly ExpiryDate[])[]
}

/** The maturities that figures interpolate between weekly expirations: the ends of the term slope, and 30 days. */
const WEEKLY_TERMS = [14, 30, 45]
const WEEK = 7

/** The longest maturity of the figures; days. */
const LONGEST_TERM = 60

/** Half the longest time between two monthly expirations; days. */
const HALF_A_MONTH = 17

/** How far an expiration that is already collected may be from a target and still serve it; days. */
function tolerance(targetDays: number): number {
  return targetDays === 0 ? 0 : Math.max(2, Math.round(targetDays * 0.15))
}

/**
 * The expirations to collect, soonest first. `admitted` are those collected before. An admitted expiration stays
 * until it expires, so that a contract's history has no gaps. A target admits no new expiration while an admitted one
 * is close enough, so that the set does not grow by one every day. Of the weekly expirations (a Friday, or the session
 * before a closed one) those on both sides of 14, 30 and 45 days are always admitted: figures lie between them. Those
 * after 45 days up to the first of 60 or more are collected as well, but with fewer strikes until one of the other rules
 * admits them: whole, they would not fit into five minutes.
 */
export function chooseExpirations(
  listed: readonly ExpiryDate[],
  admitted: readonly ExpiryDate[],
  { today, options, sparse = [] }: ChoiceTerms,
): ChosenExpiration[] {
  const unexpired = [...new Set(listed)]
    .map((expiry) => ({ expiry, days: daysBetween(today, expiryToDate(expiry)) }))
    .filter(({ days }) => days >= 0)
    .sort((a, b) => a.days - b.days)
  const open = unexpired.filter(({ days }) => days <= options.maxDaysToExpiry)

  if (options.policy !== 'targets') {
    const chosen = options.policy === 'plain' ? open.slice(0, options.plainExpirations) : open
    return chosen.map((one) => ({ ...one, aroundThirty: false, isThinned: false }))
  }

  const kept = new Set(open.filter(({ expiry }) => admitted.includes(expiry)).map(({ expiry }) => expiry))
  const admit = (candidates: typeof open, target: number, within: number) => {
    const served = candidates.some((one) => kept.has(one.expiry) && Math.abs(one.days - target) <= within)
    const best = nearest(candidates, target)
    if (!served && best) kept.add(best.expiry)
  }
  for (const target of options.targetDays) admit(open, target, tolerance(target))
  admit(
    open.filter(({ days }) => days <= 30),
    30,
    7,
  )
  admit(
    open.filter(({ days }) => days >= 30),
    30,
    7,
  )

  const weekly = weeklyOf(open)
  for (const term of WEEKLY_TERMS) for (const one of around(weekly, term)) kept.add(one.expiry)

  for (const days of sparse) {
    const own = new Set(days)
    admit(
      open.filter(({ expiry }) => own.has(expiry)),
      30,
      HALF_A_MONTH,
    )
  }

  const whole = open.filter(({ expiry }) => kept.has(expiry))
  const thirty = aroundThirty(
    whole,
    weekly.filter(({ expiry }) => kept.has(expiry)),
  )
  const thinned = upToLongestTerm(weeklyOf(unexpired), options).filter(({ expiry }) => !kept.has(expiry))
  return [
    ...whole.map((one) => ({ ...one, aroundThirty: thirty.has(one.expiry), isThinned: false })),
    ...thinned.map(({ expiry, days }) => ({ expiry, days, aroundThirty: false, isThinned: true })),
  ].sort((a, b) => a.days - b.days)
}

/**
 * The weekly expirations after the last term that both sides of are collected whole, up to the first of 60 days or more.
 * Each thus stays from its first day on until it is admitted.
 */
function upToLongestTerm<T extends Open>(weekly: readonly T[], options: UniverseOptions): T[] {
  if (options.maxDaysToExpiry < LONGEST_TERM) return []
  const last = weekly.find(({ days }) => days >= LONGEST_TERM && days <= options.farDaysToExpiry)
  const term = WEEKLY_TERMS.at(-1) as number
  return last ? weekly.filter(({ days }) => days > term && days <= last.days) : []
}

/** The expirations that are a Friday, or the last session before one that is closed, with the days to that Friday. */
function weeklyOf<T extends Open>(from: readonly T[]): (T & { friday: number })[] {
  return from.flatMap((one) => {
    const daysEarly = daysBeforeFriday(expiryToDate(one.expiry))
    return daysEarly === null ? [] : [{ ...one, friday: one.days + daysEarly }]
  })
}

type Open = Pick<ChosenExpiration, 'expiry' | 'days'>

/**
 * The expirations that 30-day figures take: the weekly ones of 23 to 37 days where they lie on both sides, else the nearest
 * on each side. An expiration of 30 days ends some hours later than a slot of the day, so it counts as the later one.
 */
function aroundThirty(chosen: readonly Open[], weekly: readonly (Open & { friday: number })[]) {
  const near = weekly.filter(({ friday }) => Math.abs(friday - 30) <= WEEK)
  const isPair = near.some(({ days }) => days < 30) && near.some(({ days }) => days >= 30)
  const lower = nearest(
    chosen.filter(({ days }) => days <= 30),
    30,
  )
  const upper = nearest(
    chosen.filter(({ days }) => days >= 30),
    30,
  )
  return new Set((isPair ? near : [lower, upper]).map((one) => one?.expiry))
}

/** The last one before a term and the first one from it on, of those that there are. */
function around<T extends Open>(from: readonly T[], term: number): T[] {
  const before = from.findLast(({ days }) => days < term)
  const after = from.find(({ days }) => days >= term)
  return [before, after].filter((one) => one !== undefined)
}

function nearest<T extends { days: number }>(from: readonly T[], target: number): T | undefined {
  return from.reduce<T | undefined>(
    (best, one) => (!best || Math.abs(one.days - target) < Math.abs(best.days - target) ? one : best),
    undefined,
  )
}
