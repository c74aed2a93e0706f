import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Lake } from '../../../src/lake/open.ts'
import { bytesPerRow, growth, planGrowth, slotsASession } from '../../../src/lake/query/growth.ts'
import { checkpointNow } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { instrumentNamed } from '../../../src/market/instruments.ts'
import { filesBelow, temporaryLake } from '../lakes.ts'
import { after, chain, slotOf } from '../slots.ts'

const GRID = { intervalSeconds: 300, afterClose: false }

async function bytesOf(lake: Lake, pattern: RegExp): Promise<number> {
  const files = filesBelow(lake.layout.root).filter((path) => pattern.test(path))
  return files.reduce((sum, path) => sum + statSync(join(lake.layout.root, path)).size, 0)
}

const SPY = instrumentNamed('SPY')

test('a future that the table does not have grows by the slots of its configured calendar', async () => {
  const lake = await temporaryLake()
  for (let at = 0; at < 2; at++) await append(lake, slotOf({ YM: chain(20) }, after(at)))
  const [stock] = (await growth(lake, GRID)).symbols
  const dow = { ...instrumentNamed('ES'), symbol: 'YM', kind: 'FOP' } as const
  const [future] = (await growth(lake, GRID, [dow])).symbols
  expect((future?.bytesPerDay ?? 0) / (stock?.bytesPerDay ?? 1)).toBeCloseTo(276 / 78, 3)
})

test('growth is measured on slot files, then on compacted days, and null without rows', async () => {
  const lake = await temporaryLake()
  const empty = await growth(lake, GRID)
  expect(empty).toMatchObject({
    symbols: [],
    bytesPerDay: null,
    bytesPerYear: null,
    sessionsUntilFull: null,
    reason: 'no rows are stored yet',
  })
  expect(empty.freeBytes).toBeGreaterThan(0)
  expect(await bytesPerRow(lake)).toEqual({ basis: 'benchmark', bytesPerRow: 21 })

  for (let at = 0; at < 3; at++) {
    await append(lake, slotOf({ SPY: chain(200), QQQ: at === 0 ? [] : chain(100) }, after(at)))
  }
  const [spy, qqq] = [
    await bytesOf(lake, /symbol=SPY.*parquet$/),
    await bytesOf(lake, /symbol=QQQ.*parquet$/),
  ]
  const bySlots = await growth(lake, GRID)
  expect(bySlots).toMatchObject({
    symbols: [
      { symbol: 'QQQ', basis: 'slot_files', days: 1, bytesPerDay: Math.round((qqq / 2) * 78) },
      { symbol: 'SPY', basis: 'slot_files', days: 1, bytesPerDay: Math.round((spy / 3) * 78) },
    ],
    otherTablesBytesPerDay: null,
    reason: 'slots and market_metrics have no files yet',
  })
  const perDay = bySlots.symbols.reduce((sum, one) => sum + one.bytesPerDay, 0)
  expect(bySlots.bytesPerDay).toBe(perDay)
  expect(bySlots.bytesPerYear).toBe(252 * perDay)
  expect(bySlots.sessionsUntilFull).toBe(Math.floor(bySlots.freeBytes / perDay))

  await compact(lake, { scope: { kind: 'all' } })
  await checkpointNow(lake)
  const [file] = [...lake.snapshots.state.files.values()].filter(({ symbol }) => symbol === 'SPY')
  const ledger = await bytesOf(lake, /slots\/date=.*parquet$/)
  expect(await growth(lake, GRID)).toMatchObject({
    symbols: [
      { symbol: 'QQQ', basis: 'compacted_days' },
      { symbol: 'SPY', basis: 'compacted_days', bytesPerDay: Math.round(((file?.size ?? 0) / 3) * 78) },
    ],
    otherTablesBytesPerDay: Math.round((ledger / 3) * 78),
    reason: null,
  })
  expect((await bytesPerRow(lake)).basis).toBe('compacted_days')
})

test('planned growth is contracts times slots times bytes a row', () => {
  expect(slotsASession(GRID, SPY)).toBe(78)
  expect(slotsASession({ intervalSeconds: 300, afterClose: true }, SPY)).toBe(81)
  expect(slotsASession(GRID, instrumentNamed('ES'))).toBe(276)
  const perRow = { basis: 'benchmark', bytesPerRow: 21 } as const
  expect(
    planGrowth([{ instrument: SPY, contracts: 7_200 }], { grid: GRID, perRow, freeBytes: 100_000_000_000 }),
  ).toEqual({
    ...perRow,
    rowsPerDay: 561_600,
    bytesPerDay: 11_793_600,
    bytesPerYear: 2_971_987_200,
    freeBytes: 100_000_000_000,
    sessionsUntilFull: 8_479,
  })
  expect(planGrowth([], { grid: GRID, perRow, freeBytes: 1 }).sessionsUntilFull).toBeNull()
})
