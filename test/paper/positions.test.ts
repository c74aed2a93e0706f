import { expect, test } from 'vitest'
import type { Position } from '../../src/gateway/orders/order.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { conId, sessionDate } from '../../src/market/units.ts'
import { foreignPositions } from '../../src/paper/reconcile/positions.ts'
import { createJournalState } from '../../src/paper/state.ts'

const now = newYorkInstant(sessionDate('2026-12-16'), '10:00')
const held = (id: number, tradingClass: string, quantity: number): Position => ({
  ...{ conId: conId(id), symbol: 'SPX', secType: 'OPT', expiry: '20261217', strike: 6_800, right: 'C' },
  ...{ tradingClass, multiplier: 100, quantity, averageCost: null },
})

test('options of two classes with the same expiry, strike and right are two positions', () => {
  const positions = [held(1, 'SPX', 2), held(2, 'SPXW', 3)]
  const events = foreignPositions(createJournalState(), { positions }, now)
  expect(events).toMatchObject([
    { name: 'SPX 20261217 6800 C', quantity: 2 },
    { name: 'SPX 20261217 6800 C SPXW', quantity: 3 },
  ])
})

test('options of a class of shares keep their name', () => {
  const berkshire = { ...held(3, 'BRKB', 1), symbol: 'BRK.B' }
  const events = foreignPositions(createJournalState(), { positions: [berkshire] }, now)
  expect(events).toMatchObject([{ name: 'BRK.B 20261217 6800 C' }])
})
