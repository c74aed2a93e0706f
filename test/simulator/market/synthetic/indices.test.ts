import { describe, expect, test } from 'vitest'
import { newYorkInstant, yearsBetween } from '../../../../src/market/calendar.ts'
import { europeanGreeks } from '../../../../src/market/pricing/european.ts'
import { epochMs, sessionDate } from '../../../../src/market/units.ts'
import { expiresAt } from '../../../../src/simulator/market/contracts.ts'
import type { ContractQuery, SimContract } from '../../../../src/simulator/market/market.ts'
import { contractId } from '../../../../src/simulator/market/synthetic/contract-id.ts'
import { volatilitySettlement } from '../../../../src/simulator/market/synthetic/index-expirations.ts'
import { syntheticMarket } from '../../../../src/simulator/market/synthetic/synthetic.ts'

const time = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)
const noon = time('2026-12-14', '12:00')
const market = syntheticMarket({ seed: 7, asOf: noon })
const RATE = 0.04

const indexOf = (symbol: string) => market.find({ symbol, secType: 'IND' })[0]!
const optionsOf = (query: ContractQuery) => market.find({ secType: 'OPT', ...query })
const levelOf = (symbol: string, at = noon) => market.quote(indexOf(symbol), at).last!
const yearsOf = (contract: SimContract, at = noon) => yearsBetween(at, contract.settlesAt!)
const greeksOf = (contract: SimContract, at = noon) => market.quote(contract, at).greeks!

/** Calls and puts of the same strike, within a tenth of the level. */
function pairsOf(query: ContractQuery): { call: SimContract; put: SimContract }[] {
  const level = levelOf(query.symbol!)
  const near = optionsOf(query).filter(({ strike }) => Math.abs(strike / level - 1) < 0.1)
  return near
    .filter(({ right }) => right === 'C')
    .map((call) => ({ call, put: near.find((one) => one.strike === call.strike && one.right === 'P')! }))
}

