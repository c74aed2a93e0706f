import type { DataType, ModelGreeks, NumericField, Tick } from '../../../market/quote.ts'

/**
 * Converts ticks of the client library to ours. All of IB's sentinels become null here: a price of −1, a greek of −2,
 * 1.797e308, NaN, ±Infinity and `undefined`, which the library uses for some of them. Tick types that this program does
 * not use become undefined. Delayed tick types map to the same fields as live ones; the `dataType` tick tells them apart.
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
  [86, 'openInterest'],
])

const DATA_TYPES: readonly (DataType | undefined)[] = [
  undefined,
  'live',
  'frozen',
  'delayed',
  'delayed_frozen',
]

/** Model greeks, live and delayed. Those computed from bid, ask and last (10–12, 80–82) are not used. */
const MODEL_GREEKS = new Set([13, 83])

/** Values this large mean "unset": IB sends 1.797e308, with more or fewer digits. */
const UNSET_FROM = 1e300

/** The values of one computation as the library passes them on. */
export interface RawComputation {
  readonly impliedVol: number | undefined
  readonly delta: number | undefined
  readonly gamma: number | undefined
  readonly vega: number | undefined
  readonly theta: number | undefined
  readonly underlyingPrice: number | undefined
  readonly pvDividend: number | undefined
}

/** Dollars. A negative price means "none": nothing that is collected can trade below zero. */
export function priceTick(type: number, price: number | undefined): Tick | undefined {
  const field = PRICES.get(type)
  return field && { field, value: atLeastZero(price) }
}

/** Contracts or shares. Only size messages are used: the library drops the size in a price message. */
export function sizeTick(type: number, size: number | undefined): Tick | undefined {
  const field = SIZES.get(type)
  if (!field) return undefined
  const value = atLeastZero(size)
  // IB's unset integers, 2^63 − 1 and larger, are not possible sizes.
  return { field, value: value !== null && value > Number.MAX_SAFE_INTEGER ? null : value }
}

/** Tick 24 is a volatility as a fraction; 49 and 90 are the halt state. */
export function genericTick(type: number, value: number | undefined): Tick | undefined {
  if (type === 24) return { field: 'impliedVol30Fraction', value: aboveZero(value) }
  if (type === 49 || type === 90) return { field: 'halted', value: atLeastZero(value) }
  return undefined
}

/**
 * IB's model greeks. The library turns an empty field into 0: a volatility or an underlying price of 0 therefore means
 * "none", and so does a greek or a dividend of 0 without a volatility. Dividends that are worth as much as the underlying
 * are no measurement either.
 */
export function computationTick(type: number, raw: RawComputation): Tick | undefined {
  if (!MODEL_GREEKS.has(type)) return undefined
  const impliedVolFraction = aboveZero(raw.impliedVol)
  const greek = (value: number | undefined) => {
    const known = finite(value)
    if (known === null || known === -2) return null
    return known === 0 && impliedVolFraction === null ? null : known
  }
  const underlyingPrice = aboveZero(raw.underlyingPrice)
  const pvDividend = atLeastZero(raw.pvDividend)
  const isPlausible =
    pvDividend === 0
      ? impliedVolFraction !== null
      : (pvDividend ?? 0) < (underlyingPrice ?? Number.POSITIVE_INFINITY)
  const greeks: ModelGreeks = {
    impliedVolFraction,
    delta: greek(raw.delta),
    gamma: greek(raw.gamma),
    vega: greek(raw.vega),
    theta: greek(raw.theta),
    underlyingPrice,
    pvDividend: isPlausible ? pvDividend : null,
  }
  return { field: 'modelGreeks', greeks }
}

/** The kind of data that the gateway is sending: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. */
export function dataTypeTick(type: number): Tick | undefined {
  const dataType = DATA_TYPES[type]
  return dataType && { field: 'dataType', dataType }
}

/** A number, or null for every value that means "none". */
export function finite(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) || Math.abs(value) >= UNSET_FROM ? null : value
}

/** IB's number of a kind of data. */
export function dataTypeNumber(dataType: DataType): 1 | 2 | 3 | 4 {
  return DATA_TYPES.indexOf(dataType) as 1 | 2 | 3 | 4
}

function atLeastZero(value: number | undefined): number | null {
  const known = finite(value)
  return known === null || known < 0 ? null : known
}

export function aboveZero(value: number | undefined): number | null {
  const known = finite(value)
  return known === null || known <= 0 ? null : known
}
