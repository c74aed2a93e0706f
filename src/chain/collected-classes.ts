import type { Instrument } from '../market/instrument.ts'
import { optionClassesOf } from '../market/instruments.ts'
import type { ExpiryDate } from '../market/units.ts'
import type { ListedExpiration } from './expiration.ts'

/** One trading class as the gateway lists it on a symbol. */
export interface ListedClass {
  readonly tradingClass: string
  /** Units of the underlying per contract; null where an older cache did not keep it. */
  readonly multiplier: number | null
  readonly expirations: readonly ExpiryDate[]
}

/**
 * Why options that are listed are not collected. `adjusted`: a class for contracts that a split or a special dividend has
 * changed (AAPL1), whose deliverable is no longer 100 shares of the stock; `flex`: a class with terms made to order
 * (2SPY); `multiplier`: another number of units per contract than the instrument's, such as mini options; `class`: a class
 * that the configuration leaves out; `underlying`: options on a future that is not among the front months.
 */
export type SkipReason = 'adjusted' | 'flex' | 'multiplier' | 'class' | 'underlying'

export interface SkippedClass {
  readonly tradingClass: string
  readonly reason: SkipReason
}

/** Whether a class is that of adjusted contracts of another: `AAPL1` of `AAPL`. */
export function isAdjustedOf(standardClass: string, tradingClass: string): boolean {
  return tradingClass.startsWith(standardClass) && /^\d+$/.test(tradingClass.slice(standardClass.length))
}

/**
 * Why a class is not collected; null if it is. Adjusted classes of stocks are never collected, even if they are
 * configured: their strikes and prices are of another deliverable and would stand beside those of the standard class.
 */
export function skipReasonOf(
  { tradingClass, multiplier }: Pick<ListedClass, 'tradingClass' | 'multiplier'>,
  instrument: Instrument,
): SkipReason | null {
  if (instrument.kind === 'STK') {
    const own = instrument.symbol.replace('.', '')
    if (isAdjustedOf(own, tradingClass)) return 'adjusted'
    if (tradingClass.endsWith(own) && /^\d+$/.test(tradingClass.slice(0, -own.length))) return 'flex'
  }
  if (!optionClassesOf(instrument).includes(tradingClass)) return 'class'
  const isStandard = multiplier === null || multiplier === (instrument.multiplier ?? multiplier)
  return isStandard ? null : 'multiplier'
}

/** The expirations of the classes that are collected, by date, then by class. */
export function collectedExpirations(
  classes: readonly ListedClass[],
  instrument: Instrument,
): ListedExpiration[] {
  const collected = classes.filter((one) => skipReasonOf(one, instrument) === null)
  return collected
    .flatMap(({ tradingClass, expirations }) => expirations.map((expiry) => ({ expiry, tradingClass })))
    .sort((a, b) => compare(a.expiry, b.expiry) || compare(a.tradingClass, b.tradingClass))
}

/** The listed classes that are not collected, by name; one of a name that is also collected is not among them. */
export function skippedClasses(classes: readonly ListedClass[], instrument: Instrument): SkippedClass[] {
  const reasons = new Map<string, SkipReason | null>()
  for (const one of classes) {
    const reason = skipReasonOf(one, instrument)
    if (reason === null || !reasons.has(one.tradingClass)) reasons.set(one.tradingClass, reason)
  }
  return [...reasons]
    .flatMap(([tradingClass, reason]) => (reason === null ? [] : [{ tradingClass, reason }]))
    .sort((a, b) => compare(a.tradingClass, b.tradingClass))
}

/** `AAPL1 (adjusted)`: for logs and tables. */
export function describeSkipped({ tradingClass, reason }: SkippedClass): string {
  return reason === 'class' ? tradingClass : `${tradingClass} (${reason})`
}

/**
 * Classes to collect that the gateway does not list. Of those that the table has for futures only some are listed at a
 * time, so these count only if they are configured.
 */
export function unlistedClasses(classes: readonly ListedClass[], instrument: Instrument): readonly string[] {
  if (instrument.kind === 'FOP' && instrument.tradingClasses === null) return []
  const collected = new Set(collectedExpirations(classes, instrument).map(({ tradingClass }) => tradingClass))
  return optionClassesOf(instrument).filter((tradingClass) => !collected.has(tradingClass))
}

/** The multiplier to ask for with a class; undefined if any will do. */
export function multiplierOf(
  classes: readonly ListedClass[],
  tradingClass: string,
  instrument: Instrument,
): number | undefined {
  const listed = classes.find(
    (one) => one.tradingClass === tradingClass && skipReasonOf(one, instrument) === null,
  )
  return instrument.multiplier ?? listed?.multiplier ?? undefined
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
