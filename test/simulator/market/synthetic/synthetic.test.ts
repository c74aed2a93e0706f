import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { newYorkDate, sessionOn } from '../../../../src/market/calendar.ts'
import { yearsToExpiry } from '../../../../src/market/option-hours.ts'
import { treePrice } from '../../../../src/market/pricing/tree.ts'
import {
  daysBetween,
  type EpochMs,
  epochMs,
  expiryDate,
  expiryToDate,
  sessionDate,
} from '../../../../src/market/units.ts'
import { Failure } from '../../../../src/process/failure.ts'
import {
  type BarsRequest,
  DAY_SECONDS,
  type SimContract,
  type SimQuote,
} from '../../../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../../../src/simulator/market/synthetic/synthetic.ts'
import { startOf } from '../../../../src/simulator/requests/duration.ts'

const at = (iso: string) => epochMs(Date.parse(iso))
const later = (from: EpochMs, ms: number) => epochMs(from + ms)
const noon = at('2026-11-20T17:00:00Z')
const market = syntheticMarket({ seed: 7, asOf: noon })
const SYMBOLS = ['SPY', 'QQQ', 'IWM'] as const

const stockOf = (symbol: string) => market.find({ symbol, secType: 'STK' })[0]!
const optionsOf = (symbol: string) => market.find({ symbol, secType: 'OPT', tradingClass: symbol })
const spotOf = (symbol: string) => market.quote(stockOf(symbol), noon).last!
const expiriesOf = (symbol: string) => [...new Set(optionsOf(symbol).map(({ expiry }) => expiry))].sort()
const strikesOf = (contracts: readonly SimContract[]) => [...new Set(contracts.map(({ strike }) => strike))]
const vix = market.find({ symbol: 'VIX', secType: 'IND', exchange: 'CBOE' })[0]!

/** Daily bars of that many sessions. */
const lastDays = (sessions: number, endAt: EpochMs): BarsRequest => ({
  startAt: startOf({ sessions }, { endAt, barSeconds: DAY_SECONDS, earliest: at('2016-01-04T14:30:00Z') }),
  endAt,
  barSeconds: DAY_SECONDS,
})

function everyNumberIn(value: unknown): number[] {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(everyNumberIn) : []
}

describe('a function of seed and time', () => {
  const sample = optionsOf('SPY').filter((_, index) => index % 40 === 0)
  const quotesOf = (from: typeof market, when: EpochMs) => sample.map((one) => from.quote(one, when))

  test('two markets with one seed have the same quotes, in any order of requests', () => {
    const other = syntheticMarket({ seed: 7, asOf: noon })
    other.quote(sample.at(-1)!, later(noon, 3_600_000))
    expect(quotesOf(other, noon)).toEqual(quotesOf(market, noon))
  })

  test('another seed is another market, and prices move with time', () => {
    expect(quotesOf(syntheticMarket({ seed: 8, asOf: noon }), noon)).not.toEqual(quotesOf(market, noon))
    expect(quotesOf(market, later(noon, 60_000))).not.toEqual(quotesOf(market, noon))
  })

  test('a market made a week later has the same contract ids and the same past', () => {
    const next = syntheticMarket({ seed: 7, asOf: later(noon, 7 * 86_400_000) })
    const alive = market.find({ secType: 'OPT' }).filter(({ expiry }) => expiry >= '20261127')
    const kept = alive.filter(({ conId, localSymbol }) => next.byConId(conId)?.localSymbol === localSymbol)
    expect(kept).toHaveLength(alive.length)
    expect(next.quote(stockOf('SPY'), noon)).toEqual(market.quote(stockOf('SPY'), noon))
  })

  test('outside the session everything stays at the last close', () => {
    const evening = at('2026-11-21T02:00:00Z')
    const sunday = at('2026-11-22T17:00:00Z')
    expect(quotesOf(market, sunday)).toEqual(quotesOf(market, evening))
    const spy = stockOf('SPY')
    const [bar] = market.bars(spy, 'TRADES', lastDays(1, evening))
    expect(market.quote(spy, evening).last).toBe(bar!.close)
    expect(market.quote(spy, at('2026-11-20T21:00:00Z')).last).toBe(bar!.close)
  })

  test('a seed that is not a whole number and a time before the first listing are refused', () => {
    expect(() => syntheticMarket({ seed: 1.5, asOf: noon })).toThrow(Failure)
    expect(() => syntheticMarket({ seed: 1, asOf: at('2015-06-01T15:00:00Z') })).toThrow('2015-06-01')
  })
})

