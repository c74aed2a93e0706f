import { keyOf } from '../../market/random.ts'

/** A listing rule: multiples of `step` within a width of the price are strikes. */
export interface StrikeZone {
  /** Days before expiry from which the rule adds strikes. */
  readonly withinDays: number
  /** Dollars. */
  readonly step: number
  /** Fraction of the price, to either side. */
  readonly widthFraction: number
}

export interface StrikeRules {
  readonly daily: readonly StrikeZone[]
  readonly weekly: readonly StrikeZone[]
  readonly monthly: readonly StrikeZone[]
}

/** A second trading class beside the symbol's own, with few months and other strikes. */
export interface SecondClass {
  readonly tradingClass: string
  readonly classNumber: number
  readonly months: number
  readonly step: number
  /** Dollars above a multiple of the step. */
  readonly offset: number
  readonly widthFraction: number
}

/** A synthetic stock or ETF: its price level, its volatility and its listing rules. */
export interface Stock {
  readonly symbol: string
  readonly longName: string
  /** Class of its options. */
  readonly tradingClass: string
  /** Number of that class in contract ids: 0 to 7, each used once. */
  readonly classNumber: number
  /** When its options stop trading on a full day; an early close is three hours earlier. */
  readonly optionsClose: '16:00' | '16:15'
  readonly conId: number
  readonly primaryExchange: string
  /** Key of its random draws. */
  readonly key: number
  /** Dollars; the price reverts to it. */
  readonly anchor: number
  /** Beta to the market. */
  readonly beta: number
  /** Annual idiosyncratic volatility. */
  readonly ownVolFraction: number
  /** Added to the market's volatility state; see `walk.ts`. */
  readonly volShift: number
  /** Slopes of the smile to either side, per standard deviation, as shares of the volatility at the money. */
  readonly putSlope: number
  readonly callSlope: number
  /** Shares a day, at an ordinary level. */
  readonly volume: number
  /** Width of option quotes and scarcity of trading, relative to SPY. */
  readonly illiquidity: number
  readonly strikes: StrikeRules
  readonly secondClass: SecondClass | null
}

/** Zones for a symbol with dollar strikes; widths are chosen so that 60 days have about 2,000 contracts. */
function dollarStrikes(near: number): StrikeRules {
  return {
    daily: [
      { withinDays: 14, step: 1, widthFraction: near },
      { withinDays: 14, step: 5, widthFraction: 0.16 },
    ],
    weekly: [
      { withinDays: 56, step: 1, widthFraction: near },
      { withinDays: 56, step: 5, widthFraction: 0.24 },
      { withinDays: 56, step: 10, widthFraction: 0.36 },
    ],
    monthly: [
      { withinDays: 45, step: 1, widthFraction: near },
      { withinDays: 200, step: 5, widthFraction: 0.25 },
      { withinDays: 800, step: 10, widthFraction: 0.4 },
      { withinDays: 800, step: 50, widthFraction: 0.6 },
    ],
  }
}

const HALF_DOLLAR_STRIKES: StrikeRules = {
  daily: [
    { withinDays: 14, step: 0.5, widthFraction: 0.06 },
    { withinDays: 14, step: 1, widthFraction: 0.16 },
  ],
  weekly: [
    { withinDays: 56, step: 1, widthFraction: 0.22 },
    { withinDays: 28, step: 0.5, widthFraction: 0.07 },
    { withinDays: 56, step: 5, widthFraction: 0.36 },
  ],
  monthly: [
    { withinDays: 90, step: 1, widthFraction: 0.25 },
    { withinDays: 28, step: 0.5, widthFraction: 0.08 },
    { withinDays: 800, step: 5, widthFraction: 0.4 },
    { withinDays: 800, step: 10, widthFraction: 0.6 },
  ],
}

/** Zones for a single stock, without daily expirations. */
function stockStrikes(step: number): StrikeRules {
  return {
    daily: [],
    weekly: [{ withinDays: 56, step, widthFraction: 0.12 }],
    monthly: [
      { withinDays: 60, step, widthFraction: 0.15 },
      { withinDays: 800, step: 10, widthFraction: 0.35 },
    ],
  }
}

