import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  append,
  checkpointName,
  createTable,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const checksum = { content: 'trades.checksum', file: 'trades.sha256' }

test('a bit flipped anywhere in a checkpoint is a fault at once, even without the last-checkpoint hint', async () => {
  const columns = [{ name: 'price', type: 'double', nullable: false }]
  const table = await createTable(temporaryFolder(), { columns, partitionColumns: ['venue'] }, { checksum })
  const files = Array.from({ length: 28 }, (_, nth) => ({
    path: `venue=A/${nth}.parquet`,
    size: nth,
    partitionValues: { venue: 'A' },
  }))
  await append(table, files)
  const { version } = await writeCheckpoint(table)
  const path = join(table.logFolder, checkpointName(version))
  const sound = readFileSync(path)
  expect(await readCheckpoint(table.logFolder, version, { hint: null, checksum })).toMatchObject({
    kind: 'read',
  })

  const accepted: number[] = []
  for (let bit = 0; bit < sound.length * 8; bit += 23) {
    const damaged = Buffer.from(sound)
    damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
    writeFileSync(path, damaged)
    const { kind } = await readCheckpoint(table.logFolder, version, { hint: null, checksum })
    if (kind === 'read') accepted.push(bit >> 3)
  }
  // Where the checksum's own key is damaged, the file is read as one without a checksum.
  const key = sound.indexOf(checksum.file)
  expect(accepted.filter((at) => at < key || at >= key + checksum.file.length)).toEqual([])
})

test('a checkpoint under the name of another version is a fault, even without the last-checkpoint hint', async () => {
  const columns = [{ name: 'price', type: 'double', nullable: false }]
  const table = await createTable(temporaryFolder(), { columns }, { checksum })
  const { version } = await writeCheckpoint(table)
  const other = version + 1
  copyFileSync(join(table.logFolder, checkpointName(version)), join(table.logFolder, checkpointName(other)))
  expect(await readCheckpoint(table.logFolder, other, { hint: null, checksum })).toMatchObject({
    kind: 'fault',
    fault: { why: expect.stringContaining('the checksum of its rows does not match') },
  })
})
