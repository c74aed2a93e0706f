import type { StrikeRules } from './instruments.ts'

/** Where the level of an index comes from. */
export type LevelSource =
  /** A number of times the price of a fund. */
  | { readonly kind: 'fund'; readonly symbol: 'SPY' | 'QQQ' | 'IWM'; readonly factor: number }
  /** The volatility of the market over a number of days. */
  | { readonly kind: 'volatility'; readonly days: number }
  /** The volatility of the volatility index over thirty days. */
  | { readonly kind: 'volatility_of_volatility' }

/** On which days a class expires: the third Friday of a month, or every session near and every week further out. */
export type ExpirationRule = 'third_friday' | 'daily' | 'vix_monthly' | 'vix_weekly'

/** A class of European options on an index. */
export interface IndexClass {
  readonly tradingClass: string
  /** Of the second space of contract ids. */
  readonly classNumber: number
  readonly settlement: 'am' | 'pm'
  readonly expirations: ExpirationRule
  /** Dollars; strikes are its multiples, 2,047 of them at most. */
  readonly strikeUnit: number
}

/** An index, and the options on it. */
export interface MarketIndex {
  readonly symbol: string
  readonly longName: string
  readonly conId: number
  readonly exchange: string
  readonly level: LevelSource
  readonly options: IndexOptions | null
}

export interface IndexOptions {
  readonly classes: readonly IndexClass[]
  /** Exchanges that list them, SMART first. */
  readonly exchanges: readonly string[]
  /** What the stocks of the index pay, a fraction of its level a year, continuously. */
  readonly dividendYieldFraction: number
  /** Dollars. */
  readonly minTick: number
  readonly illiquidity: number
  /** By the level of the index, or the strikes of every expiration. */
  readonly strikes: StrikeRules | readonly number[]
  /** Whether they are also quoted in the night and after the close. */
  readonly tradesAtNight: boolean
}

/** Zones of an index: a near step within two months, and wider ones further out and from the level. */
function levelStrikes(near: number, wide: number, far: number): StrikeRules {
  return {
    daily: [
      { withinDays: 14, step: near, widthFraction: 0.06 },
      { withinDays: 14, step: wide, widthFraction: 0.16 },
    ],
    weekly: [
      { withinDays: 56, step: near, widthFraction: 0.07 },
      { withinDays: 56, step: wide, widthFraction: 0.24 },
      { withinDays: 56, step: far, widthFraction: 0.36 },
    ],
    monthly: [
      { withinDays: 45, step: near, widthFraction: 0.07 },
      { withinDays: 200, step: wide, widthFraction: 0.25 },
      { withinDays: 800, step: far, widthFraction: 0.45 },
    ],
  }
}

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) }, (_, at) => from + at * step)
}

/** The strikes of every expiration of the volatility index: closer together where it usually is. */
const VOLATILITY_STRIKES: readonly number[] = [
  ...steps(10, 20, 0.5),
  ...steps(20, 30, 1),
  ...steps(30, 50, 2.5),
  ...steps(50, 100, 5),
  ...steps(100, 180, 10),
]

const EVERYWHERE = ['SMART', 'CBOE'] as const

