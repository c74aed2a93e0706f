import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ChainCache, chainCachePath, writeChainCache } from '../../src/chain/chain-cache.ts'
import { createTimetable } from '../../src/daemon/timetable.ts'
import { newYorkClock, sessionOn } from '../../src/market/calendar.ts'
import { slotsOf } from '../../src/market/slot.ts'
import { conId, sessionDate } from '../../src/market/units.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const TODAY = sessionDate('2026-11-18')
const grid = { intervalSeconds: 300, afterClose: false }

function hoursOf(liquidHours: string | null, own: Partial<typeof grid> = {}) {
  const folder = temporaryFolder()
  const daybook: ChainCache = {
    date: TODAY,
    underlying: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', conId: conId(1) },
    expirations: [],
    skippedClasses: [],
    contracts: new Map(),
    admitted: [],
    hours: liquidHours === null ? null : { timeZoneId: 'US/Eastern', liquidHours },
    openInterest: new Map(),
    windows: [],
  }
  writeChainCache(chainCachePath(join(folder, 'contracts'), 'SPY'), daybook)
  return createTimetable(['SPY', 'QQQ'], join(folder, 'contracts'), { ...grid, ...own })
}

test('without hours from the gateway the rules apply', () => {
  const hours = hoursOf(null)
  expect(hours.refresh(TODAY)).toEqual([])
  expect(hours.timetable.sessionOn(TODAY)).toEqual(sessionOn(TODAY))
  expect(hours.timetable.sessionOn(sessionDate('2026-11-26'))).toBeNull()
})

test('a day that the gateway lists as closed has no slots, and gives one warning', () => {
  const hours = hoursOf('20261118:0930-20261118:1615;20261119:CLOSED;20261120:0930-20261120:1315')
  const warnings = hours.refresh(TODAY)
  expect(warnings.map(({ date }) => date)).toEqual(['2026-11-19', '2026-11-20'])
  expect(warnings[0]?.message).toBe(
    'Interactive Brokers lists 2026-11-19 as closed, our rules as 09:30–16:00: following Interactive Brokers',
  )
  const { sessionOn: session } = hours.timetable
  expect(session(sessionDate('2026-11-19'))).toBeNull()
  const early = session(sessionDate('2026-11-20'))
  const slots = early ? slotsOf(early, grid) : []
  expect(slots.length).toBe(42)
  expect(newYorkClock(slots.at(-1) as (typeof slots)[number]).slice(0, 5)).toBe('12:55')
})

test('hours that the gateway lists today do not change past days', () => {
  const hours = hoursOf('20261117:CLOSED;20261118:0930-20261118:1615')
  expect(hours.refresh(TODAY)).toEqual([])
  expect(hours.timetable.sessionOn(sessionDate('2026-11-17'))).not.toBeNull()
})

test('slots in the quarter of an hour after the close are a setting', () => {
  const { timetable } = hoursOf(null, { afterClose: true })
  const session = timetable.sessionOn(TODAY)
  const slots = session ? slotsOf(session, timetable.grid) : []
  expect(slots).toHaveLength(81)
  expect(newYorkClock(slots.at(-1) as (typeof slots)[number]).slice(0, 5)).toBe('16:10')
})
