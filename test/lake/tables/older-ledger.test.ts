import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Action } from '../../../src/delta/index.ts'
import { commitText } from '../../../src/lake/delta.ts'
import { layoutOf } from '../../../src/lake/layout.ts'
import { openLake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import { storeLedger } from '../../../src/lake/tables/ledger.ts'
import { append } from '../../../src/lake/write/append.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { NO_QUALITY } from '../../../src/snapshot/ledger.ts'
import { qualityByDay } from '../../../src/snapshot/quality-by-day.ts'
import { readingLake, temporaryFolder, temporaryLake } from '../lakes.ts'
import { after, chain, DAY, report, slotOf } from '../slots.ts'

const QUALITY = {
  zero_bid_share: 0.04,
  parity_residual: 0.8,
  vertical_violations: 3,
  butterfly_violations: 0,
  calendar_violations: 1,
}

/** A lake of two slots whose log was written before the ledger had columns of quality. */
async function olderLake(): Promise<string> {
  const folder = temporaryFolder()
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  for (const n of [0, 1]) await append(lake, slotOf({ SPY: chain(20) }, after(n)))
  await lake.close()
  const { log } = layoutOf(folder)
  for (const name of readdirSync(log).filter((one) => one.endsWith('.json'))) {
    const lines = readFileSync(join(log, name), 'utf8').trim().split('\n')
    const older = lines.map((line) => {
      const action = JSON.parse(line)
      const record = action.commitInfo?.optionlake
      if (record) record.seal = ''
      for (const entry of record?.reports ?? [])
        for (const column of Object.keys(NO_QUALITY)) delete entry[column]
      return action as Action
    })
    writeFileSync(join(log, name), commitText(older))
  }
  return folder
}

const withQuality = (n: number) => {
  const slot = slotOf({ SPY: chain(20) }, after(n))
  const symbols = slot.symbols.map((part) => ({ ...part, report: { ...part.report, ...QUALITY } }))
  return { ...slot, symbols }
}

test('ledger entries without quality read as null, beside new ones that have it', async () => {
  const folder = await olderLake()
  expect(readFileSync(join(layoutOf(folder).log, `${'0'.repeat(19)}1.json`), 'utf8')).not.toContain('parity')
  expect((await slots(await readingLake(folder)))[0]).toMatchObject({ outcome: 'stored', ...NO_QUALITY })

  const lake = await temporaryLake(folder)
  await append(lake, withQuality(2))
  const [old, , fresh] = await slots(lake)
  expect(old).toEqual({ ...report({ requested: 20, answered: 20 }), rows: 20 })
  expect(fresh).toMatchObject(QUALITY)
  const query = 'SELECT count(*), count(parity_residual), max(vertical_violations) FROM slots'
  expect((await sql(lake, query)).rows).toEqual([[3, 1, 3]])

  await storeLedger(lake)
  expect((await slots(lake))[0]).toEqual(old)
  expect((await sql(lake, query)).rows).toEqual([[3, 1, 3]])
  expect(await slots(await readingLake(folder))).toEqual(await slots(lake))
})

test('the quality of a day counts only slots with a quality', async () => {
  const lake = await temporaryLake(await olderLake())
  for (const n of [2, 3]) await append(lake, withQuality(n))
  await append(lake, slotOf({ SPY: [] }, after(4)))
  expect(qualityByDay(await slots(lake))).toEqual([
    {
      date: DAY,
      symbol: 'SPY',
      slots: 4,
      answered_share: 1,
      complete_share: 4 / 80,
      with_greeks_share: 4 / 80,
      skew_seconds: 11.5,
      ...QUALITY,
    },
  ])
  expect(qualityByDay([])).toEqual([])
})