export const INDICES: readonly MarketIndex[] = [
  {
    ...{ symbol: 'VIX', longName: 'CBOE VOLATILITY INDEX', conId: 13455763, exchange: 'CBOE' },
    level: { kind: 'volatility', days: 30 },
    options: {
      classes: [
        {
          ...{ tradingClass: 'VIX', classNumber: 7, settlement: 'am', expirations: 'vix_monthly' },
          strikeUnit: 0.5,
        },
        {
          ...{ tradingClass: 'VIXW', classNumber: 8, settlement: 'am', expirations: 'vix_weekly' },
          strikeUnit: 0.5,
        },
      ],
      exchanges: EVERYWHERE,
      dividendYieldFraction: 0,
      minTick: 0.01,
      illiquidity: 4,
      strikes: VOLATILITY_STRIKES,
      tradesAtNight: true,
    },
  },
  {
    ...{ symbol: 'SPX', longName: 'S&P 500 STOCK INDEX', conId: 416904, exchange: 'CBOE' },
    level: { kind: 'fund', symbol: 'SPY', factor: 10 },
    options: {
      classes: [
        {
          ...{ tradingClass: 'SPX', classNumber: 0, settlement: 'am', expirations: 'third_friday' },
          strikeUnit: 5,
        },
        {
          ...{ tradingClass: 'SPXW', classNumber: 1, settlement: 'pm', expirations: 'daily' },
          strikeUnit: 5,
        },
      ],
      exchanges: EVERYWHERE,
      dividendYieldFraction: 0.012,
      minTick: 0.05,
      illiquidity: 2,
      strikes: levelStrikes(5, 25, 100),
      tradesAtNight: true,
    },
  },
  {
    ...{ symbol: 'XSP', longName: 'MINI S&P 500 STOCK INDEX', conId: 137851301, exchange: 'CBOE' },
    level: { kind: 'fund', symbol: 'SPY', factor: 1 },
    options: {
      classes: [
        { ...{ tradingClass: 'XSP', classNumber: 2, settlement: 'pm', expirations: 'daily' }, strikeUnit: 1 },
      ],
      exchanges: EVERYWHERE,
      dividendYieldFraction: 0.012,
      minTick: 0.01,
      illiquidity: 2,
      strikes: levelStrikes(1, 5, 10),
      tradesAtNight: true,
    },
  },
  {
    ...{ symbol: 'NDX', longName: 'NASDAQ 100 STOCK INDEX', conId: 416843, exchange: 'NASDAQ' },
    level: { kind: 'fund', symbol: 'QQQ', factor: 41 },
    options: {
      classes: [
        {
          ...{ tradingClass: 'NDX', classNumber: 3, settlement: 'am', expirations: 'third_friday' },
          strikeUnit: 25,
        },
        {
          ...{ tradingClass: 'NDXP', classNumber: 4, settlement: 'pm', expirations: 'daily' },
          strikeUnit: 25,
        },
      ],
      exchanges: ['SMART', 'CBOE', 'PHLX'],
      dividendYieldFraction: 0.007,
      minTick: 0.05,
      illiquidity: 4,
      strikes: levelStrikes(25, 100, 500),
      tradesAtNight: false,
    },
  },
  {
    ...{ symbol: 'RUT', longName: 'RUSSELL 2000 STOCK INDEX', conId: 416888, exchange: 'RUSSELL' },
    level: { kind: 'fund', symbol: 'IWM', factor: 10 },
    options: {
      classes: [
        {
          ...{ tradingClass: 'RUT', classNumber: 5, settlement: 'am', expirations: 'third_friday' },
          strikeUnit: 5,
        },
        {
          ...{ tradingClass: 'RUTW', classNumber: 6, settlement: 'pm', expirations: 'daily' },
          strikeUnit: 5,
        },
      ],
      exchanges: EVERYWHERE,
      dividendYieldFraction: 0.014,
      minTick: 0.05,
      illiquidity: 3,
      strikes: levelStrikes(5, 20, 50),
      tradesAtNight: false,
    },
  },
  {
    ...{ symbol: 'VIX9D', longName: 'CBOE S&P 500 9-DAY VOLATILITY INDEX', conId: 302871861 },
    ...{ exchange: 'CBOE', level: { kind: 'volatility', days: 9 }, options: null },
  },
  {
    ...{ symbol: 'VIX3M', longName: 'CBOE S&P 500 3-MONTH VOLATILITY INDEX', conId: 302871862 },
    ...{ exchange: 'CBOE', level: { kind: 'volatility', days: 93 }, options: null },
  },
  {
    ...{ symbol: 'VIX6M', longName: 'CBOE S&P 500 6-MONTH VOLATILITY INDEX', conId: 302871863 },
    ...{ exchange: 'CBOE', level: { kind: 'volatility', days: 182 }, options: null },
  },
  {
    ...{ symbol: 'VVIX', longName: 'CBOE VIX VOLATILITY INDEX', conId: 302871864 },
    ...{ exchange: 'CBOE', level: { kind: 'volatility_of_volatility' }, options: null },
  },
]

/** Options on an index are cash per point. */
export const INDEX_MULTIPLIER = 100
