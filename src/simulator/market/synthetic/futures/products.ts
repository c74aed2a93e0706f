import type { FuturesCalendar } from '../../../../market/futures-hours.ts'
import { keyOf } from '../../../../market/random.ts'

/** A product of the futures exchanges. Prices are in points of the contract: index points, dollars a barrel. */
export interface FutureProduct {
  readonly symbol: string
  readonly longName: string
  readonly exchange: 'CME' | 'NYMEX'
  /** Dollars a point. */
  readonly multiplier: number
  readonly minTick: number
  /** The zone in which Interactive Brokers writes the hours. */
  readonly timeZoneId: 'US/Central' | 'US/Eastern'
  readonly calendar: FuturesCalendar
  /** The most active hours, New York time, which are the liquid hours of contract details; on early closes cut short. */
  readonly liquidFrom: string
  readonly liquidUntil: string
  /** When the day's settlement price is taken, New York time; on early closes at 13:00. */
  readonly settlesAt: string
  readonly cycle: 'quarterly' | 'monthly'
  /** Contract months listed at a time. */
  readonly listedMonths: number
  /** The index that a future delivers in cash at the opening of its last day; null: a market of its own. */
  readonly index: 'SPX' | 'NDX' | 'RUT' | null
  /** Number in contract ids, 16 to 31; those of options are in `option-classes.ts`. */
  readonly classNumber: number
  /** Contract id of the product itself, which contract details name as the underlying of its futures. */
  readonly productConId: number
  readonly key: number
  /** Contracts of all months together in a full trade date. */
  readonly volume: number
  /** Contracts of all months together that are open. */
  readonly openInterest: number
  /** Contracts at the touch of the front month. */
  readonly touchSize: number
}

const EQUITY = {
  exchange: 'CME',
  timeZoneId: 'US/Central',
  calendar: 'cme-equity',
  liquidFrom: '09:30',
  liquidUntil: '17:00',
  settlesAt: '16:00',
  cycle: 'quarterly',
  listedMonths: 6,
} as const

const ENERGY = {
  exchange: 'NYMEX',
  timeZoneId: 'US/Eastern',
  calendar: 'nymex-energy',
  liquidFrom: '09:00',
  liquidUntil: '14:30',
  settlesAt: '14:30',
  cycle: 'monthly',
  listedMonths: 14,
} as const

export const FUTURE_PRODUCTS: readonly FutureProduct[] = [
  {
    ...EQUITY,
    ...{ symbol: 'ES', longName: 'E-mini S&P 500', multiplier: 50, minTick: 0.25, index: 'SPX' },
    ...{ classNumber: 16, productConId: 11004968, key: keyOf('ES futures') },
    ...{ volume: 1_500_000, openInterest: 2_100_000, touchSize: 60 },
  },
  {
    ...EQUITY,
    ...{ symbol: 'NQ', longName: 'E-mini NASDAQ-100', multiplier: 20, minTick: 0.25, index: 'NDX' },
    ...{ classNumber: 17, productConId: 11004958, key: keyOf('NQ futures') },
    ...{ volume: 600_000, openInterest: 280_000, touchSize: 5 },
  },
  {
    ...EQUITY,
    ...{ symbol: 'RTY', longName: 'E-mini Russell 2000', multiplier: 50, minTick: 0.1, index: 'RUT' },
    ...{ classNumber: 18, productConId: 294530233, key: keyOf('RTY futures') },
    ...{ volume: 180_000, openInterest: 450_000, touchSize: 12 },
  },
  {
    ...EQUITY,
    ...{ symbol: 'MES', longName: 'Micro E-mini S&P 500', multiplier: 5, minTick: 0.25, index: 'SPX' },
    ...{ classNumber: 19, productConId: 362673777, key: keyOf('MES futures') },
    ...{ volume: 1_100_000, openInterest: 160_000, touchSize: 90 },
  },
  {
    ...EQUITY,
    ...{ symbol: 'MNQ', longName: 'Micro E-mini NASDAQ-100', multiplier: 2, minTick: 0.25, index: 'NDX' },
    ...{ classNumber: 20, productConId: 362687422, key: keyOf('MNQ futures') },
    ...{ volume: 1_400_000, openInterest: 140_000, touchSize: 30 },
  },
  {
    ...EQUITY,
    ...{ symbol: 'M2K', longName: 'Micro E-mini Russell 2000', multiplier: 5, minTick: 0.1, index: 'RUT' },
    ...{ classNumber: 21, productConId: 362698833, key: keyOf('M2K futures') },
    ...{ volume: 120_000, openInterest: 40_000, touchSize: 25 },
  },
  {
    ...ENERGY,
    ...{ symbol: 'CL', longName: 'Light Sweet Crude Oil', multiplier: 1_000, minTick: 0.01, index: null },
    ...{ classNumber: 22, productConId: 17340715, key: keyOf('CL futures') },
    ...{ volume: 900_000, openInterest: 1_800_000, touchSize: 20 },
  },
]

export function productOf(symbol: string | undefined): FutureProduct | undefined {
  return FUTURE_PRODUCTS.find((product) => product.symbol === symbol)
}
