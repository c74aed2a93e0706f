import { describe, expect, test } from 'vitest'
import { newYorkDate, newYorkInstant, sessionOn } from '../../../../src/market/calendar.ts'
import { type EpochMs, epochMs, sessionDate } from '../../../../src/market/units.ts'
import { STOCKS } from '../../../../src/simulator/market/instruments.ts'
import {
  type Bar,
  type BarKind,
  DAY_SECONDS,
  type SimContract,
} from '../../../../src/simulator/market/market.ts'
import { marketPath, momentIn } from '../../../../src/simulator/market/synthetic/path.ts'
import { syntheticMarket } from '../../../../src/simulator/market/synthetic/synthetic.ts'

const at = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
const noon = at('2026-11-20', '12:00:30')
const market = syntheticMarket({ seed: 7, asOf: noon })
const stockOf = (symbol: string) => market.find({ symbol, secType: 'STK' })[0] as SimContract
const spy = stockOf('SPY')
const vix = market.find({ symbol: 'VIX' })[0] as SimContract
const call = market
  .find({ symbol: 'SPY', expiry: '20261127', right: 'C', tradingClass: 'SPY' })
  .reduce((best, one) =>
    Math.abs(one.strike - market.quote(spy, noon).last!) <
    Math.abs(best.strike - market.quote(spy, noon).last!)
      ? one
      : best,
  )

const barsOf = (
  contract: SimContract,
  what: BarKind,
  [startAt, endAt]: readonly [EpochMs, EpochMs],
  barSeconds: number,
) => market.bars(contract, what, { startAt, endAt, barSeconds })
const dayOf = (date: string) => {
  const session = sessionOn(sessionDate(date))!
  return [session.openAt, session.closeAt] as const
}

/** One bar of many, as a client would put them together. */
function together(bars: readonly Bar[]) {
  return {
    open: bars[0]!.open,
    high: Math.max(...bars.map(({ high }) => high)),
    low: Math.min(...bars.map(({ low }) => low)),
    close: bars.at(-1)!.close,
    volume: bars.reduce((sum, { volume }) => sum + (volume ?? 0), 0),
  }
}

