import { expect, test } from 'vitest'
import type { ExpectedMovesAnswer } from '../../../src/analytics/answers/expected-moves.ts'
import { pricePath } from '../../../src/analytics/answers/price-path.ts'
import { newYorkInstant, sessionOn } from '../../../src/market/calendar.ts'
import { epochMs, type SessionDate, sessionDate } from '../../../src/market/units.ts'
import { coneOf, expirationsWithin } from '../../../src/serve/page/views/expected-move/cone.js'
import {
  expiryName,
  expiryOption,
  movePaths,
  moveRows,
  moveText,
  pathFigures,
} from '../../../src/serve/page/views/expected-move/move-text.js'
import { outcomeSummary, outcomesOf } from '../../../src/serve/page/views/expected-move/outcomes.js'
import { createSessionAxis } from '../../../src/serve/page/views/expected-move/session-axis.js'

const FRIDAY = sessionDate('2026-11-20')
const MONDAY = sessionDate('2026-11-23')
const at = (date: SessionDate, clock: string) => newYorkInstant(date, clock)
const iso = (date: SessionDate, clock: string) => new Date(at(date, clock)).toISOString()

/** Friday from 10:00 to the close and Monday until noon: the price rises by a dollar each half hour. */
const prices = [
  ...Array.from({ length: 12 }, (_, index) => at(FRIDAY, '10:00') + index * 1_800_000),
  ...Array.from({ length: 6 }, (_, index) => at(MONDAY, '09:30') + index * 1_800_000),
].map((slot, index) => ({ slot: epochMs(slot), price: 680 + index }))
const PATH = pricePath(prices, { date: FRIDAY, sessionOn })

function expiration(date: SessionDate, clock: string, move: number | null) {
  const days = (at(date, clock) - at(FRIDAY, '10:00')) / 86_400_000
  return {
    ...{ expiry: date.replaceAll('-', ''), trading_class: 'SPY', settlement: 'pm' },
    ...{ expires_at: iso(date, clock), days, iv: 0.2, move, straddle: 5, straddle_strike: 680, reason: null },
  }
}

const MOVES: ExpectedMovesAnswer = {
  ...{ symbol: 'SPY', slot: iso(FRIDAY, '10:00'), date: FRIDAY, price: 680 },
  expirations: [
    expiration(FRIDAY, '16:15', 8),
    expiration(MONDAY, '16:15', 12),
    expiration(sessionDate('2026-11-27'), '13:15', null),
    expiration(sessionDate('2026-12-18'), '16:15', 40),
  ],
}

test('on the axis of sessions nights and weekends have no width', () => {
  const axis = createSessionAxis(PATH.sessions)
  expect(axis.place(at(FRIDAY, '09:30'))).toBe(0)
  expect(axis.place(at(FRIDAY, '12:45'))).toBe(0.5)
  expect(axis.place(at(FRIDAY, '16:15'))).toBe(1)
  expect(axis.place(at(MONDAY, '09:30'))).toBe(1)
  expect(axis.time(1.5)).toBe(at(MONDAY, '12:45'))
  expect(axis.time(axis.length)).not.toBeNull()
  expect(axis.time(axis.length + 1)).toBeNull()
  expect(createSessionAxis([]).time(0)).toBeNull()
})

test('the cone has the expected move of each expiration at its end, and none at the slot', () => {
  const cone = coneOf(MOVES, PATH, 'month')!
  const valueAt = (place: number, key: keyof typeof cone.columns) => cone.columns[key][cone.x.indexOf(place)]
  expect(valueAt(cone.at, 'high')).toBe(680)
  expect([valueAt(1, 'high'), valueAt(1, 'low'), valueAt(1, 'high2')]).toEqual([688, 672, 696])
  expect(valueAt(2, 'high')).toBe(692)
  expect(cone.columns.high.at(-1)).toBe(720)
  // Between them variance grows evenly: half a session after the first end, the root of the mean of the squares.
  const half = createSessionAxis(PATH.sessions).place(at(MONDAY, '11:30'))
  expect(valueAt(half, 'high')).toBeCloseTo(680 + Math.sqrt(64 + (half - 1) * (144 - 64)), 9)
  // What is before the slot is no outcome, and what comes after it is none of the price until then.
  expect(cone.columns.price.filter((value) => value !== null)).toEqual([680])
  expect(cone.columns.later.filter((value) => value !== null)).toHaveLength(18)
})

