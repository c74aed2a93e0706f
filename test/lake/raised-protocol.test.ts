import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { commitName } from '../../src/delta/index.ts'
import { append } from '../../src/lake/write/append.ts'
import { maintainNow } from '../../src/lake/write/maintenance.ts'
import { vacuum } from '../../src/lake/write/vacuum.ts'
import { filesBelow, temporaryLake } from './lakes.ts'
import { after, chain, slotOf } from './slots.ts'

test('a lake that another program raises while it is open is left alone from then on', async () => {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPY: chain(20) }))
  // The same slot again replaces the file, so that there is something to vacuum.
  await append(lake, slotOf({ SPY: chain(20) }))
  const writerFeatures = ['appendOnly', 'invariants', 'rowTracking', 'domainMetadata']
  const protocol = { minReaderVersion: 1, minWriterVersion: 7, writerFeatures }
  const raised = join(lake.layout.log, commitName(3))
  writeFileSync(raised, JSON.stringify({ protocol }))
  const before = filesBelow(lake.layout.root)
  const refusal = {
    exitCode: 78,
    message: `${lake.layout.table} at version 3 needs the table features rowTracking, domainMetadata (writer version 7), which this program does not have, so it writes nothing to it: remove it with the program that added it, or update optionlake`,
  }
  await expect(append(lake, slotOf({ SPY: chain(20) }, after(1)))).rejects.toMatchObject(refusal)
  await expect(maintainNow(lake, lake.snapshots, async () => 3)).rejects.toMatchObject(refusal)
  await expect(vacuum(lake, { retentionMs: 0 })).rejects.toMatchObject(refusal)
  expect(filesBelow(lake.layout.root)).toEqual(before)

  // A lost commit is noticed.
  rmSync(raised)
  await expect(append(lake, slotOf({ SPY: chain(20) }, after(1)))).rejects.toMatchObject({ exitCode: 74 })
})
