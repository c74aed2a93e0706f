import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import pl from 'nodejs-polars'
import { expect, test } from 'vitest'
import { frameOf } from '../../../src/lake/engines/polars.ts'
import { currentState } from '../../../src/lake/open.ts'
import { latestChain } from '../../../src/lake/query/chains.ts'
import { exportRows } from '../../../src/lake/query/export.ts'
import { filesOf } from '../../../src/lake/query/file-index.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { storageStep } from '../../../src/lake/tables/precision.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import type { Column } from '../../../src/snapshot/column.ts'
import { SNAPSHOT_COLUMNS, type SnapshotRow } from '../../../src/snapshot/row.ts'
import { chainOnDisk, readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, DAY, row, SLOT, slotOf } from '../slots.ts'

const PRECISE = (SNAPSHOT_COLUMNS as readonly Column[]).filter((column) => column.decimals !== undefined)

test('the greeks and the time of the quote have decimals, and a step below the last of them', () => {
  expect(PRECISE.map((column) => [column.name, column.decimals, storageStep(column)])).toEqual([
    ['iv', 6, 2 ** -20],
    ['delta', 6, 2 ** -20],
    ['gamma', 8, 2 ** -27],
    ['theta', 6, 2 ** -20],
    ['vega', 6, 2 ** -20],
    ['quoted_at', 3, 512],
    ['pv_dividend', 4, 2 ** -14],
  ])
})

test('stored values have few binary digits, and rounded to their decimals equal the originals', () => {
  const known = (decimals: number, most: number) =>
    fc.integer({ min: -most * 10 ** decimals, max: most * 10 ** decimals }).map((n) => n / 10 ** decimals)
  const rows = fc.record({
    iv: known(6, 20),
    delta: known(6, 1),
    gamma: known(8, 10),
    theta: known(6, 2_000),
    vega: known(6, 2_000),
    quoted_at: fc.integer({ min: 0, max: 3e12 }),
    pv_dividend: known(4, 2_000),
  })
  fc.assert(
    fc.property(fc.array(rows, { minLength: 30, maxLength: 30 }), (all) => {
      const frame = frameOf(all.map((values) => row(values)))
      for (const { name, decimals, type } of PRECISE) {
        const column = frame.getColumn(name)
        const numbers = type === 'timestamp' ? column.cast(pl.Int64).cast(pl.Float64) : column
        const step = storageStep({ name, decimals, type } as Column) as number
        const scale = type === 'timestamp' ? 1e-3 : 10 ** (decimals as number)
        for (const [at, values] of all.entries()) {
          const stored = Number(numbers.get(at))
          expect(Number.isInteger(stored / step)).toBe(true)
          const rounded = Math.round(stored * scale)
          expect(type === 'timestamp' ? rounded : rounded / scale).toBe(values[name as keyof typeof values])
        }
      }
    }),
    { numRuns: 20 },
  )
})

test('chain, SQL and export give back the decimals, from slot files, compacted and after an upsert', async () => {
  const lake = await temporaryLake()
  const rows = Array.from({ length: 400 }, (_, n) =>
    row({
      strike: 500 + n,
      iv: (100_001 + 977 * n) / 1e6,
      delta: -(1 + 2_499 * n) / 1e6,
      gamma: (3 + 104_729 * n) / 1e8,
      theta: -(7 + 3_571 * n) / 1e6,
      vega: (11 + 7_919 * n) / 1e6,
      quoted_at: SLOT + 1 + 7 * n,
    }),
  )
  const precise = (chain: readonly SnapshotRow[]) =>
    chain.map(({ strike, iv, delta, gamma, theta, vega, quoted_at }) => [
      strike,
      ...[iv, delta, gamma, theta, vega, quoted_at],
    ])
  const check = async () => {
    expect(precise(await chainOnDisk(lake, 'SPY'))).toEqual(precise(rows))
    const names = 'strike, iv, delta, gamma, theta, vega, epoch_ms(quoted_at)'
    const latest = '(SELECT max(timestamp) FROM option_snapshots)'
    const answer = await sql(
      await readingLake(lake.layout.root),
      `SELECT ${names} FROM option_snapshots WHERE timestamp = ${latest} ORDER BY strike`,
    )
    expect(answer.rows).toEqual(precise(rows))
  }
  await append(lake, slotOf({ SPY: rows }))
  expect(precise(await latestChain(lake, 'SPY'))).toEqual(precise(rows))
  await check()
  await append(lake, slotOf({ SPY: rows.slice(0, 100) }))
  await check()
  await append(lake, slotOf({ SPY: rows }, after(1)))
  await compact(lake, { scope: { kind: 'date', date: DAY } })
  expect(filesOf(await currentState(lake), 'SPY').length).toBe(1)
  await check()
  const out = join(temporaryFolder(), 'rows.csv')
  const request = { symbol: 'SPY', from: DAY, to: DAY, out, replace: false }
  await exportRows(lake, request, { signal: new AbortController().signal })
  const [header, first] = readFileSync(out, 'utf8').split('\n')
  const cell = (name: string) => first?.split(',')[header?.split(',').indexOf(name) as number]
  expect([cell('iv'), cell('delta'), cell('gamma')]).toEqual(['0.100001', '-1e-06', '3e-08'])
  expect(cell('quoted_at')).toBe(new Date(SLOT + 1).toISOString())
})