test('a horizon keeps the nearest expiration at least, and nothing makes no cone', () => {
  expect(expirationsWithin(MOVES.expirations, 'week').map(({ move }) => move)).toEqual([8, 12])
  expect(expirationsWithin(MOVES.expirations.slice(3), 'week')).toHaveLength(1)
  expect(coneOf({ ...MOVES, price: null }, PATH, 'all')).toBeNull()
  expect(coneOf({ ...MOVES, expirations: [expiration(MONDAY, '16:15', null)] }, PATH, 'all')).toBeNull()
})

test('an outcome is over, open, still to come, or not stored', () => {
  const outcomes = outcomesOf(MOVES, PATH, at(MONDAY, '12:05'))
  expect(outcomes.map(({ status }) => status)).toEqual(['over', 'so far', 'so far', 'so far'])
  expect(outcomes[0]).toMatchObject({ price: 691, move: 11, deviations: 11 / 8 })
  expect(outcomeSummary(outcomes)).toBe(
    'Of 1 that are over, 0 ended within one standard deviation. 3 are still open.',
  )
  const later = outcomesOf(MOVES, PATH, at(sessionDate('2026-11-30'), '10:00'))
  expect(later.map(({ status }) => status)).toEqual(['over', 'not stored', 'not stored', 'so far'])
  expect(later[1]).toMatchObject({ price: null, deviations: null })
  expect(outcomesOf(MOVES, { ...PATH, slots: [], prices: [] }, at(FRIDAY, '10:05'))[0]!.status).toBe(
    'to come',
  )
})

test('an expiration beyond the prices of the path is neither in the cone nor over', () => {
  const far = {
    ...MOVES,
    expirations: [expiration(MONDAY, '16:15', 12), expiration(sessionDate('2027-06-18'), '16:15', 90)],
  }
  const cone = coneOf(far, PATH, 'all')!
  expect([cone.xRange[1], cone.columns.high.at(-1)]).toEqual([2, 692])
  const wholePath = {
    ...PATH,
    slots: [...PATH.slots, PATH.sessions.at(-1)!.close],
    prices: [...PATH.prices, 700],
  }
  const outcomes = outcomesOf(far, wholePath, at(sessionDate('2027-06-21'), '10:00'))
  expect(outcomes.at(-1)).toMatchObject({ status: 'not stored', price: null, deviations: null })
})

test('a move without an outcome says why', () => {
  const rows = moveRows(MOVES, outcomesOf(MOVES, { ...PATH, slots: [], prices: [] }, at(FRIDAY, '10:05')))
  expect(rows[0]).toMatchObject({ deviations: { text: '–', from: { reason: 'no later slot is stored' } } })
})

test('a slot without the expiration shows no figures of an earlier one', () => {
  const slots = [iso(FRIDAY, '10:00')]
  const path = {
    ...{ slots, underlying: [680], strike: [680], iv: [null], straddle: [5], call_bid: [2], call_ask: [3] },
    ...{ put_bid: [2], put_ask: [3], greeks_source: [null], data_type: ['live'], flags: [[]] },
  }
  expect(pathFigures(path, iso(FRIDAY, '10:00'))).toMatchObject({
    straddle: { text: '5.00', from: { slot: slots[0] } },
    iv: { text: '–', from: { reason: 'neither option has a volatility that is not stale' } },
  })
  expect(pathFigures(path, iso(FRIDAY, '10:05')).straddle).toMatchObject({
    text: '–',
    from: { reason: 'no options at the money are stored for this slot' },
  })
})

test('addresses name an expiration, with its class where it has one', () => {
  const state = {
    symbol: 'SPX',
    date: FRIDAY,
    at: iso(FRIDAY, '10:00'),
    options: { expiry: '20261218-SPXW' },
  }
  const paths = movePaths({ ...state, isLive: false, isPlaying: false, slots: [] })
  expect(paths).toEqual({
    moves: '/api/views/expected-move/SPX?at=2026-11-20T15:00:00.000Z',
    day: '/api/views/expected-move/SPX/day?date=2026-11-20&expiry=20261218&class=SPXW',
  })
  expect(expiryOption({ expiry: '2026-12-18' })).toEqual({})
  const both = ['SPX', 'SPXW'].map((trading_class) => ({ expiry: '20261218', trading_class }))
  expect(expiryName(both[1]!, both, FRIDAY)).toBe('Fri 18 Dec SPXW')
  expect(moveText(6.8, 680)).toBe('±6.80 (1.00 %)')
  expect(moveText(null, 680)).toBe('–')
})
