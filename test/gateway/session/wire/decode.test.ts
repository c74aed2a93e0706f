import { OptionType, SecType } from '@stoqey/ib'
import { expect, test } from 'vitest'
import {
  chainListingFrom,
  contractDetailsFrom,
  dailyBarFrom,
  durationOf,
  endTimeOf,
} from '../../../../src/gateway/session/wire/decode.ts'
import { epochMs } from '../../../../src/market/units.ts'

const listing = {
  exchange: 'SMART',
  underlyingConId: 756733,
  tradingClass: 'SPY',
  multiplier: 100,
  expirations: ['20261218'],
  strikes: [680],
}

test('a row with a malformed identity is an error that names the field', () => {
  expect(() => contractDetailsFrom({ contract: { conId: 0 } })).toThrow('not a contract id: 0')
  expect(() =>
    contractDetailsFrom({ contract: { conId: 5, lastTradeDateOrContractMonth: '20261341' } }),
  ).toThrow('not an expiry of the form YYYYMMDD: "20261341"')
  expect(() => chainListingFrom({ ...listing, strikes: [680, Number.NaN] })).toThrow('strike of SPY: NaN')
  expect(() => chainListingFrom({ ...listing, multiplier: undefined })).toThrow('multiplier of SPY')
  const bar = { date: 'soon', open: 1, high: 1, low: 1, close: 1, volume: 1 }
  expect(() => dailyBarFrom(bar)).toThrow('date of a daily bar: "soon"')
})

test('a bar keeps its date and those of its values that are numbers', () => {
  const bar = { date: '20260115', open: Number.NaN, high: 0, low: -1, close: 17.5, volume: -1 }
  const empty = { open: null, high: null, low: null, volume: null }
  expect(dailyBarFrom(bar)).toEqual({ date: '2026-01-15', close: 17.5, ...empty })
})

test('up to a year is requested in days, more in whole years, and the end is in UTC', () => {
  const what = 'TRADES'
  expect(durationOf({ days: 365, what })).toBe('365 D')
  expect(durationOf({ days: 500, what })).toBe('3 Y')
  expect(() => durationOf({ days: 0, what })).toThrow('not a number of days: 0')
  expect(endTimeOf(undefined)).toBe('')
  expect(endTimeOf(epochMs(Date.UTC(2026, 0, 5, 21, 4, 9)))).toBe('20260105-21:04:09')
})

test.each([
  ['20261120', undefined, null],
  ['20261120 16:15:00 US/Eastern', undefined, '2026-11-20T21:15:00.000Z'],
  ['20261120 15:00:00 US/Central', undefined, '2026-11-20T21:00:00.000Z'],
  ['20261120 16:00', undefined, '2026-11-20T21:00:00.000Z'],
  ['20261120', '16:00:00', '2026-11-20T21:00:00.000Z'],
  ['20260717', '16:00:00', '2026-07-17T20:00:00.000Z'],
  ['20261120 noon', undefined, null],
  ['20261120 16:00:00 Mars/Olympus', undefined, null],
  ['20261120', '25:00:00', null],
])('of "%s" and the time %s the last trade is at %s, and the expiry is the date', (date, time, expected) => {
  const contract = { conId: 5, lastTradeDateOrContractMonth: date }
  const timed = time === undefined ? {} : { lastTradeTime: time }
  const { expiry, lastTradeAt } = contractDetailsFrom({ contract, timeZoneId: 'US/Eastern', ...timed })
  expect(expiry).toBe(date.slice(0, 8))
  expect(lastTradeAt === null ? null : new Date(lastTradeAt).toISOString()).toBe(expected)
})

test('an option of an index has the day that fixes its value, and one of a future that future and its month', () => {
  const monthly = { conId: 5, secType: SecType.OPT, strike: 6800, right: OptionType.Call }
  const index = { ...monthly, symbol: 'SPX', lastTradeDateOrContractMonth: '20261217', tradingClass: 'SPX' }
  expect(
    contractDetailsFrom({ contract: index, realExpirationDate: '20261218', underConId: 7 }),
  ).toMatchObject({
    ...{ expiry: '20261217', realExpirationDate: '20261218', contractMonth: null, underlyingConId: 7 },
  })
  const future = { ...index, symbol: 'ES', secType: SecType.FOP, tradingClass: 'ES' }
  const under = { underConId: 9, underSymbol: 'ESZ6', underSecType: SecType.FUT, contractMonth: '202612' }
  expect(contractDetailsFrom({ contract: future, ...under })).toMatchObject({
    ...{ contractMonth: '202612', underlyingConId: 9, underlyingSymbol: 'ESZ6', underlyingSecType: 'FUT' },
  })
})

test.each([
  ['', null],
  ['2026121', null],
  ['20261341', null],
  ['20261218 08:30:00', '20261218'],
])('a real expiration date of "%s" is %s', (realExpirationDate, expected) => {
  const contract = { conId: 5, lastTradeDateOrContractMonth: '20261217' }
  expect(contractDetailsFrom({ contract, realExpirationDate }).realExpirationDate).toBe(expected)
})

test('an option on a future without its strike, and a future without its expiry, are errors', () => {
  const option = { conId: 5, secType: SecType.FOP, lastTradeDateOrContractMonth: '20261217' }
  expect(() => contractDetailsFrom({ contract: option })).toThrow('option 5 without expiry, strike or right')
  expect(() => contractDetailsFrom({ contract: { conId: 6, secType: SecType.FUT } })).toThrow(
    'future 6 without expiry',
  )
})
