import { expect, test } from 'vitest'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { FUTURE_SNAPSHOTS } from '../../src/lake/tables/small-tables.ts'
import { DATE, openCaptureRig } from './capture-rig.ts'

test('the near futures of a symbol are stored with the level of their index, and counted in the ledger', async () => {
  const { lake, capture } = await openCaptureRig('10:00', { values: { symbols: ['ES'] } })
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([
    { kind: 'FUT', outcome: 'stored', requested: 3, complete: 3, rows: 0, future_rows: 3 },
  ])
  const rows = await readRows(lake, FUTURE_SNAPSHOTS, { from: DATE, to: DATE })
  expect(rows.length).toBe(3)
})