describe('what is listed', () => {
  test('expires on session dates only: daily for two weeks, then weekly, then monthly, up to two years', () => {
    for (const symbol of SYMBOLS) {
      const dates = expiriesOf(symbol).map((expiry) => expiryToDate(expiryDate(expiry)))
      expect(dates.filter((date) => sessionOn(date) === null)).toEqual([])
      expect(dates.slice(0, 10)).toEqual([
        ...['2026-11-20', '2026-11-23', '2026-11-24', '2026-11-25', '2026-11-27', '2026-11-30'],
        ...['2026-12-01', '2026-12-02', '2026-12-03', '2026-12-04'],
      ])
      // Christmas falls on a Friday: that week ends on Thursday.
      expect(dates).toContain('2026-12-24')
      expect(dates).toContain('2026-12-18')
      expect(dates).toContain('2026-12-31')
      expect(daysBetween(sessionDate('2026-11-20'), dates.at(-1)!)).toBeGreaterThan(550)
    }
  })

  test('is not a cross product: strikes differ by expiration and are further apart further out', () => {
    for (const symbol of SYMBOLS) {
      const row = market.chainRows(stockOf(symbol).conId).find((one) => one.tradingClass === symbol)!
      const pairs = optionsOf(symbol).length / 2
      expect(pairs).toBeLessThan(0.8 * row.expirations.length * row.strikes.length)
      const near = market.find({ symbol, expiry: '20261127', tradingClass: symbol, right: 'C' })
      const far = market.find({ symbol, expiry: '20271217', tradingClass: symbol, right: 'C' })
      const spot = spotOf(symbol)
      const around = (contracts: readonly SimContract[]) =>
        strikesOf(contracts).filter((strike) => Math.abs(strike / spot - 1) < 0.05).length
      expect(around(near)).toBeGreaterThan(4 * around(far))
      expect(Math.max(...strikesOf(far))).toBeGreaterThan(Math.max(...strikesOf(near)))
    }
  })

  test('has about six thousand contracts in the window that is collected', () => {
    const collected = ['20261120', '20261127', '20261204', '20261218', '20261224', '20261231', '20270115']
    const inWindow = SYMBOLS.map((symbol) => {
      const spot = spotOf(symbol)
      const near = ({ strike }: SimContract) => Math.abs(strike / spot - 1) <= 0.2
      return optionsOf(symbol).filter((one) => collected.includes(one.expiry) && near(one)).length
    })
    const total = inWindow.reduce((sum, count) => sum + count)
    expect(total).toBeGreaterThan(5_000)
    expect(total).toBeLessThan(7_000)
  })

  test('has more than one trading class, with rows per exchange and class', () => {
    const rows = market.chainRows(stockOf('IWM').conId)
    expect([...new Set(rows.map(({ tradingClass }) => tradingClass))]).toEqual(['IWM', '2IWM'])
    expect(rows.filter(({ exchange }) => exchange === 'SMART')).toHaveLength(2)
    expect(new Set(rows.map(({ exchange }) => exchange)).size).toBeGreaterThan(1)
    const second = market.find({ symbol: 'IWM', tradingClass: '2IWM' })
    expect(second.length).toBeGreaterThan(10)
    expect(second.every(({ expiry }) => optionsOf('IWM').some((own) => own.expiry === expiry))).toBe(true)
  })

  test('is found by each of its fields, and not by a wrong one', () => {
    const [option] = market.find({
      symbol: 'SPY',
      expiry: '20261218',
      strike: 600,
      right: 'P',
      exchange: 'SMART',
    })
    expect(option).toMatchObject({ localSymbol: 'SPY   261218P00600000', multiplier: '100', minTick: 0.01 })
    expect(market.find({ conId: option!.conId })).toEqual([option])
    expect(market.find({ conId: option!.conId, right: 'C' })).toEqual([])
    expect(market.find({ symbol: 'SPY', expiry: '20261218', strike: 600.25 })).toEqual([])
    expect(market.find({ symbol: 'SPY', expiry: '20261121' })).toEqual([])
    expect(market.find({ symbol: 'NOPE' })).toEqual([])
    expect(market.find({ symbol: 'SPY', secType: 'STK', exchange: 'CBOE' })).toEqual([])
    expect(market.find({ symbol: 'SPY', expiry: '202612', right: 'C' }).length).toBeGreaterThan(100)
  })

  test('has ids that are positive, fit in 31 bits and are unique', () => {
    const ids = market.find({}).map(({ conId }) => conId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.every((id) => Number.isInteger(id) && id > 0 && id < 2 ** 31)).toBe(true)
  })
})

