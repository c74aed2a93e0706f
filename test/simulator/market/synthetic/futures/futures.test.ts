import { describe, expect, test } from 'vitest'
import { sessionsBetween } from '../../../../../src/market/calendar.ts'
import { daysBetween, type EpochMs, epochMs, sessionDate } from '../../../../../src/market/units.ts'
import type { ContractQuery, SimContract } from '../../../../../src/simulator/market/market.ts'
import { futuresMarket, time } from './market.ts'

const noon = time('2026-12-14', '12:00')
const market = futuresMarket({ seed: 7, asOf: noon })
const SECOND = 1_000

const futuresOf = (symbol: string, query: ContractQuery = {}) =>
  market.find({ symbol, secType: 'FUT', ...query })
const named = (localSymbol: string) =>
  market.find({ secType: 'FUT', localSymbol, includeExpired: true })[0] as SimContract
const quoteOf = (localSymbol: string, at: EpochMs = noon) => market.quote(named(localSymbol), at)
const midOf = (localSymbol: string, at: EpochMs = noon) => {
  const { bid, ask } = quoteOf(localSymbol, at)
  return ((bid as number) + (ask as number)) / 2
}
const indexAt = (symbol: string, at: EpochMs) =>
  market.quote(market.find({ symbol, secType: 'IND' })[0] as SimContract, at).last as number

describe('futures that are listed', () => {
  test('are the months of each product, with the fields of contract details', () => {
    expect(futuresOf('ES').map(({ localSymbol, expiry }) => `${localSymbol} ${expiry}`)).toEqual([
      ...['ESZ6 20261218', 'ESH7 20270319', 'ESM7 20270617', 'ESU7 20270917', 'ESZ7 20271217'],
      'ESH8 20280317',
    ])
    expect(futuresOf('CL')).toHaveLength(14)
    expect(futuresOf('CL')[0]).toMatchObject({
      ...{ localSymbol: 'CLF7', expiry: '20261221', contractMonth: '202701', realExpiry: '20261221' },
      ...{ exchange: 'NYMEX', multiplier: '1000', minTick: 0.01, tradingClass: 'CL' },
      lastTradeTime: '14:30:00',
    })
    const multipliers = ['ES', 'NQ', 'RTY', 'MES', 'MNQ', 'M2K'].map(
      (symbol) => futuresOf(symbol)[0]?.multiplier,
    )
    expect(multipliers).toEqual(['50', '20', '50', '5', '2', '5'])
    expect(futuresOf('ES')[0]).toMatchObject({ lastTradeTime: '08:30:00', exchange: 'CME', minTick: 0.25 })
    expect(market.byConId(futuresOf('ES')[0]?.underlyingConId as number)).toMatchObject({
      ...{ secType: 'IND', symbol: 'ES' },
    })
  })

  test('end with their last day, and are found afterwards only where expired ones are wanted', () => {
    const { conId } = named('ESZ6')
    const lastDay = futuresMarket({ seed: 7, asOf: time('2026-12-18', '12:00') })
    const after = futuresMarket({ seed: 7, asOf: time('2026-12-19', '12:00') })
    expect(lastDay.find({ conId })).toHaveLength(1)
    expect(after.find({ conId })).toEqual([])
    expect(after.find({ symbol: 'ES', secType: 'FUT', expiry: '20261218' })).toEqual([])
    expect(after.find({ conId, includeExpired: true })[0]?.localSymbol).toBe('ESZ6')
    const all = after.find({ symbol: 'ES', secType: 'FUT', includeExpired: true })
    expect(all.map(({ localSymbol }) => localSymbol)).toContain('ESU6')
  })

  test('the continuous future is the front month', () => {
    const [continuous] = market.find({ symbol: 'ES', secType: 'CONTFUT' })
    expect(continuous).toMatchObject({ secType: 'CONTFUT', conId: named('ESZ6').conId, localSymbol: 'ESZ6' })
  })
})

