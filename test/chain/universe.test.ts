import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseExpirations, universeOptions } from '../../src/chain/universe.ts'
import {
  addDays,
  dateToExpiry,
  daysBetween,
  type ExpiryDate,
  expiryToDate,
  type SessionDate,
  sessionDate,
} from '../../src/market/units.ts'

const targets = universeOptions.parse({})
const start = sessionDate('2026-11-20')
const listedFrom = (today: SessionDate) =>
  Array.from({ length: 90 }, (_, days) => addDays(today, days))
    .filter((date) => new Date(date).getUTCDay() % 6 !== 0)
    .filter((date, at) => at < 10 || new Date(date).getUTCDay() === 5)
    .map(dateToExpiry)

test('the expirations nearest to the target days are chosen, and the Fridays around 14, 30 and 45', () => {
  const chosen = chooseExpirations(listedFrom(start), [], { today: start, options: targets })
  expect(chosen.filter(({ isThinned }) => !isThinned).map(({ days }) => days)).toEqual([
    0, 7, 14, 28, 35, 42, 49, 56,
  ])
  expect(chosen.filter(({ aroundThirty }) => aroundThirty).map(({ days }) => days)).toEqual([28, 35])
})

test('an expiration once admitted is collected every day until it expires, and the set stays small', () => {
  let admitted: ExpiryDate[] = []
  let most = 0
  for (let day = 0; day < 120; day++) {
    const today = addDays(start, day)
    const chosen = chooseExpirations(listedFrom(today), admitted, { today, options: targets })
    const stillOpen = admitted.filter((expiry) => expiry >= dateToExpiry(today))
    expect(chosen.map(({ expiry }) => expiry)).toEqual(expect.arrayContaining(stillOpen))
    const around = chosen.filter(({ aroundThirty }) => aroundThirty).map(({ days }) => days)
    expect(around[0]).toBeLessThanOrEqual(30)
    expect(around.at(-1)).toBeGreaterThanOrEqual(30)
    admitted = chosen.filter(({ isThinned }) => !isThinned).map(({ expiry }) => expiry)
    most = Math.max(most, admitted.length)
  }
  expect(most).toBeLessThanOrEqual(14)
})

test('figures of 60 days always lie between two expirations, which stay once they are collected with fewer strikes', () => {
  let admitted: ExpiryDate[] = []
  let before: ExpiryDate[] = []
  for (let day = 0; day < 120; day++) {
    const today = addDays(start, day)
    if (new Date(today).getUTCDay() % 6 === 0) continue
    const chosen = chooseExpirations(listedFrom(today), admitted, { today, options: targets })
    const days = chosen.map((one) => one.days)
    expect(days.some((one) => one >= 45 && one < 60)).toBe(true)
    expect(days.at(-1)).toBeGreaterThanOrEqual(60)
    const thinned = chosen.filter(({ isThinned }) => isThinned)
    expect(thinned.length).toBeLessThanOrEqual(2)
    const now = chosen.map(({ expiry }) => expiry)
    expect(now).toEqual(expect.arrayContaining(before.filter((expiry) => expiry >= dateToExpiry(today))))
    before = now
    admitted = chosen.filter(({ isThinned }) => !isThinned).map(({ expiry }) => expiry)
  }
})

test('without the setting, or with a universe shorter than 60 days, no expiration is collected with fewer strikes', () => {
  for (const options of [{ farDaysToExpiry: 0 }, { maxDaysToExpiry: 45 }]) {
    const chosen = chooseExpirations(listedFrom(start), [], {
      today: start,
      options: universeOptions.parse(options),
    })
    expect(chosen.filter(({ isThinned }) => isThinned)).toEqual([])
  }
  const monthly = [28, 91].map((day) => dateToExpiry(addDays(start, day)))
  const chosen = chooseExpirations(monthly, [], { today: start, options: targets })
  expect(chosen.map(({ days, isThinned }) => [days, isThinned])).toEqual([
    [28, false],
    [91, true],
  ])
})

test('the Fridays that figures lie between are collected every day, a moved one in place of its Friday', () => {
  // Weekly expirations as the exchange lists them: Thursday 24 and 31 December, because the Fridays are closed.
  const moved = new Map([
    ['20261225', '20261224'],
    ['20270101', '20261231'],
  ])
  let admitted: ExpiryDate[] = []
  for (let day = 0; day < 60; day++) {
    const today = addDays(start, day)
    if (new Date(today).getUTCDay() % 6 === 0) continue
    const listed = listedFrom(today).map((expiry) => (moved.get(expiry) ?? expiry) as ExpiryDate)
    const chosen = chooseExpirations(listed, admitted, { today, options: targets })
    const weekly = listed.filter(
      (expiry) => new Date(expiryToDate(expiry)).getUTCDay() === 5 || [...moved.values()].includes(expiry),
    )
    const days = (expiry: ExpiryDate) => daysBetween(today, expiryToDate(expiry))
    const kept = chosen.map(({ expiry }) => expiry)
    for (const term of [14, 30, 45]) {
      const before = weekly.filter((expiry) => days(expiry) < term).at(-1)
      const after = weekly.find((expiry) => days(expiry) >= term)
      expect(kept, `${today} ${term}`).toContain(before)
      expect(kept, `${today} ${term}`).toContain(after)
    }
    const thirty = chosen.filter((one) => one.aroundThirty)
    expect(thirty.map(({ expiry }) => weekly.includes(expiry))).not.toContain(false)
    expect(thirty.length).toBeGreaterThanOrEqual(2)
    admitted = kept
  }
})

test('policy plain takes the nearest five, policy all every one up to the limit of days', () => {
  const listed = listedFrom(start)
  const plain = universeOptions.parse({ policy: 'plain' })
  expect(chooseExpirations(listed, [], { today: start, options: plain }).map(({ days }) => days)).toEqual([
    0, 3, 4, 5, 6,
  ])
  const all = universeOptions.parse({ policy: 'all', maxDaysToExpiry: 3650 })
  expect(chooseExpirations(listed, [], { today: start, options: all })).toHaveLength(listed.length)
})

test('chosen expirations are always listed, unexpired, unique and sorted', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -10, max: 100 }), { maxLength: 30 }), (days) => {
      const listed = days.map((day) => dateToExpiry(addDays(start, day)))
      const chosen = chooseExpirations(listed, [], { today: start, options: targets })
      expect(chosen.map(({ expiry }) => expiry)).toEqual(
        [...new Set(chosen.map(({ expiry }) => expiry))].sort(),
      )
      for (const { expiry, days, isThinned } of chosen) {
        expect(listed).toContain(expiry)
        if (!isThinned) expect(days).toBeLessThanOrEqual(60)
        expect(days).toBeGreaterThanOrEqual(0)
        expect(days).toBeLessThanOrEqual(98)
      }
    }),
  )
})
