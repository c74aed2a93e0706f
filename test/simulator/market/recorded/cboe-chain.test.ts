import { expect, test } from 'vitest'
import { newYorkInstant } from '../../../../src/market/calendar.ts'
import { sessionDate } from '../../../../src/market/units.ts'
import { convertCboeChain, isCboeChain } from '../../../../src/simulator/market/recorded/cboe-chain.ts'
import { recordedMarket } from '../../../../src/simulator/market/recorded/recorded.ts'

const HEADER =
  ',root,expiry,strike,optiontype,mid_price,bid_size,bid_price,ask_size,ask_price,open_interest,mark_price,exchange_time,ttm,mat_id'
const line = (root: string, expiry: string, strike: number, right: string, bid: number, ask: number) =>
  `0,${root},${expiry},${strike},${right},0.0,${bid === 0 ? 0 : 22},${bid},7,${ask},1205,0.0,2024-05-24 16:00:00,0.1,x`
const source = [
  HEADER,
  line('SPXW', '2024-05-24', 5300, 'C', 4, 4.4),
  line('SPXW', '2024-05-24', 5300, 'P', 0, 0.05),
  line('SPXW', '2024-05-24', 5305, 'C', 0.45, 0.55),
  line('SPXW', '2024-05-24', 5305, 'P', 1, 1.4),
  line('SPX', '2024-06-21', 5300, 'C', 72.1, 72.6),
  line('SPXW', '2024-06-21', 5300, 'C', 73.2, 73.7),
  line('SPXW', '2024-06-20', 5300, 'C', 71.2, 71.9),
  '',
].join('\n')
const recordedAt = newYorkInstant(sessionDate('2024-05-24'), '15:59')

test('a chain of Cboe keeps its classes, and expiries become last trading days', () => {
  expect(isCboeChain(source)).toBe(true)
  const [header = '', ...lines] = convertCboeChain(source, 'spx.csv', 'SPX').trim().split('\n')
  expect(header.endsWith(',underlying_price,trading_class')).toBe(true)
  expect(lines[1]).toBe('SPX,20240524,5300,P,,0.05,,7,,,1205,,,,,,5304.3,SPXW')
  expect(lines.slice(4).map((one) => one.replace(/,5300.*,/, ' '))).toEqual([
    ...['SPX,20240620 SPX', 'SPX,20240621 SPXW', 'SPX,20240620 SPXW'],
  ])
})

test('it is served as options on an index, with both classes on the same expiry', () => {
  const text = convertCboeChain(source, 'spx.csv', 'SPX')
  const market = recordedMarket(text, { name: 'spx.csv', now: recordedAt })
  const [index] = market.find({ symbol: 'SPX', secType: 'IND', exchange: 'CBOE' })
  expect(index).toMatchObject({ conId: 416904 })
  expect(market.quote(index!, recordedAt)).toEqual({ last: 5304.3 })
  const both = market.find({ symbol: 'SPX', secType: 'OPT', expiry: '20240620', strike: 5_300 })
  expect(both).toHaveLength(2)
  const [am, pm] = ['SPX', 'SPXW'].map((name) => both.find((one) => one.tradingClass === name)!)
  expect(am).toMatchObject({
    ...{ localSymbol: 'SPX   240621C05300000', realExpiry: '20240621', exerciseStyle: 'european' },
    settlesAt: newYorkInstant(sessionDate('2024-06-21'), '09:30'),
  })
  expect(pm).toMatchObject({
    ...{ localSymbol: 'SPXW  240620C05300000', realExpiry: '20240620' },
    settlesAt: newYorkInstant(sessionDate('2024-06-20'), '16:00'),
  })
  expect(market.quote(am!, recordedAt)).toMatchObject({ bid: 72.1, ask: 72.6, openInterest: 1205 })
  const rows = market.chainRows(index!.conId).filter(({ exchange }) => exchange === 'SMART')
  expect(rows.map(({ tradingClass }) => tradingClass).sort()).toEqual(['SPX', 'SPXW'])
  expect(market.hours(am!, recordedAt).timeZoneId).toBe('US/Central')
})

test('a file that is something else is refused by its name', () => {
  expect(isCboeChain('symbol,expiry\n')).toBe(false)
  expect(() => convertCboeChain('root,expiry\n', 'x.csv', 'SPX')).toThrow('x.csv: no column strike')
  const bad = source.replace('2024-06-20', '20 June')
  expect(() => convertCboeChain(bad, 'x.csv', 'SPX')).toThrow('column expiry: "20 June" is not a date')
})
