import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openLake } from '../../src/lake/open.ts'
import { latestChain } from '../../src/lake/query/chains.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { systemClock } from '../../src/market/clock.ts'
import { filesBelow, readingLake, temporaryFolder, temporaryLake } from './lakes.ts'
import { after, chain, slotOf } from './slots.ts'

const NOBODY = 65_534

/** Removes write permission from a folder and everything below it, and root's power to ignore that from this process. */
function makeReadOnly(folder: string): void {
  const folders = [
    folder,
    ...readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(entry.parentPath, entry.name)),
  ]
  for (const one of folders) chmodSync(one, 0o555)
  const isRoot = process.geteuid?.() === 0
  if (isRoot) process.seteuid?.(NOBODY)
  onTestFinished(() => {
    if (isRoot) process.seteuid?.(0)
    for (const one of folders) chmodSync(one, 0o755)
  })
}

test('a lake on a read-only folder is read', async () => {
  const folder = temporaryFolder()
  const rows = chain(20)
  const writer = await temporaryLake(folder)
  await append(writer, slotOf({ SPY: rows }))
  await latestChain(await readingLake(folder), 'SPY')
  await writer.close()
  const before = filesBelow(folder)
  makeReadOnly(folder)
  const reader = await openLake(folder, { mode: 'read', clock: systemClock })
  expect((await latestChain(reader, 'SPY')).length).toBe(20)
  expect(await readRows(reader, DAILY_OBSERVATIONS)).toEqual([])
  await reader.close()
  expect(filesBelow(folder)).toEqual(before)
})

test('when the folder becomes read-only under a writer, the slot fails with its name, and nothing is lost', async () => {
  const folder = temporaryFolder()
  const lake = await temporaryLake(folder)
  await append(lake, slotOf({ SPY: chain(20) }))
  const before = filesBelow(folder)
  makeReadOnly(folder)
  const refused = append(lake, slotOf({ SPY: chain(20) }, after(1)))
  await expect(refused).rejects.toMatchObject({ exitCode: 74 })
  await expect(refused).rejects.toThrow(/not permitted: check owner and mount/)
  expect(filesBelow(folder)).toEqual(before)
  expect((await latestChain(lake, 'SPY')).length).toBe(20)
})