export const STOCKS: readonly Stock[] = [
  {
    symbol: 'SPY',
    longName: 'SPDR S&P 500 ETF TRUST',
    tradingClass: 'SPY',
    classNumber: 1,
    optionsClose: '16:15',
    conId: 756733,
    primaryExchange: 'ARCA',
    key: keyOf('SPY'),
    anchor: 680,
    beta: 1,
    ownVolFraction: 0.01,
    volShift: 0,
    putSlope: 0.26,
    callSlope: 0.04,
    volume: 70_000_000,
    illiquidity: 1,
    strikes: dollarStrikes(0.08),
    secondClass: {
      tradingClass: '2SPY',
      classNumber: 2,
      months: 1,
      step: 10,
      offset: 2.5,
      widthFraction: 0.1,
    },
  },
  {
    symbol: 'QQQ',
    longName: 'INVESCO QQQ TRUST SERIES 1',
    tradingClass: 'QQQ',
    classNumber: 3,
    optionsClose: '16:15',
    conId: 320227571,
    primaryExchange: 'NASDAQ',
    key: keyOf('QQQ'),
    anchor: 600,
    beta: 1.2,
    ownVolFraction: 0.05,
    volShift: 0.4,
    putSlope: 0.23,
    callSlope: 0.05,
    volume: 45_000_000,
    illiquidity: 1.2,
    strikes: dollarStrikes(0.1),
    secondClass: {
      tradingClass: '2QQQ',
      classNumber: 4,
      months: 1,
      step: 10,
      offset: 2.5,
      widthFraction: 0.1,
    },
  },
  {
    symbol: 'IWM',
    longName: 'ISHARES RUSSELL 2000 ETF',
    tradingClass: 'IWM',
    classNumber: 5,
    optionsClose: '16:15',
    conId: 9579970,
    primaryExchange: 'ARCA',
    key: keyOf('IWM'),
    anchor: 240,
    beta: 1.15,
    ownVolFraction: 0.08,
    volShift: 0.55,
    putSlope: 0.2,
    callSlope: 0.07,
    volume: 30_000_000,
    illiquidity: 1.6,
    strikes: HALF_DOLLAR_STRIKES,
    secondClass: {
      tradingClass: '2IWM',
      classNumber: 6,
      months: 2,
      step: 5,
      offset: 2.5,
      widthFraction: 0.15,
    },
  },
  {
    symbol: 'AAPL',
    longName: 'APPLE INC',
    tradingClass: 'AAPL',
    classNumber: 7,
    optionsClose: '16:00',
    conId: 265598,
    primaryExchange: 'NASDAQ',
    key: keyOf('AAPL'),
    anchor: 250,
    beta: 1.2,
    ownVolFraction: 0.18,
    volShift: 0.9,
    putSlope: 0.16,
    callSlope: 0.08,
    volume: 50_000_000,
    illiquidity: 1.4,
    strikes: stockStrikes(2.5),
    secondClass: null,
  },
  {
    symbol: 'BRK B',
    longName: 'BERKSHIRE HATHAWAY INC-CL B',
    tradingClass: 'BRKB',
    classNumber: 0,
    optionsClose: '16:00',
    conId: 72063691,
    primaryExchange: 'NYSE',
    key: keyOf('BRK B'),
    anchor: 500,
    beta: 0.7,
    ownVolFraction: 0.1,
    volShift: 0.1,
    putSlope: 0.18,
    callSlope: 0.06,
    volume: 4_000_000,
    illiquidity: 2.5,
    strikes: stockStrikes(5),
    secondClass: null,
  },
]

/** The stock whose 30-day volatility the volatility index follows. */
export const INDEX_ETF = STOCKS[0] as Stock

export const VOLATILITY_INDEX = {
  symbol: 'VIX',
  longName: 'CBOE VOLATILITY INDEX',
  conId: 13455763,
  exchange: 'CBOE',
} as const
