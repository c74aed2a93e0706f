import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { matchesOwnChecksum } from '../../src/delta/checkpoint/file-checksum.ts'
import {
  append,
  checkpointName,
  commitName,
  createTable,
  LAST_CHECKPOINT,
  loadTable,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/delta/index.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const checksum = { content: 'trades.checksum', file: 'trades.sha256' }

async function makeTable(files: number) {
  const columns = [{ name: 'price', type: 'double', nullable: false }]
  const table = await createTable(temporaryFolder(), { columns, partitionColumns: ['venue'] }, { checksum })
  const news = Array.from({ length: files }, (_, nth) => ({
    path: `venue=A/${nth}.parquet`,
    size: nth,
    partitionValues: { venue: 'A' },
  }))
  await append(table, news)
  const { version } = await writeCheckpoint(table)
  return { table, version }
}

/** The bytes with one bit of each byte flipped, a different one from byte to byte. */
function* withEachByteFlipped(sound: Buffer): Generator<Buffer> {
  for (let at = 0; at < sound.length; at++) {
    const damaged = Buffer.from(sound)
    damaged.writeUInt8(damaged.readUInt8(at) ^ (1 << (at % 8)), at)
    yield damaged
  }
}

test('a bit flipped anywhere in a checkpoint is a fault, or changes nothing, even without the hint', async () => {
  const { table, version } = await makeTable(3)
  const path = join(table.logFolder, checkpointName(version))
  const read = () => readCheckpoint(table.logFolder, version, { hint: null, checksum })
  const whole = await read()
  expect(whole).toMatchObject({ kind: 'read', version })
  const unnoticed: number[] = []
  let at = -1
  for (const damaged of withEachByteFlipped(readFileSync(path))) {
    at++
    // The file's checksum refuses most before they are parsed. A sample is read from disk, more where it is not found.
    const isRefused = matchesOwnChecksum(damaged, checksum.file) === false
    if (at % (isRefused ? 101 : 5) > 0) continue
    writeFileSync(path, damaged)
    const reading = await read()
    if (reading.kind === 'read') expect(reading).toEqual(whole)
    if (reading.kind === 'read') unnoticed.push(at)
    expect(isRefused && reading.kind === 'read').toBe(false)
  }
  // Only damage to the key of the file's checksum: the rows have one of their own.
  expect(unnoticed.length).toBeLessThanOrEqual(checksum.file.length + 2)
})

test('a checkpoint that ends early anywhere is a fault, even without the hint', async () => {
  const { table, version } = await makeTable(1)
  const path = join(table.logFolder, checkpointName(version))
  const sound = readFileSync(path)
  for (let length = 0; length < sound.length; length += 17) {
    writeFileSync(path, sound.subarray(0, length))
    const { kind } = await readCheckpoint(table.logFolder, version, { hint: null, checksum })
    expect(kind).toBe('fault')
  }
})

test('a bit flipped anywhere in the last-checkpoint hint leaves the table as it is', async () => {
  const { table, version } = await makeTable(2)
  await append(table, [{ path: 'venue=B/9.parquet', size: 1, partitionValues: { venue: 'B' } }])
  rmSync(join(table.logFolder, commitName(0)))
  const { state } = await loadTable(table.folder, { checksum })
  const hint = join(table.logFolder, LAST_CHECKPOINT)
  for (const damaged of withEachByteFlipped(readFileSync(hint))) {
    writeFileSync(hint, damaged)
    const loaded = await loadTable(table.folder, { checksum })
    expect(loaded.state).toEqual(state)
    expect(loaded.checkpoint).toBe(version)
  }
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
