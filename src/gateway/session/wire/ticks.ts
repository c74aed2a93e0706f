import type { DataType, ModelGreeks, NumericField, Tick } from '../../../market/quote.ts'

/**
 * Raw ticks of the client library → ticks of ours. Every sentinel and every value that is not a number ends here:
 * −1 price, −2 greek, 1.797e308, NaN, ±Infinity and `undefined` (the library's word for some of them) become null.
 * Tick types that nobody here reads become undefined. Delayed tick types map to the same fields as live ones:
 * which of the two it is, the `dataType` tick says.
 */

const PRICES: ReadonlyMap<number, NumericField> = new Map([
  [1, 'bid'],
  [2, 'ask'],
  [4, 'last'],
  [9, 'close'],
  [37, 'markPrice'],
  [66, 'bid'],
  [67, 'ask'],
  [68, 'last'],
  [75, 'close'],
])

const SIZES: ReadonlyMap<number, NumericField> = new Map([
  [0, 'bidSize'],
  [3, 'askSize'],
  [8, 'volume'],
  [27, 'callOpenInterest'],
  [28, 'putOpenInterest'],
  [69, 'bidSize'],
  [70, 'askSize'],
  [74, 'volume'],
])

const DATA_TYPES: readonly (DataType | undefined)[] = [
  undefined,
  'live',
  'frozen',
  'delayed',
  'delayed_frozen',
]

/** Model greeks, live and delayed. Those of bid, ask and last (10–12, 80–82) are other numbers and not read. */
const MODEL_GREEKS = new Set([13, 83])

/** Doubles from here on are "unset": IB writes 1.797e308, with more or fewer digits. */
const UNSET_FROM = 1e300

/** The library's own values of one computation, in the order in which it hands them over. */
export interface RawComputation {
  readonly impliedVol: number | undefined
  readonly delta: number | undefined
  readonly gamma: number | undefined
  readonly vega: number | undefined
  readonly theta: number | undefined
  readonly underlyingPrice: number | undefined
}

/** Dollars; every negative price is a "none", since nothing collected here can trade below zero. */
export function priceTick(type: number, price: number | undefined): Tick | undefined {
  const field = PRICES.get(type)
  return field && { field, value: atLeastZero(price) }
}

/** Contracts or shares. Sizes are taken from size messages alone, because the library drops those of a bid. */
export function sizeTick(type: number, size: number | undefined): Tick | undefined {
  const field = SIZES.get(type)
  if (!field) return undefined
  const value = atLeastZero(size)
  // IB's unset integers (2^63 − 1 and larger) are beyond what a size can be.
  return { field, value: value !== null && value > Number.MAX_SAFE_INTEGER ? null : value }
}

/** Tick 24, a volatility as a fraction of one; 49 and 90, the halt state. */
export function genericTick(type: number, value: number | undefined): Tick | undefined {
  if (type === 24) return { field: 'impliedVol30Fraction', value: aboveZero(value) }
  if (type === 49 || type === 90) return { field: 'halted', value: atLeastZero(value) }
  return undefined
}

/**
 * IB's model greeks. An empty field reaches us as 0, so a volatility or an underlying price of 0 is "none", and
 * without a volatility so is every greek of 0.
 */
export function computationTick(type: number, raw: RawComputation): Tick | undefined {
  if (!MODEL_GREEKS.has(type)) return undefined
  const impliedVolFraction = aboveZero(raw.impliedVol)
  const greek = (value: number | undefined) => {
    const known = finite(value)
    if (known === null || known === -2) return null
    return known === 0 && impliedVolFraction === null ? null : known
  }
  const greeks: ModelGreeks = {
    impliedVolFraction,
    delta: greek(raw.delta),
    gamma: greek(raw.gamma),
    vega: greek(raw.vega),
    theta: greek(raw.theta),
    underlyingPrice: aboveZero(raw.underlyingPrice),
  }
  return { field: 'modelGreeks', greeks }
}

/** What the gateway says it sends: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. */
export function dataTypeTick(type: number): Tick | undefined {
  const dataType = DATA_TYPES[type]
  return dataType && { field: 'dataType', dataType }
}

/** A number, or null for everything that stands for "none". */
export function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) || Math.abs(value) >= UNSET_FROM ? null : value
}

function atLeastZero(value: number | undefined): number | null {
  const known = finite(value)
  return known === null || known < 0 ? null : known
}

export function aboveZero(value: number | undefined): number | null {
  const known = finite(value)
  return known === null || known <= 0 ? null : known
}
