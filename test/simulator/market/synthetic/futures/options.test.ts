import { describe, expect, test } from 'vitest'
import { yearsBetween } from '../../../../../src/market/calendar.ts'
import type { ContractQuery, SimContract } from '../../../../../src/simulator/market/market.ts'
import { futuresMarket, time } from './market.ts'

const noon = time('2026-12-14', '12:00')
const market = futuresMarket({ seed: 7, asOf: noon })
const RATE = 0.04
const future = (localSymbol: string) => market.find({ secType: 'FUT', localSymbol })[0] as SimContract
const optionsOf = (query: ContractQuery) => market.find({ secType: 'FOP', ...query })

describe('options on futures', () => {
  test('are listed by the future under them, class by class', () => {
    const classesOf = (localSymbol: string) =>
      market.chainRows(future(localSymbol).conId).map(({ tradingClass }) => tradingClass)
    expect(classesOf('ESZ6')).toEqual(['E2A', 'E3B', 'E3C', 'E3D', 'ES'])
    expect(classesOf('ESH7')).toContain('EW')
    expect(classesOf('ESH7')).toContain('EW3')
    expect(classesOf('ESH7').at(-1)).toBe('ES')
    expect(classesOf('CLG7')).toEqual(['LO'])
    expect(classesOf('NQH7')).toEqual(expect.arrayContaining(['NQ', 'QNE', 'QN3']))
    expect(classesOf('RTYH7')).toEqual(expect.arrayContaining(['RTO', 'RTM', 'R3E']))
    expect(market.chainRows(future('MESZ6').conId)).toEqual([])
    const [row] = market.chainRows(future('CLG7').conId)
    expect(row).toMatchObject({ exchange: 'NYMEX', multiplier: '1000', expirations: ['20270114'] })
  })

  test('have the fields of contract details, and two classes may end on one day', () => {
    const both = optionsOf({ symbol: 'ES', expiry: '20261218', strike: 7000, right: 'C' })
    expect(both).toMatchObject([
      {
        ...{ tradingClass: 'ES', localSymbol: 'ESZ6 C7000', exerciseStyle: 'american', multiplier: '50' },
        ...{ underlyingConId: future('ESZ6').conId, settlesAt: time('2026-12-18', '09:30') },
        ...{ lastTradeTime: '08:30:00', realExpiry: '20261218', exchange: 'CME' },
      },
      {
        ...{ tradingClass: 'EW3', localSymbol: 'EW3Z6 C7000', exerciseStyle: 'european' },
        ...{ underlyingConId: future('ESH7').conId, settlesAt: time('2026-12-18', '16:00') },
      },
    ])
    const [oil] = optionsOf({ symbol: 'CL', expiry: '20270114', strike: 70, right: 'P' })
    expect(oil).toMatchObject({
      ...{
        localSymbol: 'LOG7 P7000',
        tradingClass: 'LO',
        contractMonth: '202702',
        exerciseStyle: 'american',
      },
      underlyingConId: future('CLG7').conId,
    })
  })

  test('have ids of their own, which another market knows before it is asked for a chain', () => {
    const all = ['ES', 'NQ', 'RTY', 'CL'].flatMap((symbol) => optionsOf({ symbol }))
    expect(new Set(all.map(({ conId }) => conId)).size).toBe(all.length)
    expect(all.length).toBeGreaterThan(10_000)
    const fresh = futuresMarket({ seed: 7, asOf: time('2026-12-15', '12:00') })
    for (const contract of [all[2_000], all.at(-200)] as SimContract[]) {
      expect(fresh.byConId(contract.conId)).toEqual(contract)
      expect(fresh.find({ conId: contract.conId })).toHaveLength(1)
    }
  })

  test('of European style keep the parity with their future', () => {
    const calls = optionsOf({ symbol: 'ES', tradingClass: 'EW', expiry: '20261231', right: 'C' })
    expect(calls.length).toBeGreaterThan(50)
    for (const call of calls.filter(({ strike }) => strike % 50 === 0)) {
      const [put] = optionsOf({
        symbol: 'ES',
        tradingClass: 'EW',
        expiry: '20261231',
        strike: call.strike,
        right: 'P',
      })
      const [c, p] = [market.quote(call, noon).greeks, market.quote(put!, noon).greeks]
      if (!c || !p) continue
      const years = yearsBetween(noon, call.settlesAt!)
      const parity = Math.exp(-RATE * years) * ((c.underlyingPrice as number) - call.strike)
      expect((c.optionPrice as number) - (p.optionPrice as number)).toBeCloseTo(parity, 6)
      expect(c.impliedVolFraction).toBe(p.impliedVolFraction)
    }
  })

  test('of American style are worth their exercise at least, and their underlying is the future’s price', () => {
    for (const symbol of ['ES', 'CL']) {
      const series = optionsOf({ symbol, tradingClass: symbol === 'ES' ? 'ES' : 'LO' })
      for (const contract of series.filter((_, at) => at % 37 === 0)) {
        const { greeks, bid, ask } = market.quote(contract, noon)
        expect(ask as number).toBeGreaterThan(bid ?? 0)
        if (!greeks) continue
        const under = market.quote(market.byConId(contract.underlyingConId)!, noon)
        expect(Math.abs((greeks.underlyingPrice as number) - (under.last as number))).toBeLessThan(
          symbol === 'ES' ? 0.13 : 0.006,
        )
        const exercise = Math.max(
          0,
          (contract.right === 'C' ? 1 : -1) * ((greeks.underlyingPrice as number) - contract.strike),
        )
        expect(greeks.optionPrice as number).toBeGreaterThanOrEqual(exercise - 1e-9)
      }
    }
  })

  test('are quoted by night, and no more once their value is fixed', () => {
    const [option] = optionsOf({
      symbol: 'ES',
      tradingClass: 'EW3',
      expiry: '20261218',
      right: 'C',
      strike: 7000,
    })
    expect(market.quote(option!, time('2026-12-16', '02:00'))).toMatchObject({ ask: expect.any(Number) })
    expect(market.quote(option!, time('2026-12-18', '16:00'))).toEqual({})
    const { openInterest, volume } = market.quote(option!, noon)
    expect(Number.isInteger(openInterest)).toBe(true)
    expect(volume === undefined || Number.isInteger(volume)).toBe(true)
  })
})
