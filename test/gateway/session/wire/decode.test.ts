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
