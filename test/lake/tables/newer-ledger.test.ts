import { expect, test } from 'vitest'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import { storeLedger } from '../../../src/lake/tables/ledger.ts'
import { recordReports } from '../../../src/lake/write/record-reports.ts'
import type { SlotReason } from '../../../src/snapshot/ledger.ts'
import { temporaryLake } from '../lakes.ts'
import { report } from '../slots.ts'

test('a reason that only a newer version knows reads as failed, and stays in the lake as it is', async () => {
  const lake = await temporaryLake()
  const reason = 'solar_storm' as string as SlotReason
  await recordReports(lake, [report({ outcome: 'missing', reason, detail: 'no signal', answered: 0 })])
  const read = {
    outcome: 'missing',
    reason: 'failed',
    detail: '"solar_storm" of another version of optionlake: no signal',
  }
  expect(await slots(lake)).toMatchObject([read])
  await storeLedger(lake)
  expect(await slots(lake)).toMatchObject([read])
  expect((await sql(lake, 'SELECT reason, detail FROM slots')).rows).toEqual([['solar_storm', 'no signal']])
})
