import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { type Action, pathFromLog } from '../../src/delta/index.ts'
import { commitText } from '../../src/lake/delta.ts'
import { layoutOf } from '../../src/lake/layout.ts'

/** The schema of `option_snapshots` in another program: its columns and its schema version. */
export interface OtherSchema {
  /** Columns that it does not know. */
  readonly without?: readonly string[]
  /** An additional column, only in the files of the first commit with data. */
  readonly extra?: string | undefined
  readonly version: number
}

interface Line {
  commitInfo?: { optionlake?: { seal: string } }
  metaData?: { schemaString: string; configuration: Record<string, string> }
  add?: { path: string; size: number; stats: string; tags: Record<string, string> }
}

/**
 * Turns a closed lake into one that such a program wrote: its data files, their statistics and checksums, and the
 * metadata of the table.
 */
export async function rewriteAs(folder: string, other: OtherSchema): Promise<void> {
  const { log, table } = layoutOf(folder)
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  const names = readdirSync(log).filter((one) => one.endsWith('.json'))
  for (const name of names.sort()) {
    const lines = readFileSync(join(log, name), 'utf8').trim().split('\n')
    const actions = lines.map((line) => JSON.parse(line) as Line)
    for (const { commitInfo, metaData, add } of actions) {
      if (commitInfo?.optionlake) commitInfo.optionlake.seal = ''
      if (metaData) describe(metaData, other)
      if (!add) continue
      const path = join(table, pathFromLog(add.path) as string)
      await connection.run(copyOf(path, name === names[1] ? other : { ...other, extra: undefined }))
      renameSync(`${path}.new`, path)
      const bytes = readFileSync(path)
      const stats = JSON.parse(add.stats) as Record<string, Record<string, unknown>>
      for (const part of ['minValues', 'maxValues', 'nullCount']) {
        for (const column of other.without ?? []) delete stats[part]?.[column]
      }
      add.stats = JSON.stringify(stats)
      add.size = bytes.length
      add.tags['optionlake.sha256'] = createHash('sha256').update(bytes).digest('hex')
    }
    writeFileSync(join(log, name), commitText(actions as unknown as Action[]))
  }
  connection.closeSync()
}

function describe(metaData: NonNullable<Line['metaData']>, { without, extra, version }: OtherSchema): void {
  const schema = JSON.parse(metaData.schemaString) as { type: string; fields: { name: string }[] }
  const kept = schema.fields.filter((field) => !without?.includes(field.name))
  const added = extra ? [{ name: extra, type: 'double', nullable: true, metadata: {} }] : []
  metaData.schemaString = JSON.stringify({ ...schema, fields: [...kept, ...added] })
  metaData.configuration['optionlake.schemaVersion'] = String(version)
}

function copyOf(path: string, { without = [], extra }: OtherSchema): string {
  const exclude = without.length > 0 ? `EXCLUDE (${without.map((name) => `"${name}"`).join(', ')})` : ''
  const added = extra ? `, 1.5::DOUBLE AS "${extra}"` : ''
  return (
    `COPY (SELECT * ${exclude} ${added} FROM read_parquet('${path}', hive_partitioning = false)) ` +
    `TO '${path}.new' (FORMAT parquet)`
  )
}
