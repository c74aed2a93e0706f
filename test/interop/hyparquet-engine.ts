import { basename, join } from 'node:path'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { refresh } from '../../src/lake/delta.ts'
import { currentState, openLake } from '../../src/lake/open.ts'
import { smallDeltaTable } from '../../src/lake/tables/loaded-small-tables.ts'
import { SMALL_TABLES } from '../../src/lake/tables/small-tables.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { Engine, ReadColumn, Row } from './engine.ts'
import { millisecondsOf, rounded } from './rows.ts'

/** hyparquet reads Parquet but not Delta, so it reads the files that our log names. */
export function openHyparquet(name: string, version: string): Engine {
  return { name, version, read: readTable, run: null, close: async () => {} }
}

interface ListedFile {
  readonly path: string
  /** Values of the partition columns, which the file does not have. */
  readonly partitions: Row
}

async function readTable(table: string, columns: readonly ReadColumn[]): Promise<Row[]> {
  const rows: Row[] = []
  for (const { path, partitions } of await filesOf(table)) {
    const file = await asyncBufferFromFile(join(table, path))
    for (const row of await parquetReadObjects({ file, compressors, parsers: PARSERS })) {
      const values = columns.map((column) => [
        column.name,
        plain({ ...row, ...partitions }[column.name], column),
      ])
      rows.push(Object.fromEntries(values))
    }
  }
  return rows
}

async function filesOf(table: string): Promise<ListedFile[]> {
  const lake = await openLake(join(table, '..'), { mode: 'read', clock: systemClock })
  try {
    const small = SMALL_TABLES.find(({ name }) => name === basename(table))
    if (small === undefined) {
      const { files } = await currentState(lake)
      return [...files.values()].map(({ path, symbol, date }) => ({ path, partitions: { symbol, date } }))
    }
    const delta = await smallDeltaTable(lake, small)
    if (delta === null) return []
    const { files } = await refresh(delta)
    return [...files.values()].map(({ path, partition }) => ({
      path,
      partitions: small.partition === null ? {} : { [small.partition]: partition },
    }))
  } finally {
    await lake.close()
  }
}

/** Times as microseconds: a Date would lose digits that rounding needs. */
const PARSERS = {
  timestampFromMicroseconds: (micros: bigint) => micros,
  timestampFromNanoseconds: (nanos: bigint) => nanos / 1_000n,
  dateFromDays: (days: number) => new Date(days * 86_400_000).toISOString().slice(0, 10),
}

function plain(value: unknown, { type, decimals }: ReadColumn): string | number | null {
  if (value === null || value === undefined) return null
  if (type === 'timestamp') return millisecondsOf(Number(value))
  if (type === 'double') return rounded(Number(value), decimals)
  return typeof value === 'bigint' ? Number(value) : (value as string | number)
}