describe('bars of underlyings', () => {
  test('minute bars add up to the daily bar, also on an early close, for prices, volatility and the index', () => {
    for (const date of ['2026-11-19', '2025-11-28']) {
      for (const contract of [...STOCKS.map(({ symbol }) => stockOf(symbol)), vix]) {
        for (const what of ['TRADES', 'OPTION_IMPLIED_VOLATILITY'] as const) {
          const [daily] = barsOf(contract, what, dayOf(date), DAY_SECONDS)
          const minutes = barsOf(contract, what, dayOf(date), 60)
          if (contract === vix && what !== 'TRADES') {
            expect([daily, minutes]).toEqual([undefined, []])
            continue
          }
          expect(minutes).toHaveLength(date === '2026-11-19' ? 390 : 210)
          expect(daily).toMatchObject(together(minutes))
        }
      }
    }
  })

  test('a bar of any size is made of the smaller ones, and begins on a multiple of its length', () => {
    const seconds = barsOf(spy, 'TRADES', dayOf('2026-11-19'), 1)
    expect(seconds).toHaveLength(23_400)
    for (const size of [5, 30, 60, 180, 1_200, 1_800, 3_600, 10_800, 28_800]) {
      const bars = barsOf(spy, 'TRADES', dayOf('2026-11-19'), size)
      const [daily] = barsOf(spy, 'TRADES', dayOf('2026-11-19'), DAY_SECONDS)
      expect(daily).toMatchObject(together(bars))
      for (const [index, bar] of bars.slice(0, 40).entries()) {
        const until = bars[index + 1]?.startAt ?? Number.POSITIVE_INFINITY
        const inside = seconds.filter(({ startAt }) => bar.startAt <= startAt && startAt < until)
        expect(bar).toMatchObject(together(inside))
      }
      const since = (bars[1]?.startAt ?? 0) - at('2026-11-19', '00:00')
      if (bars.length > 1) expect(since % (size * 1_000)).toBe(0)
    }
    const starts = barsOf(spy, 'TRADES', dayOf('2026-11-19'), 3_600).map(({ startAt }) => startAt)
    expect(starts.slice(0, 3)).toEqual(['09:30', '10:00', '11:00'].map((clock) => at('2026-11-19', clock)))
  })

  test('the last bar of an open session ends with the quote, and is the same when it is asked for again', () => {
    const span = [at('2026-11-20', '09:30'), noon] as const
    const quote = market.quote(spy, epochMs(noon - 1_000))
    const trades = barsOf(spy, 'TRADES', span, 60)
    expect(trades).toHaveLength(151)
    expect(trades.at(-1)!.close).toBe(quote.last)
    expect(together(trades).volume).toBe(quote.volume)
    expect(barsOf(spy, 'BID', span, 60).at(-1)!.close).toBe(quote.bid)
    expect(barsOf(spy, 'ASK', span, 60).at(-1)!.close).toBe(quote.ask)
    expect(barsOf(spy, 'MIDPOINT', span, 60).at(-1)!.close).toBeCloseTo((quote.bid! + quote.ask!) / 2, 3)
    const later = syntheticMarket({ seed: 7, asOf: at('2026-11-25', '11:00') })
    expect(
      later
        .bars(spy, 'TRADES', { startAt: span[0], endAt: at('2026-11-20', '16:00'), barSeconds: 60 })
        .slice(0, 150),
    ).toEqual(trades.slice(0, 150))
  })

  test('no quote of a day is outside its daily bar', () => {
    const path = marketPath(5)
    for (const symbol of ['SPY', 'BRK B']) {
      const stock = STOCKS.find((one) => one.symbol === symbol)!
      const listed = stockOf(symbol)
      for (const date of ['2026-11-18', '2026-11-19']) {
        const session = sessionOn(sessionDate(date))!
        const seconds = Array.from({ length: 2_300 }, (_, index) => index * 10 + 7)
        const lasts = seconds.map(
          (second) => market.quote(listed, epochMs(session.openAt + second * 1_000)).last!,
        )
        const [daily] = barsOf(listed, 'TRADES', dayOf(date), DAY_SECONDS)
        expect(Math.max(...lasts)).toBeLessThanOrEqual(daily!.high)
        expect(Math.min(...lasts)).toBeGreaterThanOrEqual(daily!.low)
        const one = seconds.map((second) =>
          path.price(stock, momentIn(session, epochMs(session.openAt + second * 1_000))),
        )
        const whole = path.prices(stock, session)
        expect(one).toEqual(seconds.map((second) => whole[second]))
      }
    }
  })

  test('bid and ask bars: open and close are means, high the highest ask and low the lowest bid', () => {
    const span = [at('2026-11-19', '10:00'), at('2026-11-19', '10:10')] as const
    const both = barsOf(spy, 'BID_ASK', span, 60)
    const bids = barsOf(spy, 'BID', span, 60)
    const asks = barsOf(spy, 'ASK', span, 60)
    const minute = barsOf(spy, 'BID', span, 1)
    for (const [index, bar] of both.entries()) {
      expect([bar.low, bar.high]).toEqual([bids[index]!.low, asks[index]!.high])
      const closes = minute.slice(index * 60, index * 60 + 60).map(({ close }) => close)
      expect(bar.open).toBeCloseTo(closes.reduce((sum, close) => sum + close, 0) / 60, 3)
      expect(bar.close - bar.open).toBeCloseTo(0.01, 3)
      expect(bar.volume).toBeNull()
    }
  })

  test('historical volatility is that of the last thirty daily returns', () => {
    const span = [at('2026-09-01', '09:30'), at('2026-11-20', '09:00')] as const
    const closes = barsOf(spy, 'TRADES', span, DAY_SECONDS)
      .slice(-31)
      .map(({ close }) => Math.log(close))
    const returns = closes.slice(1).map((close, index) => close - closes[index]!)
    const mean = returns.reduce((sum, one) => sum + one, 0) / 30
    const variance = returns.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 29
    const bars = barsOf(spy, 'HISTORICAL_VOLATILITY', span, DAY_SECONDS)
    expect(bars.at(-1)!.close).toBeCloseTo(Math.sqrt(252 * variance), 10)
    expect(bars.at(-1)!.open).toBe(bars.at(-2)!.close)
    const minutes = barsOf(spy, 'HISTORICAL_VOLATILITY', dayOf('2026-11-19'), 60)
    expect(bars.at(-1)).toMatchObject(together(minutes))
    const head = market.headTimestamp(spy, 'HISTORICAL_VOLATILITY')!
    const first = market.bars(spy, 'HISTORICAL_VOLATILITY', {
      startAt: epochMs(head - 30 * 86_400_000),
      endAt: epochMs(head + 86_400_000),
      barSeconds: DAY_SECONDS,
    })
    expect(first[0]!.startAt).toBe(head)
  })
})

