import { expiryTimesOf, type Settlement } from '../../market/option-hours.ts'
import type { EpochMs, ExpiryDate, SessionDate } from '../../market/units.ts'
import type { Carry } from '../carry.ts'
import { type ChainRow, daysOf, type Expiration, groupChain } from '../chain.ts'
import { type FigureSymbol, openInterestDate, sessionBefore, sessionsOf } from '../figure-session.ts'
import { absent, type Found, found, type Measured, measured } from '../measured.ts'
import { type PutCallFigures, putCallFigures } from '../put-call-ratio.ts'
import { type TermPoint, termPoint } from '../volatility/at-the-money.ts'
import { withOwnGreeksOfThisVersion } from '../volatility/older-greeks.ts'
import { countOf, type OpenContract } from './gamma-exposure.ts'
import type { ProfilePoint } from './gamma-profile.ts'
import { type MaxPain, maxPain } from './max-pain.ts'
import { type ChangeOf, changeOfAll, changesSince, type EarlierRow } from './open-interest-change.ts'
import { gammaPositioning, type PositioningFigures } from './positioning-figures.ts'

/** The figures of a slot's positioning; the first six are columns of `market_metrics`. */
export interface PositioningReportFigures extends PutCallFigures, PositioningFigures {
  /** Contracts opened less contracts closed since the session before. */
  readonly oi_change_calls: Measured<number>
  readonly oi_change_puts: Measured<number>
}

/** Open interest and gamma exposure of some contracts; null where it is unknown for all of them. */
export interface PositioningSums {
  readonly callOpenInterest: number | null
  readonly putOpenInterest: number | null
  /** Against the session before: contracts listed in both. */
  readonly callChange: number | null
  readonly putChange: number | null
  /** Dollars for 1 %; that of calls is positive, that of puts negative. */
  readonly callExposure: number | null
  readonly putExposure: number | null
  /** Both together. */
  readonly exposure: number | null
}

export interface StrikePositioning extends PositioningSums {
  readonly strike: number
}

/** An expiration of one trading class. */
export interface ListedExpiration {
  readonly expiry: ExpiryDate
  /** Empty where the rows do not say. */
  readonly tradingClass: string
  readonly settlement: Settlement
  /** Calendar days to the end of the time to expiry. */
  readonly days: number
}

export interface ExpirationPositioning extends ListedExpiration, PositioningSums {
  readonly maxPain: Found<MaxPain>
}

/** Who is positioned where, in one slot. */
export interface Positioning {
  readonly slot: EpochMs
  readonly date: SessionDate
  readonly underlyingPrice: number | null
  /** The session at whose end the open interest was counted. */
  readonly oiDate: SessionDate | null
  /** That of the open interest that changes are against; null without rows of the session before. */
  readonly oiDateBefore: SessionDate | null
  readonly figures: PositioningReportFigures
  /** All expirations of the slot, ascending, whichever is asked for. */
  readonly listed: readonly ListedExpiration[]
  /** Those asked for, ascending. */
  readonly expirations: readonly ExpirationPositioning[]
  /** Over all expirations, ascending. */
  readonly strikes: readonly StrikePositioning[]
  /** The total exposure if the underlying were elsewhere; empty without an exposure. */
  readonly profile: readonly ProfilePoint[]
}

export interface PositioningInput extends FigureSymbol {
  readonly slot: EpochMs
  readonly date: SessionDate
  /** All rows of the symbol's slot. */
  readonly rows: readonly ChainRow[]
  /** The newest rows of the session before; null where none are stored. */
  readonly before: readonly EarlierRow[] | null
  readonly carry: Carry
  /** Only this expiration. The figures are then of its contracts. */
  readonly expiry?: ExpiryDate | undefined
}

/** The positioning of one symbol's slot. Pure. */
export function positioningOf(input: PositioningInput): Positioning {
  const steps = positioningSteps(input)
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value
}

