import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import {
  append,
  cleanUpLog,
  createTable,
  loadTable,
  readVersion,
  refresh,
  remove,
  writeCheckpoint,
} from '../../src/delta/index.ts'

const folder = process.env.TABLE as string

// Version 0: a table with one column.
const table = await createTable(folder, {
  columns: [{ name: 'price', type: 'double', nullable: false }],
})

// Version 1: the caller writes a data file and adds it to the table.
const bytes = Buffer.from(
  parquetWriteBuffer({ columnData: [{ name: 'price', data: [1.5, 2.5], type: 'DOUBLE' }] }),
)
await writeFile(join(folder, 'first.parquet'), bytes, { flush: true })
await append(table, [{ path: 'first.parquet', size: bytes.length, stats: { numRecords: 2 } }])

// A reader, usually another process. It reads the newest version, and later only new commits.
const reader = await loadTable(folder)
console.log(`version ${reader.state.version} has ${[...reader.state.files.keys()].join()}`)

// Version 2: the file is removed from the table. It stays on disk for readers of older versions.
await remove(table, ['first.parquet'])
const { version, files, removed } = await refresh(reader)
console.log(`version ${version} has ${files.size} files, ${removed.size} removed`)

// Older versions can be read while the log still has their commits.
const earlier = await readVersion(table, 1)
console.log(`version ${earlier.version} had ${[...earlier.files.keys()].join()}`)

// Checkpoints keep loading fast. Clean-up deletes commits that two checkpoints cover.
const checkpoint = await writeCheckpoint(table)
const { commits } = await cleanUpLog(table, { before: Date.now() - 30 * 24 * 3_600_000 })
console.log(`checkpoint of version ${checkpoint.version}, ${commits.length} commits deleted`)