describe('trades and quotes', () => {
  test('the trades of a span are the volume of its bars, and quotes are those of the market', () => {
    const span = { startAt: at('2026-11-19', '10:00'), endAt: at('2026-11-19', '10:01') }
    for (const contract of [spy, call]) {
      const [bar] = barsOf(contract, 'TRADES', [span.startAt, span.endAt], 60)
      const trades = market.trades(contract, span)
      expect(trades.reduce((sum, { size }) => sum + size, 0)).toBe(bar!.volume)
      expect(trades).toHaveLength(bar!.tradeCount!)
      expect([trades[0]!.price, trades.at(-1)!.price]).toEqual([bar!.open, bar!.close])
      for (const change of market.quoteChanges(contract, span)) {
        const { bid, bidSize, ask, askSize } = market.quote(contract, change.at)
        expect(change).toEqual({ at: change.at, bid, bidSize, ask, askSize })
      }
    }
    expect(market.quoteChanges(spy, span)).toHaveLength(60)
    expect(market.quoteChanges(call, span)).toHaveLength(12)
    expect(market.trades(vix, span)).toEqual([])
  })
})

describe('bars of options', () => {
  test('agree with the quotes and with each other, until the close of the options', () => {
    const day = [at('2026-11-19', '09:30'), at('2026-11-19', '17:00')] as const
    for (const what of ['BID', 'ASK', 'MIDPOINT', 'TRADES'] as const) {
      const minutes = barsOf(call, what, day, 60)
      expect(together(barsOf(call, what, day, 3_600))).toEqual(together(minutes))
      expect(together(barsOf(call, what, day, 30))).toEqual(together(minutes))
      if (what !== 'TRADES') expect(minutes).toHaveLength(405)
    }
    const end = market.quote(call, at('2026-11-19', '15:59'))
    const until = [at('2026-11-19', '09:30'), at('2026-11-19', '15:59:01')] as const
    expect(together(barsOf(call, 'TRADES', until, 60))).toMatchObject({ volume: end.volume, close: end.last })
    const touch = market.quote(call, at('2026-11-19', '15:58:55'))
    const minutes = barsOf(call, 'BID', [at('2026-11-19', '15:00'), at('2026-11-19', '15:59')], 60)
    expect(minutes.at(-1)!.close).toBe(touch.bid)
  })

  test('begin when the expiration is listed; daily bars and volatilities there are none', () => {
    const head = market.headTimestamp(call, 'TRADES')!
    expect(newYorkDate(head) >= '2026-09-01' && head < noon).toBe(true)
    const first = market.bars(call, 'ASK', {
      startAt: epochMs(head - 5 * 86_400_000),
      endAt: epochMs(head + 3_600_000),
      barSeconds: 3_600,
    })
    expect(first[0]!.startAt).toBe(head)
    expect(barsOf(call, 'TRADES', [head, noon], DAY_SECONDS)).toEqual([])
    expect(barsOf(call, 'OPTION_IMPLIED_VOLATILITY', [head, noon], 3_600)).toEqual([])
    expect(market.headTimestamp(call, 'HISTORICAL_VOLATILITY')).toBeNull()
  })

  test('a worthless option has ask bars and no bid bars', () => {
    const far = market
      .find({ symbol: 'SPY', expiry: '20261120', right: 'P', tradingClass: 'SPY' })
      .reduce((low, one) => (one.strike < low.strike ? one : low))
    const span = [at('2026-11-20', '11:00'), at('2026-11-20', '11:10')] as const
    expect(barsOf(far, 'ASK', span, 60)).toHaveLength(10)
    expect(barsOf(far, 'BID', span, 60)).toEqual([])
    expect(barsOf(far, 'MIDPOINT', span, 60)).toEqual([])
  })
})