describe('what is quoted', () => {
  const quoted = SYMBOLS.flatMap((symbol) =>
    optionsOf(symbol).map((contract) => ({ contract, quote: market.quote(contract, noon) })),
  )
  const share = (fits: (quote: SimQuote) => boolean) =>
    quoted.filter(({ quote }) => fits(quote)).length / quoted.length

  test('has no NaN and no infinity over whole chains', () => {
    const wrong = quoted.filter(({ quote }) => !everyNumberIn(quote).every(Number.isFinite))
    expect(wrong).toEqual([])
  })

  test('has bid below ask in ticks of a cent, and no bid only for nearly worthless options', () => {
    const onTick = (price: number) => Math.abs(price * 100 - Math.round(price * 100)) < 1e-6
    for (const { contract, quote } of quoted) {
      const { bid, ask, bidSize, askSize } = quote
      expect(ask, contract.localSymbol).toBeGreaterThan(bid ?? 0)
      expect(onTick(ask!) && onTick(bid ?? 0), contract.localSymbol).toBe(true)
      expect(askSize).toBeGreaterThan(0)
      if (bid === null) {
        expect(ask, contract.localSymbol).toBeLessThan(0.05)
        expect(bidSize).toBeNull()
      } else expect(bidSize).toBeGreaterThan(0)
    }
    expect(share(({ bid }) => bid === null)).toBeGreaterThan(0.01)
    expect(share(({ bid }) => bid === null)).toBeLessThan(0.25)
  })

  test('has no arbitrage by verticals or butterflies at the quoted prices', () => {
    const violations = SYMBOLS.flatMap((symbol) =>
      expiriesOf(symbol).flatMap((expiry) =>
        (['C', 'P'] as const).flatMap((right) => {
          const smile = quoted
            .filter((one) => one.contract.symbol === symbol && one.contract.expiry === expiry)
            .filter((one) => one.contract.right === right)
            .sort((a, b) => a.contract.strike - b.contract.strike)
          return smile.slice(2).filter((high, index) => {
            const [low, middle] = [smile[index]!, smile[index + 1]!]
            const weight =
              (high.contract.strike - middle.contract.strike) / (high.contract.strike - low.contract.strike)
            const wings = weight * low.quote.ask! + (1 - weight) * high.quote.ask!
            const [dear, cheap] = right === 'C' ? [middle, high] : [high, middle]
            const inverted = dear.quote.ask! < (cheap.quote.bid ?? 0)
            return wings < (middle.quote.bid ?? 0) - 1e-9 || inverted
          })
        }),
      ),
    )
    expect(violations.map(({ contract }) => contract.localSymbol)).toEqual([])
  })

  test('has greeks with the right signs, and one volatility per strike for call and put', () => {
    const vols = new Map<string, number>()
    for (const { contract, quote } of quoted) {
      const { impliedVolFraction: iv, delta, gamma, vega } = quote.greeks ?? {}
      if (typeof iv !== 'number') continue
      expect(contract.right === 'C' ? delta! : -delta!).toBeGreaterThan(0)
      expect(Math.abs(delta!)).toBeLessThanOrEqual(1)
      expect(gamma).toBeGreaterThan(0)
      expect(vega).toBeGreaterThanOrEqual(0)
      expect(iv).toBeGreaterThan(0.04)
      const strike = `${contract.symbol} ${contract.expiry} ${contract.strike}`
      expect(vols.get(strike) ?? iv).toBe(iv)
      vols.set(strike, iv)
    }
    expect(vols.size).toBeGreaterThan(2_000)
  })

  test("has greeks that the tree gives back from the quote's own numbers", () => {
    for (const { contract, quote } of quoted.filter((_, index) => index % 97 === 0)) {
      const { impliedVolFraction, optionPrice, underlyingPrice } = quote.greeks ?? {}
      if (typeof impliedVolFraction !== 'number') continue
      const priced = treePrice({
        right: contract.right as 'C' | 'P',
        spot: underlyingPrice!,
        strike: contract.strike,
        years: yearsToExpiry(noon, expiryDate(contract.expiry), contract.symbol),
        volFraction: impliedVolFraction,
        rateFraction: 0.04,
      })
      expect(optionPrice).toBeCloseTo(priced!, 9)
      expect(optionPrice).toBeGreaterThanOrEqual((quote.bid ?? 0) - 1e-9)
      expect(optionPrice).toBeLessThanOrEqual(quote.ask! + 1e-9)
    }
  })

  test('lacks greeks in the deep wings: some are not sent, some are sentinels', () => {
    const silent = share(({ greeks }) => greeks === undefined)
    const sentinel = share(({ greeks }) => greeks?.impliedVolFraction === null)
    expect(silent).toBeGreaterThan(0.01)
    expect(silent + sentinel).toBeLessThan(0.35)
    expect(sentinel).toBeGreaterThan(0)
  })

  test('lacks volume and last together, for options that have not traded today', () => {
    for (const { quote } of quoted) expect(quote.volume === undefined).toBe(quote.last === undefined)
    expect(share(({ volume }) => volume === undefined)).toBeGreaterThan(0.005)
    expect(quoted.every(({ quote }) => quote.volume === undefined || quote.volume! > 0)).toBe(true)
  })

  test('keeps open interest all day and changes it overnight; volume only grows', () => {
    const [option] = market.find({ symbol: 'SPY', expiry: '20261218', strike: 600, right: 'P' })
    const during = (iso: string) => market.quote(option!, at(iso))
    const [morning, evening] = [during('2026-11-20T14:31:00Z'), during('2026-11-20T20:59:00Z')]
    expect(evening.openInterest).toBe(morning.openInterest)
    expect(evening.volume!).toBeGreaterThanOrEqual(morning.volume ?? 0)
    expect(during('2026-11-23T15:00:00Z').openInterest).not.toBe(morning.openInterest)
  })

  test('is empty once the option has expired', () => {
    const [today] = market.find({ symbol: 'SPY', expiry: '20261120', right: 'C' })
    expect(market.quote(today!, at('2026-11-20T22:00:00Z')).ask).toBeGreaterThan(0)
    expect(market.quote(today!, at('2026-11-23T15:00:00Z'))).toEqual({})
  })
})

