import { describe, expect, test } from 'vitest'
import { newYorkInstant } from '../../src/market/calendar.ts'
import type { FutureContract } from '../../src/market/contract.ts'
import { hasExpired, lastTradeOf, nearFutures } from '../../src/market/front-futures.ts'
import { sessionDate } from '../../src/market/units.ts'
import { futures } from './future-contracts.ts'

// Listed out of order, as a gateway may.
const ES = futures(['ESH7', '20270319'], ['ESZ6', '20261218'], ['ESU7', '20270917'], ['ESM7', '20270618'])
const at = (day: string, clock: string) => {
  const date = sessionDate(day)
  return { at: newYorkInstant(date, clock), date }
}
const rule = { rollDays: 4, frontMonths: 3, calendar: 'cme-equity' } as const
const ranks = (when: ReturnType<typeof at>, changes = {}) =>
  nearFutures(ES, when, { ...rule, ...changes }).map(({ future: one, rank }) => [one.localSymbol, rank])

describe('the front future', () => {
  test('is the nearest one until the roll', () => {
    expect(ranks(at('2026-12-11', '16:55'))).toEqual([
      ['ESZ6', 1],
      ['ESH7', 2],
      ['ESM7', 3],
    ])
  })

  test('is the next one from the trade date of the roll on, and the one left is kept until it expires', () => {
    // Sunday evening belongs to the trade date of Monday, four days before the third Friday.
    const monday = { at: newYorkInstant(sessionDate('2026-12-13'), '18:00'), date: sessionDate('2026-12-14') }
    const rolled = [
      ['ESZ6', null],
      ['ESH7', 1],
      ['ESM7', 2],
      ['ESU7', 3],
    ]
    expect(ranks(monday)).toEqual(rolled)
    expect(ranks(at('2026-12-18', '09:25'))).toEqual(rolled)
    expect(ranks(at('2026-12-18', '09:30'))).toEqual(rolled.slice(1))
    expect(ranks(at('2026-12-21', '10:00'))).toEqual(rolled.slice(1))
  })

  test('stays the nearest one until its last trade where the rule is 0 days', () => {
    const expiryOnly = { rollDays: 0, frontMonths: 1 }
    expect(ranks(at('2026-12-18', '09:25'), expiryOnly)).toEqual([['ESZ6', 1]])
    expect(ranks(at('2026-12-18', '09:30'), expiryOnly)).toEqual([['ESH7', 1]])
  })

  test('is missing where nothing is listed, or everything has expired', () => {
    expect(nearFutures([], at('2026-12-18', '09:30'), rule)).toEqual([])
    expect(nearFutures(ES.slice(1, 2), at('2027-01-04', '10:00'), rule)).toEqual([])
  })
})

describe('the last trade', () => {
  test('of crude oil is at 14:30 of its own last day, three business days before the 25th', () => {
    const january = futures(['CLF7', '20261221'])[0] as FutureContract
    expect(hasExpired(january, at('2026-12-21', '14:25'), 'nymex-energy')).toBe(false)
    expect(hasExpired(january, at('2026-12-21', '14:30'), 'nymex-energy')).toBe(true)
    // The evening of that day belongs to the next trade date.
    const evening = {
      at: newYorkInstant(sessionDate('2026-12-21'), '18:00'),
      date: sessionDate('2026-12-22'),
    }
    expect(hasExpired(january, evening, 'nymex-energy')).toBe(true)
  })

  test("is the gateway's where it listed a time", () => {
    const listed = { ...(ES[1] as FutureContract), lastTradeAt: at('2026-12-18', '16:00').at }
    expect(lastTradeOf(listed, 'cme-equity')).toBe(listed.lastTradeAt)
    expect(hasExpired(listed, at('2026-12-18', '09:30'), 'cme-equity')).toBe(false)
  })

  test('is the end of the trade date where there is no rule', () => {
    const other = futures(['FXH7', '20270319'])[0] as FutureContract
    expect(lastTradeOf(other, 'us-options')).toBeNull()
    expect(hasExpired(other, at('2027-03-19', '23:00'), 'us-options')).toBe(false)
    expect(hasExpired(other, at('2027-03-22', '09:30'), 'us-options')).toBe(true)
  })
})