/** The same in steps of a few milliseconds, so that others may run between them. */
export function* positioningSteps(input: PositioningInput): Generator<undefined, Positioning, undefined> {
  const { slot, date, carry, symbol, expiry } = input
  // The whole chain has the price of the underlying; the forwards are of each expiration alone.
  const priced = withOwnGreeksOfThisVersion(input.rows, { slot, symbol, carry })
  const whole = groupChain(priced, { slot, expiresAt: expiryTimesOf(symbol) })
  const isAsked = (one: { readonly expiry: string }) => expiry === undefined || one.expiry === expiry
  const chain = {
    ...whole,
    rows: whole.rows.filter(isAsked),
    expirations: whole.expirations.filter(isAsked),
  }
  const terms: TermPoint[] = []
  for (const one of chain.expirations) {
    terms.push(termPoint(one, carry, slot))
    yield
  }
  const oiDate = openInterestDate(input)
  const gamma = gammaPositioning(chain, { terms, rateFraction: carry.rateFraction, oiDate })
  yield
  const changeOf: ChangeOf = input.before ? changesSince(input.before) : () => null
  const known = new Map(
    gamma.open.flatMap(({ contracts }) => contracts.map((one) => [one.row, one] as const)),
  )
  const sums = (rows: readonly ChainRow[]) => sumsOf(rows, { known, changeOf })
  const sessionOn = sessionsOf(input)
  const dateBefore = oiDate && sessionBefore(date, sessionOn)
  return {
    ...{ slot, date, underlyingPrice: chain.spot, oiDate },
    oiDateBefore: input.before && dateBefore ? sessionBefore(dateBefore, sessionOn) : null,
    figures: {
      ...putCallFigures(chain, { terms, oiDate }),
      ...gamma.figures,
      ...changeFigures(rowsOf(chain.expirations), { changeOf, input, oiDate }),
    },
    listed: whole.expirations.map(listed),
    expirations: chain.expirations.map((one) => ({
      ...listed(one),
      maxPain: maxPain(one),
      ...sums(rowsOf([one])),
    })),
    strikes: [...byStrike(chain.expirations)].map(([strike, rows]) => ({ strike, ...sums(rows) })),
    profile: gamma.profile,
  }
}

function listed(one: Expiration): ListedExpiration {
  const { expiry, tradingClass, settlement } = one
  return { expiry, tradingClass, settlement, days: daysOf(one) }
}

function rowsOf(expirations: readonly Expiration[]): ChainRow[] {
  return expirations.flatMap(({ strikes }) =>
    strikes.flatMap(({ call, put }) => [call, put].filter((row) => row !== null)),
  )
}

function byStrike(expirations: readonly Expiration[]): Map<number, ChainRow[]> {
  const groups = new Map<number, ChainRow[]>()
  for (const row of rowsOf(expirations)) {
    const own = groups.get(row.strike)
    if (own) own.push(row)
    else groups.set(row.strike, [row])
  }
  return new Map([...groups].sort(([a], [b]) => a - b))
}

function sumsOf(
  rows: readonly ChainRow[],
  { known, changeOf }: { readonly known: ReadonlyMap<ChainRow, OpenContract>; readonly changeOf: ChangeOf },
): PositioningSums {
  const calls = rows.filter(({ right }) => right === 'C')
  const puts = rows.filter(({ right }) => right === 'P')
  const counts = (side: readonly ChainRow[]) => sumOf(side, (row) => countOf(row.open_interest))
  const exposure = (side: readonly ChainRow[]) => sumOf(side, (row) => known.get(row)?.exposure ?? null)
  const change = changeOfAll(rows, changeOf)
  return {
    ...{ callOpenInterest: counts(calls), putOpenInterest: counts(puts) },
    ...{ callChange: change.calls, putChange: change.puts },
    ...{ callExposure: exposure(calls), putExposure: exposure(puts), exposure: exposure(rows) },
  }
}

/** Null if no row has a value. */
function sumOf(rows: readonly ChainRow[], countIn: (row: ChainRow) => number | null): number | null {
  let sum: number | null = null
  for (const row of rows) {
    const value = countIn(row)
    if (value !== null) sum = (sum ?? 0) + value
  }
  return sum
}

function changeFigures(
  rows: readonly ChainRow[],
  {
    changeOf,
    input,
    oiDate,
  }: { readonly changeOf: ChangeOf; readonly input: PositioningInput; readonly oiDate: SessionDate | null },
): Pick<PositioningReportFigures, 'oi_change_calls' | 'oi_change_puts'> {
  const { calls, puts, contracts } = changeOfAll(rows, changeOf)
  const figure = (definition: string, change: number | null) => {
    const missing = rows.length === 0 ? 'no_chain' : input.before ? 'no_open_interest' : 'no_session_before'
    return measured(change === null ? absent(missing) : found(change), {
      ...{ definition, unit: 'contracts', source: 'chain', window: null, as_of: input.slot },
      ...{ observations: contracts, observations_of: 'contracts', oi_date: oiDate },
    })
  }
  return {
    oi_change_calls: figure('oi_change_calls', calls),
    oi_change_puts: figure('oi_change_puts', puts),
  }
}