describe('underlyings and the index', () => {
  test('VIX is a little above the 30-day volatility of SPY and has no bid', () => {
    const quote = market.quote(vix, noon)
    const vol = market.quote(stockOf('SPY'), noon).impliedVol30Fraction!
    expect(quote.last! / (100 * vol)).toBeGreaterThan(1)
    expect(quote.last! / (100 * vol)).toBeLessThan(1.1)
    expect(quote.bid).toBeUndefined()
  })

  test('volatility at the money around 30 days equals tick 24', () => {
    const vol = market.quote(stockOf('SPY'), noon).impliedVol30Fraction!
    const spot = spotOf('SPY')
    const nearest = market
      .find({ symbol: 'SPY', expiry: '20261218', right: 'C', tradingClass: 'SPY' })
      .reduce((best, one) => (Math.abs(one.strike - spot) < Math.abs(best.strike - spot) ? one : best))
    expect(market.quote(nearest, noon).greeks!.impliedVolFraction! / vol).toBeCloseTo(1, 1)
  })

  test('300 daily bars of finished sessions match the path, for prices, volatility and the index', () => {
    const request = lastDays(300, noon)
    const spy = stockOf('SPY')
    for (const bars of [
      market.bars(spy, 'TRADES', request),
      market.bars(spy, 'OPTION_IMPLIED_VOLATILITY', request),
      market.bars(vix, 'TRADES', request),
    ]) {
      expect(bars).toHaveLength(300)
      expect(newYorkDate(bars.at(-1)!.startAt)).toBe('2026-11-19')
      expect(bars.every((bar) => bar.low <= Math.min(bar.open, bar.close))).toBe(true)
      expect(bars.every((bar) => bar.high >= Math.max(bar.open, bar.close))).toBe(true)
      expect(new Set(bars.map(({ startAt }) => startAt)).size).toBe(300)
    }
    const [bar] = market.bars(spy, 'TRADES', lastDays(1, at('2026-11-20T21:00:00Z')))
    expect(newYorkDate(bar!.startAt)).toBe('2026-11-20')
    expect(market.quote(spy, noon).last!).toBeLessThanOrEqual(bar!.high)
    expect(market.quote(spy, noon).last!).toBeGreaterThanOrEqual(bar!.low)
  })

  test('volatility bars stay between 10 and 35 %, and exist a thousand days back', () => {
    const bars = market.bars(stockOf('IWM'), 'OPTION_IMPLIED_VOLATILITY', lastDays(1_000, noon))
    expect(bars).toHaveLength(1_000)
    expect(Math.min(...bars.map(({ low }) => low))).toBeGreaterThan(0.1)
    expect(Math.max(...bars.map(({ high }) => high))).toBeLessThan(0.35)
    expect(market.bars(vix, 'OPTION_IMPLIED_VOLATILITY', lastDays(5, noon))).toEqual([])
    expect(market.bars(optionsOf('SPY')[0]!, 'TRADES', lastDays(5, noon))).toEqual([])
  })

  test("hours come in the gateway's format, with week-ends, holidays and early closes", () => {
    const [option] = optionsOf('SPY')
    const wednesday = at('2026-11-25T15:00:00Z')
    expect(newYorkDate(wednesday)).toBe('2026-11-25')
    expect(market.hours(option!, wednesday)).toEqual({
      timeZoneId: 'US/Eastern',
      tradingHours: market.hours(option!, wednesday).liquidHours,
      liquidHours: [
        '20261125:0930-20261125:1615',
        '20261126:CLOSED',
        '20261127:0930-20261127:1315',
        '20261128:CLOSED',
        '20261129:CLOSED',
        '20261130:0930-20261130:1615',
        '20261201:0930-20261201:1615',
      ].join(';'),
    })
    expect(market.hours(stockOf('SPY'), wednesday).liquidHours).toContain('20261125:0930-20261125:1600')
  })
})

