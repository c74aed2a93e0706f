import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FEATURE_COLUMNS } from '../../../src/analytics/features/feature-columns.ts'
import type { FeatureRow } from '../../../src/analytics/features/feature-rows.ts'
import { analyticsOptions } from '../../../src/analytics/options.ts'
import { features } from '../../../src/analytics/stored/feature-export.ts'
import { storeFigures } from '../../../src/analytics/stored/stored-figures.ts'
import { exportTable } from '../../../src/lake/query/export-table.ts'
import { readRows } from '../../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { dueSlot } from '../../../src/market/slot.ts'
import { temporaryFolder, temporaryLake } from '../../lake/lakes.ts'
import { after, DAY, SLOT, slotOf } from '../../lake/slots.ts'
import { ibIndexHistory, makeChain, range } from '../chains.ts'

const OPTIONS = analyticsOptions.parse({})
const chain = (at: typeof SLOT, spot: number) =>
  makeChain({
    at,
    spot,
    vol: () => 0.17,
    expiries: ['20261204', '20261218', '20261231'],
    strikes: range(650, 710, 10),
  })

async function collected(recordedAt = SLOT) {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('SPY', recordedAt))
  for (const n of [0, 1]) {
    await append(lake, slotOf({ SPY: chain(after(n), 680 + n) }, after(n)))
    const received = [{ symbol: 'SPY', vix: 17, ivIndexFraction: 0.17 }]
    await storeFigures(lake, dueSlot(after(n), DAY, ['SPY']), { received, options: OPTIONS })
  }
  return lake
}

async function all(rows: AsyncIterable<FeatureRow>): Promise<FeatureRow[]> {
  const list: FeatureRow[] = []
  for await (const row of rows) list.push(row)
  return list
}

test('rows of a history that nothing was added to later have the figures as they were stored', async () => {
  const lake = await collected()
  const stored = await readRows(lake, MARKET_METRICS)
  const rows = await all(features(lake, { every: 'slot' }))
  expect(rows).toHaveLength(2)
  for (const [at, row] of rows.entries()) {
    const { null_reasons: _, figure_expirations: __, ...figures } = stored[at]!
    expect(row).toMatchObject(figures)
    expect(row.known_at as number).toBeGreaterThanOrEqual(row.timestamp as number)
    expect(row).toMatchObject({ last_ib_date: '2026-11-19', last_chain_date: null })
    expect(Object.keys(row)).toEqual(expect.arrayContaining(FEATURE_COLUMNS.map(({ name }) => name)))
  }
  expect(rows[0]?.iv_rank).not.toBeNull()
  const [day, ...others] = await all(features(lake, { symbol: 'SPY', from: DAY, to: DAY, every: 'day' }))
  expect(others).toEqual([])
  expect(day).toMatchObject({ timestamp: after(1), iv30: stored[1]!.iv30 })
})

test('a year of daily values that was fetched after a slot is not in its row', async () => {
  const [first, second] = await all(features(await collected(after(400)), { every: 'slot' }))
  for (const row of [first, second]) {
    expect(row).toMatchObject({ iv_rank: null, iv_observations: 0, last_ib_iv30: null, trend_daily: null })
    expect(row?.iv30).toBeCloseTo(0.17, 2)
  }
})

test('the file is CSV or Parquet by its name, and appears whole', async () => {
  const lake = await collected()
  const folder = temporaryFolder()
  const { signal } = new AbortController()
  const write = (name: string) => {
    const rows = features(lake, { every: 'slot' })
    return exportTable(
      lake,
      { columns: FEATURE_COLUMNS, rows, out: join(folder, name), replace: false },
      signal,
    )
  }
  const csv = await write('features.csv')
  const [head, ...lines] = readFileSync(csv.path, 'utf8').trim().split('\n')
  expect(head?.split(',')).toEqual(FEATURE_COLUMNS.map(({ name }) => name))
  expect([lines.length, csv.rows]).toEqual([2, 2])
  expect(lines[0]).toContain(`SPY,${DAY},${new Date(SLOT).toISOString()}`)
  const parquet = await write('features.parquet')
  expect(parquet).toMatchObject({ rows: 2, path: expect.stringContaining('features.parquet') })
  expect(readFileSync(parquet.path).subarray(0, 4).toString()).toBe('PAR1')
  await expect(write('features.csv')).rejects.toThrow('exists already')
  const stopped = AbortSignal.abort(new Error('stopped'))
  const out = join(folder, 'stopped.csv')
  const rows = features(lake, { every: 'slot' })
  await expect(
    exportTable(lake, { columns: FEATURE_COLUMNS, rows, out, replace: false }, stopped),
  ).rejects.toThrow('stopped')
  expect(existsSync(out)).toBe(false)
})
