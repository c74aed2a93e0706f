import { expect, test } from 'vitest'
import { storedSessions } from '../../../src/lake/query/stored-sessions.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { readingLake, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, slotOf } from '../slots.ts'

const TOMORROW = sessionDate('2026-11-23')
const MONDAY = epochMs(Date.parse('2026-11-23T15:30:00.000Z'))

test('the sessions with slots come newest first, of one symbol or of all, with first and last slot', async () => {
  const lake = await temporaryLake()
  expect(await storedSessions(lake)).toEqual([])
  for (const n of [0, 1, 2]) await append(lake, slotOf({ SPY: chain(5), QQQ: chain(5) }, after(n)))
  await append(lake, slotOf({ SPY: chain(5) }, MONDAY, TOMORROW))
  const friday = { date: DAY, firstSlot: after(0), lastSlot: after(2) }
  const monday = { date: TOMORROW, firstSlot: MONDAY, lastSlot: MONDAY }
  const reader = await readingLake(lake.layout.root)
  expect(await storedSessions(reader, { symbol: 'SPY' })).toEqual([monday, friday])
  expect(await storedSessions(reader, { symbol: 'QQQ' })).toEqual([friday])
  expect(await storedSessions(reader)).toEqual([monday, friday])
  expect(await storedSessions(reader, { symbol: 'GLD' })).toEqual([])
  await compact(lake, { scope: { kind: 'date', date: DAY } })
  expect(await storedSessions(reader)).toEqual([monday, friday])
})
