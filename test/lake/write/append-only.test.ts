import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitName } from '../../../src/delta/index.ts'
import { currentState, type Lake } from '../../../src/lake/open.ts'
import { DAILY_OBSERVATIONS } from '../../../src/lake/tables/small-tables.ts'
import { append } from '../../../src/lake/write/append.ts'
import { compact } from '../../../src/lake/write/compact.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { EXIT } from '../../../src/process/failure.ts'
import { NO_DAILY_PRICES } from '../../../src/snapshot/daily-prices.ts'
import { filesBelow, temporaryLake } from '../lakes.ts'
import { after, chain, SLOT, slotOf } from '../slots.ts'

/** Another program changes a table: its metadata, or its protocol. */
function change(table: Pick<Lake['snapshots'], 'logFolder'>, version: number, action: object): void {
  writeFileSync(join(table.logFolder, commitName(version)), JSON.stringify(action))
}

const OBSERVATION = {
  symbol: 'SPY',
  date: '2026-11-20',
  source: 'chain',
  iv30: 0.184213,
  close: 600.25,
  vix: null,
  cycles: 6,
  recorded_at: SLOT,
  definition_version: null,
  ...NO_DAILY_PRICES,
} as const

test('an append-only table takes new slots, and refuses what would remove rows with a message that names it', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(5) }))
  const { metaData } = await currentState(lake)
  const configuration = { ...metaData?.configuration, 'delta.appendOnly': 'true' }
  change(lake.snapshots, 2, { metaData: { ...metaData, configuration } })
  expect((await append(lake, slotOf({ SPY: chain(5) }, after(1)))).version).toBe(3)
  const before = filesBelow(lake.layout.root)
  await expect(append(lake, slotOf({ SPY: chain(4) }, after(1)))).rejects.toMatchObject({
    exitCode: EXIT.configuration,
    message: expect.stringMatching(
      /option_snapshots at version 3 has the property delta\.appendOnly=true, so symbol=SPY.*set the property to false/,
    ),
  })
  expect(filesBelow(lake.layout.root)).toEqual(before)
  // Merging files removes no rows.
  expect((await compact(lake, { scope: { kind: 'all' } })).compacted).toMatchObject([{ rows: 10 }])
})

test('a small table whose protocol was raised is left alone, and the message names the feature', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, [OBSERVATION])
  const table = await lake.smallTables.get('daily_observations')
  if (!table) throw new Error('not loaded')
  change(table, table.state.version + 1, {
    protocol: { minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ['rowTracking'] },
  })
  const before = filesBelow(lake.layout.root)
  await expect(upsert(lake, DAILY_OBSERVATIONS, [{ ...OBSERVATION, close: 1 }])).rejects.toMatchObject({
    exitCode: EXIT.configuration,
    message: expect.stringMatching(/daily_observations at version \d.* rowTracking .*update optionlake/),
  })
  expect(filesBelow(lake.layout.root)).toEqual(before)
})