describe('single stocks beside the funds', () => {
  const close = at('2026-11-20T21:00:00Z')

  test('options of a stock close at 16:00, those of a fund at 16:15, and on an early close at 13:00 and 13:15', () => {
    expect(market.hours(optionsOf('SPY')[0]!, noon).liquidHours).toContain('20261120:0930-20261120:1615')
    for (const tradingClass of ['AAPL', 'BRKB']) {
      const [option] = market.find({ secType: 'OPT', tradingClass })
      const { liquidHours } = market.hours(option!, noon)
      expect(liquidHours).toContain('20261120:0930-20261120:1600')
      expect(market.hours(option!, at('2026-11-27T15:00:00Z')).liquidHours).toContain(
        '1127:0930-20261127:1300',
      )
    }
  })

  test('after its close an option keeps its last quote, also on its last day', () => {
    const options = market.find({ symbol: 'AAPL', secType: 'OPT' }).filter(({ strike }) => strike % 10 === 0)
    expect(options.some(({ expiry }) => expiry === '20261120')).toBe(true)
    for (const option of options) {
      const last = market.quote(option, close)
      expect(last.ask).toBeGreaterThan(0)
      expect(market.quote(option, later(close, 10 * 60_000))).toEqual(last)
      expect(market.quote(option, later(close, -60_000)).ask).toBeGreaterThan(0)
    }
  })

  test('BRK B has options of the class BRKB, although the stock itself is of the class BRK B', () => {
    expect(stockOf('BRK B')).toMatchObject({ localSymbol: 'BRK B', tradingClass: 'BRK B' })
    const rows = market.chainRows(stockOf('BRK B').conId)
    expect([...new Set(rows.map(({ tradingClass }) => tradingClass))]).toEqual(['BRKB'])
    const [option] = market.find({
      symbol: 'BRK B',
      secType: 'OPT',
      expiry: '20261218',
      strike: 500,
      right: 'C',
    })
    expect(option).toMatchObject({ tradingClass: 'BRKB', localSymbol: 'BRKB  261218C00500000' })
    expect(market.find({ symbol: 'BRK.B' })).toEqual([])
    expect(market.find({ symbol: 'BRKB' })).toEqual([])
  })

  test('they trade like the others: two sides, open interest, volume and a mark price', () => {
    for (const symbol of ['AAPL', 'BRK B']) {
      const spot = spotOf(symbol)
      const near = market
        .find({ symbol, secType: 'OPT', expiry: '20261218' })
        .filter(({ strike }) => Math.abs(strike / spot - 1) < 0.05)
      expect(near.length).toBeGreaterThan(5)
      for (const option of near) {
        const { bid, ask, mark, openInterest, greeks } = market.quote(option, noon)
        expect(bid).toBeGreaterThan(0)
        expect(mark).toBeGreaterThanOrEqual(bid!)
        expect(mark).toBeLessThanOrEqual(ask!)
        expect(openInterest).toBeGreaterThan(0)
        expect(greeks?.impliedVolFraction).toBeGreaterThan(0.05)
      }
    }
  })

  test('their ids and quotes are those of the first version, whatever else is listed', () => {
    const listed = ['SPY', 'QQQ', 'IWM', 'AAPL', 'BRK B'].flatMap((symbol) => market.find({ symbol }))
    const digest = (value: unknown) =>
      createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)
    expect(listed).toHaveLength(24_785)
    expect(digest(listed.map(({ conId, localSymbol }) => [conId, localSymbol]))).toBe('bb189dce60c563a3')
    const quotes = listed
      .filter((_, index) => index % 50 === 0)
      .map((contract) => market.quote(contract, noon))
      .map(({ bid, ask, last, volume, openInterest }) => [bid, ask, last, volume, openInterest])
    expect(digest(quotes)).toBe('c52ddef487745dac')
    expect(market.quote(vix, noon)).toEqual({ last: 18.27, close: 17.13 })
  })

  test('the quotes of a seed do not depend on which other stocks there are', () => {
    const option = market.find({
      symbol: 'SPY',
      expiry: '20261218',
      strike: 630,
      right: 'C',
      tradingClass: 'SPY',
    })
    expect([spotOf('SPY'), spotOf('QQQ'), spotOf('IWM')]).toEqual([627.55, 557.35, 221.43])
    expect(market.quote(option[0]!, noon)).toMatchObject({ bid: 11.94, ask: 11.99 })
  })
})