describe('index futures', () => {
  test('are the index, grown at the rate less its dividends to the expiry', () => {
    const years = (from: string) => daysBetween(sessionDate('2026-12-14'), sessionDate(from)) / 365
    for (const [symbol, index, dividends, tick] of [
      ['ES', 'SPX', 0.012, 0.25],
      ['NQ', 'NDX', 0.007, 0.25],
      ['RTY', 'RUT', 0.014, 0.1],
    ] as const) {
      const spot = indexAt(index, noon)
      const fair = spot * Math.exp((0.04 - dividends) * years('2026-12-18'))
      const { bid, ask } = quoteOf(`${symbol}Z6`)
      expect(Math.abs(((bid as number) + (ask as number)) / 2 - fair)).toBeLessThanOrEqual(tick / 2 + 0.01)
      const roll = Math.log(midOf(`${symbol}H7`) / midOf(`${symbol}Z6`))
      expect(roll).toBeCloseTo((0.04 - dividends) * (91 / 365), 4)
    }
  })

  test('converge to the opening of the index on the last day, and stay there', () => {
    const open = time('2026-12-18', '09:30')
    const { bid, ask, last } = quoteOf('ESZ6', open)
    const level = indexAt('SPX', open)
    expect(bid as number).toBeLessThanOrEqual(level)
    expect(ask as number).toBeGreaterThanOrEqual(level)
    expect(quoteOf('ESZ6', time('2026-12-18', '15:00')).last).toBe(last)
    expect(quoteOf('ESH7', time('2026-12-18', '15:00')).last).not.toBe(quoteOf('ESH7', open).last)
  })

  test('have no jump at the close or the open of the stock exchange, and none that the stocks do not have', () => {
    const dates = sessionsBetween(sessionDate('2026-11-20'), sessionDate('2026-12-11'))
    for (const { openAt, closeAt } of dates) {
      for (const at of [openAt, closeAt]) {
        const [before, on] = [midOf('ESH7', epochMs(at - SECOND)), midOf('ESH7', at)]
        // A second moves the index by less than 0.05 %, also at its most volatile.
        expect(Math.abs(on / before - 1)).toBeLessThan(0.0005)
      }
      expect(indexAt('SPX', openAt)).toBeGreaterThan(0)
    }
  })

  test('move overnight, and gap over a weekend by less than they move in it', () => {
    const night = Array.from({ length: 60 }, (_, at) =>
      midOf('ESH7', epochMs(time('2026-12-15', '20:00') + at * 60_000)),
    )
    expect(new Set(night).size).toBeGreaterThan(20)
    // Closed from 17:00 to 18:00: the last quote stays.
    expect(midOf('ESH7', time('2026-12-15', '17:20'))).toBe(midOf('ESH7', time('2026-12-15', '17:50')))
    const friday = midOf('ESH7', time('2026-12-11', '17:00'))
    const sunday = midOf('ESH7', time('2026-12-13', '18:00'))
    expect(Math.abs(sunday / friday - 1)).toBeLessThan(0.01)
    expect(sunday).not.toBe(friday)
  })
})

describe('crude oil', () => {
  const slopeAt = (at: EpochMs) => {
    const then = futuresMarket({ seed: 7, asOf: at })
    const [first, second, , , , , seventh] = then.find({ symbol: 'CL', secType: 'FUT' })
    const last = (contract: SimContract | undefined) => then.quote(contract as SimContract, at).last as number
    return { near: Math.log(last(first) / last(second)), far: Math.log(last(first) / last(seventh)) }
  }

  test('has a curve that changes between contango and backwardation', () => {
    const slopes = [2021, 2022, 2023, 2024, 2025, 2026].map((year) => slopeAt(time(`${year}-06-08`, '11:00')))
    const signs = new Set(slopes.map(({ far }) => Math.sign(far)))
    expect(signs).toEqual(new Set([1, -1]))
    for (const { near } of slopes) expect(Math.abs(near)).toBeLessThan(0.05)
  })

  test('has prices in cents, from 20 to 250 dollars', () => {
    for (const contract of futuresOf('CL')) {
      const { bid, ask, last, close } = market.quote(contract, noon)
      for (const price of [bid, ask, last, close]) {
        expect(Math.round((price as number) * 100)).toBeCloseTo((price as number) * 100, 9)
        expect(price as number).toBeGreaterThan(20)
        expect(price as number).toBeLessThan(250)
      }
    }
  })
})