describe('what is listed on indices', () => {
  test('is the classes of each index, on the exchanges that have them', () => {
    const rowsOf = (symbol: string) =>
      market
        .chainRows(indexOf(symbol).conId)
        .map(({ exchange, tradingClass, multiplier }) => `${exchange} ${tradingClass} ${multiplier}`)
    expect(rowsOf('SPX')).toEqual(['SMART SPX 100', 'SMART SPXW 100', 'CBOE SPX 100', 'CBOE SPXW 100'])
    expect(rowsOf('XSP')).toEqual(['SMART XSP 100', 'CBOE XSP 100'])
    expect(rowsOf('VIX')).toEqual(['SMART VIX 100', 'SMART VIXW 100', 'CBOE VIX 100', 'CBOE VIXW 100'])
    expect(rowsOf('NDX').slice(0, 2)).toEqual(['SMART NDX 100', 'SMART NDXP 100'])
    expect(rowsOf('RUT').slice(0, 2)).toEqual(['SMART RUT 100', 'SMART RUTW 100'])
    expect(rowsOf('VVIX')).toEqual([])
  })

  test('has two classes with the same strike, right and expiry on the Thursday before a third Friday', () => {
    const expiry = '20261217'
    const [strike] = pairsOf({ symbol: 'SPX', tradingClass: 'SPX', expiry }).map(({ call }) => call.strike)
    const both = optionsOf({ symbol: 'SPX', expiry, strike: strike!, right: 'C' })
    expect(both).toMatchObject([
      {
        ...{ tradingClass: 'SPX', expiry, realExpiry: '20261218', contractMonth: '202612' },
        ...{ exerciseStyle: 'european', settlesAt: time('2026-12-18', '09:30') },
        lastTradeAt: time('2026-12-17', '16:15'),
      },
      {
        ...{ tradingClass: 'SPXW', expiry, realExpiry: '20261217', exerciseStyle: 'european' },
        ...{ settlesAt: time('2026-12-17', '16:00'), lastTradeAt: time('2026-12-17', '16:00') },
      },
    ])
    expect(both[0]!.localSymbol).toBe(`SPX   261218C0${strike}000`)
    expect(both[0]!.conId).not.toBe(both[1]!.conId)
    expect(both.map(expiresAt)).toEqual([time('2026-12-18', '09:30'), time('2026-12-17', '16:00')])
    // The third Friday itself is of the other class alone.
    const friday = optionsOf({ symbol: 'SPX', expiry: '20261218', strike: strike!, right: 'C' })
    expect(friday.map(({ tradingClass }) => tradingClass)).toEqual(['SPXW'])
  })

  test('is found by conId or local symbol before anything of its class was listed', () => {
    const [known] = pairsOf({ symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217' })
    const fresh = syntheticMarket({ seed: 7, asOf: noon })
    expect(fresh.byConId(known!.put.conId)).toEqual(known!.put)
    expect(fresh.find({ conId: known!.put.conId, exchange: 'CBOE' })).toEqual([known!.put])
    expect(fresh.find({ localSymbol: known!.call.localSymbol })).toEqual([known!.call])
    expect(fresh.byConId(known!.call.conId + 1)).toBeUndefined()
  })

  test('is not listed for a query that names no index, and is not found by a wrong field', () => {
    const all = market.find({})
    expect(all.some(({ secType, symbol }) => secType === 'OPT' && symbol === 'SPX')).toBe(false)
    expect(all.filter(({ secType }) => secType === 'IND')).toHaveLength(9)
    expect(market.find({ symbol: 'SPX', secType: 'STK' })).toEqual([])
    expect(market.find({ symbol: 'SPX', secType: 'IND', exchange: 'SMART' })).toEqual([])
    expect(optionsOf({ symbol: 'SPX', tradingClass: 'SPXQ' })).toEqual([])
    expect(optionsOf({ symbol: 'SPX', expiry: '20261217', strike: 6_001 })).toEqual([])
    expect(optionsOf({ symbol: 'SPX', expiry: '20261217', exchange: 'PHLX' })).toEqual([])
    expect(optionsOf({ symbol: 'VVIX' })).toEqual([])
  })

  test('has ids of its own, which no option on a stock can have', () => {
    const ids = new Set(market.find({}).map(({ conId }) => conId))
    const before = ids.size
    const options = ['SPX', 'XSP', 'NDX', 'RUT', 'VIX'].flatMap((symbol) => optionsOf({ symbol }))
    for (const { conId } of options) ids.add(conId)
    expect(options.length).toBeGreaterThan(10_000)
    expect(ids.size).toBe(before + options.length)
    const taken = contractId({
      classNumber: 1,
      expiry: sessionDate('2026-12-18'),
      strike: 600,
      right: 'C',
    })
    expect(options.some(({ conId }) => conId === taken)).toBe(false)
  })

  test('a class whose last trading day is over is not listed any more, although its value is not fixed', () => {
    const friday = syntheticMarket({ seed: 7, asOf: time('2026-12-18', '08:00') })
    expect(friday.find({ symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217' })).toEqual([])
    expect(friday.find({ symbol: 'SPX', tradingClass: 'SPXW', expiry: '20261218' }).length).toBeGreaterThan(9)
  })
})

describe('the volatility index', () => {
  test('settles thirty days before a third Friday, and a day earlier if one of the two days is a holiday', () => {
    // Good Friday of 2019 and of 2022, and Juneteenth of 2027, are third Fridays.
    for (const [wednesday, settled] of [
      ['2026-12-16', '2026-12-16'],
      ['2019-03-20', '2019-03-19'],
      ['2022-03-16', '2022-03-15'],
      ['2027-05-19', '2027-05-18'],
    ] as const) {
      expect(volatilitySettlement(sessionDate(wednesday))).toBe(settled)
    }
    const months = [...new Set(optionsOf({ symbol: 'VIX', tradingClass: 'VIX' }).map(({ expiry }) => expiry))]
    expect(months.slice(0, 6)).toEqual([
      ...['20261215', '20270119', '20270216', '20270316', '20270420', '20270517'],
    ])
    const [option] = optionsOf({ symbol: 'VIX', expiry: '20261215', strike: 18, right: 'P' })
    expect(option).toMatchObject({ localSymbol: 'VIX   261216P00018000', realExpiry: '20261216' })
    const weeks = optionsOf({ symbol: 'VIX', tradingClass: 'VIXW' }).map(({ expiry }) => expiry)
    // The Fridays thirty days after the last two Wednesdays are ordinary; weeks of monthly expirations have no weekly.
    expect([...new Set(weeks)]).toEqual(['20261222', '20261229', '20270105', '20270112'])
  })

  test('has calls and puts on its forward, and volatilities that rise with the strike', () => {
    const pairs = pairsOf({ symbol: 'VIX', expiry: '20270119' })
    expect(pairs.length).toBeGreaterThan(3)
    const years = yearsOf(pairs[0]!.call)
    const forward = greeksOf(pairs[0]!.call).underlyingPrice!
    expect(forward).not.toBeCloseTo(levelOf('VIX'), 1)
    let before = 0
    for (const { call, put } of pairs) {
      const [calls, puts] = [greeksOf(call), greeksOf(put)]
      const worth = Math.exp(-RATE * years) * (forward - call.strike)
      expect(calls.optionPrice! - puts.optionPrice!).toBeCloseTo(worth, 9)
      expect(calls.impliedVolFraction).toBe(puts.impliedVolFraction)
      expect(calls.impliedVolFraction!).toBeGreaterThan(before)
      before = calls.impliedVolFraction!
    }
    const settles = time('2027-01-20', '09:30')
    const ahead = syntheticMarket({ seed: 7, asOf: settles })
    const last = ahead.quote(pairs[0]!.call, epochMs(time('2027-01-19', '16:14:59')))
    const level = ahead.quote(indexOf('VIX'), time('2027-01-19', '16:14:59')).last!
    expect(last.greeks!.underlyingPrice!).toBeCloseTo(level, 1)
  })

  test('has relatives of other horizons', () => {
    for (const symbol of ['VIX9D', 'VIX3M', 'VIX6M', 'VVIX']) {
      const quote = market.quote(indexOf(symbol), noon)
      expect(quote.last).toBeGreaterThan(5)
      expect(quote.bid).toBeUndefined()
      const request = { startAt: time('2026-12-07', '09:30'), endAt: noon, barSeconds: 86_400 }
      expect(market.bars(indexOf(symbol), 'TRADES', request)).toHaveLength(5)
    }
    expect(levelOf('VVIX')).toBeGreaterThan(3 * levelOf('VIX'))
  })
})

describe('prices of index options', () => {
  test('follow one level, with dividends by put-call parity', () => {
    expect(levelOf('SPX') / market.quote(market.find({ symbol: 'SPY' })[0]!, noon).last!).toBeCloseTo(10, 9)
    expect(levelOf('XSP') * 10).toBeCloseTo(levelOf('SPX'), 6)
    for (const expiry of ['20270318', '20270319']) {
      for (const { call, put } of pairsOf({ symbol: 'SPX', expiry })) {
        const [calls, puts] = [greeksOf(call), greeksOf(put)]
        const years = yearsOf(call)
        const worth = levelOf('SPX') - calls.pvDividend! - call.strike * Math.exp(-RATE * years)
        expect(calls.optionPrice! - puts.optionPrice!).toBeCloseTo(worth, 8)
        expect(calls.underlyingPrice).toBe(levelOf('SPX'))
        expect(calls.pvDividend).toBeCloseTo(levelOf('SPX') * (1 - Math.exp(-0.012 * years)), 8)
      }
    }
  })

  test('are those of Black-Scholes with the numbers of tick 13, within bid and ask', () => {
    for (const symbol of ['SPX', 'XSP', 'NDX', 'RUT']) {
      const pairs = pairsOf({ symbol, expiry: '20261231' })
      expect(pairs.length).toBeGreaterThan(5)
      for (const { put } of pairs) {
        const quote = market.quote(put, noon)
        const { greeks } = quote
        const model = europeanGreeks({
          right: 'P',
          spot: greeks!.underlyingPrice! - greeks!.pvDividend!,
          strike: put.strike,
          years: yearsOf(put),
          volFraction: greeks!.impliedVolFraction!,
          rateFraction: RATE,
        })!
        expect(greeks).toMatchObject({ delta: model.delta, gamma: model.gamma, vega: model.vega })
        expect(model.price).toBeGreaterThanOrEqual(quote.bid!)
        expect(model.price).toBeLessThanOrEqual(quote.ask!)
        const ticks = quote.bid! / put.minTick
        expect(Math.abs(ticks - Math.round(ticks))).toBeLessThan(1e-6)
      }
    }
  })

  test('end on the last trading day: at 16:00 in a class settled at the close, with no quote before an opening settlement', () => {
    const near = (tradingClass: string, expiry: string) =>
      pairsOf({ symbol: 'SPX', tradingClass, expiry })[0]!.call
    const [am, pm] = [near('SPX', '20261217'), near('SPXW', '20261217')]
    const at = (clock: string) => time('2026-12-17', clock)
    expect(market.quote(pm, at('16:10'))).toEqual(market.quote(pm, at('16:00')))
    expect(market.quote(am, at('16:10')).bidSize).not.toBe(undefined)
    expect(market.quote(am, at('16:10'))).not.toEqual(market.quote(am, at('16:00')))
    for (const clock of ['00:01', '09:00', '09:29', '09:31'])
      expect(market.quote(am, time('2026-12-18', clock))).toEqual({})
    expect(market.quote(pm, time('2026-12-18', '10:00'))).toEqual({})
  })

  test('have a history of the same path', () => {
    const { call } = pairsOf({ symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217' })[0]!
    const request = { startAt: time('2026-12-14', '11:00'), endAt: noon, barSeconds: 1_800 }
    const mids = market.bars(call, 'MIDPOINT', request)
    expect(mids).toHaveLength(2)
    expect(market.headTimestamp(call, 'TRADES')).toBeLessThan(time('2026-03-01', '09:30'))
    const minutes = market.bars(indexOf('SPX'), 'TRADES', { ...request, barSeconds: 60 })
    expect(minutes).toHaveLength(60)
    expect(minutes.every(({ low, high }) => low <= high && low > 1_000)).toBe(true)
  })
})

describe('hours of index options', () => {
  const [am] = optionsOf({ symbol: 'SPX', tradingClass: 'SPX', expiry: '20261217' })
  const [pm] = optionsOf({ symbol: 'SPX', tradingClass: 'SPXW', expiry: '20261217' })

  test('have segments in the night and after the close, in the time of Chicago', () => {
    const days = market.hours(am!, time('2026-12-17', '10:00'))
    expect(days.timeZoneId).toBe('US/Central')
    expect(days.liquidHours.split(';').slice(0, 5)).toEqual([
      ...['20261216:1915-20261217:0825', '20261217:0830-20261217:1515', '20261217:1515-20261217:1600'],
      ...['20261217:1915-20261218:0825', '20261218:0830-20261218:1515'],
    ])
    expect(days.liquidHours).toContain('20261219:CLOSED')
  })

  test('end at 15:00 on the last day of a class settled at the close, and at 12:15 on an early close', () => {
    expect(market.hours(pm!, time('2026-12-17', '10:00')).liquidHours).toContain(
      '20261217:0830-20261217:1500;20261217:1915-20261218:0825',
    )
    expect(market.hours(am!, time('2026-12-24', '10:00')).liquidHours).toContain(
      '20261224:0830-20261224:1215;20261225:CLOSED',
    )
    const [rut] = optionsOf({ symbol: 'RUT', tradingClass: 'RUT', expiry: '20261217' })
    expect(market.hours(rut!, noon).liquidHours).toContain(
      '20261214:0830-20261214:1515;20261215:0830-20261215:1515',
    )
  })
})
