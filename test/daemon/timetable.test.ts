import { expect, test } from 'vitest'
import { emptyCache } from '../../src/chain/cache-updates.ts'
import type { ChainCache } from '../../src/chain/chain-cache.ts'
import { expirationKey } from '../../src/chain/expiration.ts'
import { createTimetable } from '../../src/daemon/timetable.ts'
import { newYorkClock, newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { conId, type EpochMs, expiryDate, sessionDate } from '../../src/market/units.ts'
import { slotsOn } from '../../src/schedule/slots.ts'
import { options } from '../chain/contracts.ts'

const TODAY = sessionDate('2026-11-18')
const grid = { intervalSeconds: 300, afterClose: false }

/** The gateway's hours of each symbol; one without an entry has no chain cache. */
function hoursOf(listed: Readonly<Record<string, string | null>>, own: Partial<typeof grid> = {}) {
  const { timetable, refresh } = createTimetable(['SPY', 'AAPL'].map(instrumentNamed), { ...grid, ...own })
  const cacheOf = (symbol: string): ChainCache | null => {
    const liquidHours = listed[symbol]
    if (liquidHours === undefined) return null
    const underlying = {
      symbol,
      secType: 'STK',
      exchange: 'SMART',
      currency: 'USD',
      conId: conId(1),
    } as const
    const hours = liquidHours === null ? null : { timeZoneId: 'US/Eastern', liquidHours }
    return { ...emptyCache(underlying, TODAY), hours, contracts: contractsOf(symbol) }
  }
  return {
    timetable,
    refresh: (today: typeof TODAY) => refresh(today, { chainOf: cacheOf, futureHoursOf: () => null }),
  }
}

/** Contracts with a last trade time, for symbols that a test gives one. */
const lastTrades = new Map<string, EpochMs>()
const EXPIRY = expiryDate('20261120')

function contractsOf(symbol: string): ChainCache['contracts'] {
  const lastTradeAt = lastTrades.get(symbol)
  const listed = options(symbol, EXPIRY, [100])
  return new Map([
    [
      expirationKey({ expiry: EXPIRY, tradingClass: symbol }),
      listed.map((one) => ({ ...one, lastTradeAt, expiresAt: lastTradeAt ?? null })),
    ],
  ])
}

const clocks = (slots: readonly { at: number }[]) =>
  slots.map(({ at }) => newYorkClock(at as never).slice(0, 5))

test('without hours from the gateway the rules apply', () => {
  const hours = hoursOf({ SPY: null })
  expect(hours.refresh(TODAY)).toEqual([])
  expect(hours.timetable.sessionOn(TODAY, 'SPY')).toEqual(sessionOn(TODAY))
  const close = newYorkInstant(TODAY, '16:00')
  expect(hours.timetable.sessionOn(TODAY, 'AAPL')).toEqual({ ...sessionOn(TODAY), optionsCloseAt: close })
  expect(hours.timetable.sessionOn(sessionDate('2026-11-26'), 'SPY')).toBeNull()
})

test('a day that the gateway lists as closed has no slots for that symbol, and gives one line', () => {
  const hours = hoursOf({
    SPY: '20261118:0930-20261118:1615;20261119:CLOSED;20261120:0930-20261120:1315',
    AAPL: '20261118:0930-20261118:1600;20261119:0930-20261119:1600;20261120:0930-20261120:1300',
  })
  expect(hours.refresh(TODAY)).toEqual([
    'Interactive Brokers lists for SPY 2026-11-19 as closed, our rules as 09:30–16:00: following Interactive Brokers',
    'Interactive Brokers lists for SPY, AAPL 2026-11-20 as 09:30–13:00, our rules as 09:30–16:00: following Interactive Brokers',
  ])
  const { timetable } = hours
  expect(timetable.sessionOn(sessionDate('2026-11-19'), 'SPY')).toBeNull()
  const aapl = slotsOn(sessionDate('2026-11-19'), timetable)
  expect(aapl).toHaveLength(78)
  expect(aapl.every(({ symbols }) => symbols.join() === 'AAPL')).toBe(true)
  const early = slotsOn(sessionDate('2026-11-20'), timetable)
  expect(early).toHaveLength(42)
  expect(clocks(early).at(-1)).toBe('12:55')
})

test('of two segments a day the one that holds 09:30 counts', () => {
  const hours = hoursOf({
    SPY: '20261118:0730-20261118:0925;20261118:0930-20261118:1615;20261118:1630-20261118:1700',
  })
  expect(hours.refresh(TODAY)).toEqual([])
  expect(hours.timetable.sessionOn(TODAY, 'SPY')).toEqual(sessionOn(TODAY))
})

test('hours that the gateway lists today do not change past days', () => {
  const hours = hoursOf({ SPY: '20261117:CLOSED;20261118:0930-20261118:1615' })
  expect(hours.refresh(TODAY)).toEqual([])
  expect(hours.timetable.sessionOn(sessionDate('2026-11-17'), 'SPY')).not.toBeNull()
})

test('slots in the quarter of an hour after the close are a setting, for options that still trade', () => {
  const { timetable } = hoursOf({ SPY: null }, { afterClose: true })
  const session = timetable.sessionOn(TODAY, 'SPY')
  const slots = session ? slotsOf(session, timetable.grid) : []
  expect(slots).toHaveLength(81)
  expect(newYorkClock(slots.at(-1) as (typeof slots)[number]).slice(0, 5)).toBe('16:10')
  const both = slotsOn(TODAY, timetable)
  expect(both).toHaveLength(81)
  expect(both[77]?.symbols).toEqual(['SPY', 'AAPL'])
  expect(both.slice(78).map(({ symbols }) => symbols)).toEqual([['SPY'], ['SPY'], ['SPY']])
})

test('a last trade time that is not that of the rules is one line', () => {
  lastTrades.set('SPY', newYorkInstant(sessionDate('2026-11-20'), '16:15'))
  expect(hoursOf({ SPY: null }).refresh(TODAY)).toEqual([])
  lastTrades.set('SPY', newYorkInstant(sessionDate('2026-11-20'), '16:00'))
  expect(hoursOf({ SPY: null }).refresh(TODAY)).toEqual([
    'Interactive Brokers ends trading in SPY 20261120 at 2026-11-20 16:00, our rules at 2026-11-20 16:15: ' +
      'own greeks use the former, figures of stored slots the latter',
  ])
})