describe('quotes of futures', () => {
  test('are on the ticks of the contract with sizes, and never crossed', () => {
    for (const symbol of ['ES', 'NQ', 'RTY', 'MES', 'CL']) {
      for (const contract of futuresOf(symbol)) {
        const { bid, ask, bidSize, askSize, last } = market.quote(contract, noon)
        for (const price of [bid, ask, last] as number[]) {
          expect(Math.abs(price / contract.minTick - Math.round(price / contract.minTick))).toBeLessThan(1e-6)
        }
        expect(ask as number).toBeGreaterThan(bid as number)
        expect([bidSize, askSize].every((size) => Number.isInteger(size) && (size as number) > 0)).toBe(true)
      }
    }
  })

  test('are the same in every market of a seed, in any order, and another seed has others', () => {
    const at = time('2026-12-15', '03:17')
    const same = futuresMarket({ seed: 7, asOf: at })
    const other = futuresMarket({ seed: 8, asOf: at })
    for (const localSymbol of ['CLH7', 'ESH7', 'ESZ6']) {
      const contract = named(localSymbol)
      expect(same.quote(contract, at)).toEqual(market.quote(contract, at))
      expect(other.quote(contract, at)).not.toEqual(market.quote(contract, at))
    }
  })

  test('the volume is that of the trade date: it begins again at 18:00 and only rises', () => {
    const volumes = ['18:00', '18:05', '23:00'].map(
      (clock) => quoteOf('ESH7', time('2026-12-15', clock)).volume,
    )
    const later = ['03:00', '09:30', '12:00', '16:30', '17:00'].map(
      (clock) => quoteOf('ESH7', time('2026-12-16', clock)).volume,
    )
    const all = [...volumes, ...later] as number[]
    expect(all[0]).toBe(0)
    expect(all).toEqual([...all].sort((a, b) => a - b))
    expect(all.at(-1)).toBeGreaterThan(300_000)
    // Most of it is traded by day.
    expect(all[4] as number).toBeLessThan(0.3 * (all.at(-1) as number))
    expect(quoteOf('ESH7', time('2026-12-16', '17:30')).volume).toBe(all.at(-1))
  })

  test('the close is the settlement of the trade date before', () => {
    const settled = quoteOf('ESH7', time('2026-12-14', '16:00')).last
    expect(quoteOf('ESH7', time('2026-12-14', '18:00')).close).toBe(settled)
    expect(quoteOf('ESH7', time('2026-12-15', '16:59')).close).toBe(settled)
    expect(quoteOf('CLG7', time('2026-12-15', '11:00')).close).toBe(
      quoteOf('CLG7', time('2026-12-14', '14:30')).last,
    )
  })

  test('volume and open interest move to the next month around the roll, and go on after the expiry', () => {
    const shareOf = (what: 'volume' | 'openInterest', date: string) => {
      const [front, next] = [quoteOf('ESZ6', time(date, '15:00')), quoteOf('ESH7', time(date, '15:00'))]
      return (front[what] as number) / ((front[what] as number) + (next[what] as number))
    }
    expect(shareOf('openInterest', '2026-12-01')).toBeGreaterThan(0.9)
    expect(shareOf('volume', '2026-12-08')).toBeGreaterThan(0.9)
    expect(shareOf('volume', '2026-12-15')).toBeLessThan(0.2)
    expect(shareOf('openInterest', '2026-12-17')).toBeLessThan(0.4)
    const total = (date: string) =>
      ['ESZ6', 'ESH7', 'ESM7'].reduce(
        (sum, name) => sum + (quoteOf(name, time(date, '15:00')).openInterest as number),
        0,
      )
    for (const date of ['2026-12-08', '2026-12-14', '2026-12-18']) {
      expect(total(date) / total('2026-12-01')).toBeGreaterThan(0.9)
      expect(total(date) / total('2026-12-01')).toBeLessThan(1.1)
    }
  })
})
