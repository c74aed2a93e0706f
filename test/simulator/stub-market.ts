import { newYorkDate, newYorkInstant, sessionsBetween } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import {
  type ContractQuery,
  DAY_SECONDS,
  type Market,
  type SimContract,
  type SimQuote,
} from '../../src/simulator/market/market.ts'

/** SPY, VIX and two expirations of options: 100 strikes with both rights each. Quotes move with the clock. */
export const SPY = contract({ conId: 756733, symbol: 'SPY', secType: 'STK', exchange: 'SMART' })
export const VIX = contract({ conId: 13455763, symbol: 'VIX', secType: 'IND', exchange: 'CBOE' })
export const EXPIRIES = ['20261218', '20261224']

function contract(known: Partial<SimContract>): SimContract {
  return {
    conId: 0,
    symbol: 'SPY',
    secType: 'OPT',
    exchange: 'SMART',
    primaryExchange: '',
    currency: 'USD',
    localSymbol: known.symbol ?? 'SPY',
    tradingClass: known.symbol ?? 'SPY',
    multiplier: '',
    expiry: '',
    strike: 0,
    right: '',
    minTick: 0.01,
    longName: 'SPDR® S&P 500 ETF',
    underlyingConId: 0,
    ...known,
  }
}

const STRIKES = Array.from({ length: 100 }, (_, i) => 630 + i)
export const OPTIONS: SimContract[] = EXPIRIES.flatMap((expiry, e) =>
  STRIKES.flatMap((strike, s) =>
    (['C', 'P'] as const).map((right, r) =>
      contract({
        conId: 800_000_000 + e * 1_000 + s * 2 + r,
        expiry,
        strike,
        right,
        multiplier: '100',
        localSymbol: `SPY   ${expiry.slice(2)}${right}${String(strike * 1_000).padStart(8, '0')}`,
        underlyingConId: SPY.conId,
      }),
    ),
  ),
)
const ALL = [SPY, VIX, ...OPTIONS]
/** The first option has a bid and greeks, the second neither. */
export const [QUOTED, WINGED] = OPTIONS as [SimContract, SimContract]

export function stubMarket(): Market {
  return {
    find: (query: ContractQuery) =>
      ALL.filter((listed) =>
        Object.entries(query).every(([field, value]) => listed[field as keyof SimContract] === value),
      ),
    byConId: (conId) => ALL.find((listed) => listed.conId === conId),
    chainRows: (conId) =>
      conId === SPY.conId
        ? [
            {
              exchange: 'SMART',
              underlyingConId: conId,
              tradingClass: 'SPY',
              multiplier: '100',
              expirations: EXPIRIES,
              strikes: STRIKES,
            },
          ]
        : [],
    quote,
    bars: (listed, what, { startAt, endAt, barSeconds }) =>
      barSeconds !== DAY_SECONDS || (what === 'OPTION_IMPLIED_VOLATILITY' && listed.secType !== 'STK')
        ? []
        : sessionsBetween(newYorkDate(startAt), newYorkDate(endAt))
            .filter(({ openAt, closeAt }) => startAt <= openAt && closeAt <= endAt)
            .map((session) => ({
              startAt: session.openAt,
              ...{ open: 1, high: 3, low: 0.5, close: 2, volume: 10 },
              ...{ averagePrice: null, tradeCount: null },
            })),
    headTimestamp: () => newYorkInstant(sessionDate('2020-01-02'), '09:30'),
    trades: () => [],
    quoteChanges: () => [],
    hours: () => ({
      timeZoneId: 'US/Eastern',
      tradingHours: '20261120:0930-20261120:1615',
      liquidHours: '20261120:0930-20261120:1615',
    }),
  }
}

function quote(listed: SimContract, at: number): SimQuote {
  const moved = Math.round((at % 100_000) / 10) / 100
  if (listed.secType === 'IND') return { last: 17.25, close: 16.5 }
  if (listed.secType === 'STK') {
    return {
      bid: 680 + moved,
      ask: 680.01 + moved,
      bidSize: 300,
      askSize: 500,
      last: 680,
      volume: 12_000,
      close: 675,
      mark: 680,
      impliedVol30Fraction: 0.1625,
    }
  }
  if (listed.conId === WINGED.conId) return { bid: null, ask: 0.01, bidSize: 0, askSize: 77, openInterest: 5 }
  return {
    bid: 5 + moved,
    ask: 5.1 + moved,
    bidSize: 12,
    askSize: 15,
    last: 5.05,
    volume: 42,
    close: 4.9,
    openInterest: 1_234,
    mark: 5.05,
    greeks: {
      impliedVolFraction: 0.1842,
      optionPrice: 5.05,
      pvDividend: null,
      delta: 0.51,
      gamma: null,
      vega: 0.62,
      theta: -0.21,
      underlyingPrice: 680,
    },
  }
}
