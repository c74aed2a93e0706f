import { expect, test } from 'vitest'
import {
  coverageOf,
  cycleRate,
  dataKind,
  entriesAt,
  worstFirst,
} from '../../../src/serve/page/views/status/summary.js'

const rows = (live: number, delayed = 0, frozen = 0) => ({
  live_rows: live,
  delayed_rows: delayed,
  frozen_rows: frozen,
})

test('simulated data are called simulated, whatever their rows say', () => {
  expect(dataKind('simulated', [rows(100)]).word).toBe('Simulated')
})

test('the kind of data is that of all rows of the slot', () => {
  expect(dataKind('ib', [rows(100), rows(50)])).toMatchObject({ word: 'Live', state: 'ok' })
  expect(dataKind('ib', [rows(0, 80)])).toMatchObject({ word: 'Delayed', state: 'warn' })
  expect(dataKind('ib', [rows(0, 0, 80)])).toMatchObject({ word: 'Frozen', state: 'warn' })
  expect(dataKind('ib', [rows(75, 25)])).toEqual({
    word: 'Mixed',
    text: '75 % live, 25 % delayed',
    state: 'warn',
  })
  const old = { live_rows: null, delayed_rows: null, frozen_rows: null }
  expect(dataKind('ib', [old]).word).toBe('Unknown')
  expect(dataKind('ib', []).word).toBe('Unknown')
})

test('the rate of a cycle is that of all symbols together', () => {
  const entry = (requested: number, from: string | null, to: string | null) => ({
    requested,
    started_at: from,
    finished_at: to,
  })
  const both = [
    entry(1_000, '2026-11-20T15:00:00.000Z', '2026-11-20T15:00:40.000Z'),
    entry(600, '2026-11-20T15:00:00.000Z', '2026-11-20T15:00:20.000Z'),
  ]
  expect(cycleRate(both)).toEqual({ contracts: 1_600, seconds: 40, perSecond: 40 })
  expect(cycleRate([entry(1_000, null, null)])).toBeNull()
  expect(cycleRate([entry(1_000, '2026-11-20T15:00:00.000Z', '2026-11-20T15:00:00.000Z')])).toBeNull()
})

test('slots to come and slots of others are not due', () => {
  const slot = (outcome: 'stored' | 'partial' | 'missing' | 'absent' | 'pending' | 'closed') => ({
    ...{ slot: '2026-11-20T15:00:00.000Z', time: '10:00', reason: null, rows: 1 },
    outcome,
  })
  const day = (['stored', 'stored', 'partial', 'missing', 'absent', 'pending', 'closed'] as const).map(slot)
  expect(coverageOf(day)).toEqual({ due: 5, stored: 2, partial: 1, missing: 2, absent: 1 })
})

test('what is wrong comes first', () => {
  const check = (name: 'gateway' | 'slot' | 'lake', status: 'ok' | 'warn' | 'fail') => ({
    ...{ name, status, reason: '', since: null, advice: null },
  })
  const checks = [check('lake', 'ok'), check('slot', 'warn'), check('gateway', 'fail')]
  expect(worstFirst(checks).map(({ name }) => name)).toEqual(['gateway', 'slot', 'lake'])
})

test('the newest slot is the newest with rows, all its symbols with it', () => {
  const entry = (symbol: string, minute: string, count: number) =>
    ({ symbol, timestamp: `2026-11-20T15:${minute}:00.000Z`, rows: count }) as Parameters<
      typeof entriesAt
    >[0][number]
  const entries = [
    entry('QQQ', '00', 5),
    entry('SPY', '00', 5),
    entry('QQQ', '05', 0),
    entry('SPY', '05', 7),
    entry('SPY', '10', 0),
  ]
  expect(entriesAt(entries, null).map(({ symbol, rows }) => [symbol, rows])).toEqual([
    ['QQQ', 0],
    ['SPY', 7],
  ])
  expect(entriesAt(entries, '2026-11-20T15:04:00.000Z')).toHaveLength(2)
  expect(entriesAt(entries, '2026-11-20T14:00:00.000Z')).toEqual([])
})
