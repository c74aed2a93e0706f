import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadTable, logFolderOf } from '../../../src/delta/index.ts'
import { openLake } from '../../../src/lake/open.ts'
import { ledger } from '../../../src/lake/tables/ledger.ts'
import type { LedgerRow } from '../../../src/snapshot/ledger.ts'
import { filesBelow, isData, type RowReader, sha256Of, TABLES, type WrittenLake } from './lake.ts'

/** The rows of the tables whose rows are data: `<table>/<partition> <key>` → the row as JSON. */
export type Rows = ReadonlyMap<string, string>

/** What a lake must hold after a repair. */
export interface Proven {
  readonly rows: Rows
  /** Slots and symbols whose report survives: `<epoch ms> <symbol>` → the report. */
  readonly reports: ReadonlyMap<string, LedgerRow>
  /** SHA-256 of every data file on disk. A repair deletes none. */
  readonly files: ReadonlySet<string>
}

/**
 * What the surviving bytes prove. Every data file has the checksum of its bytes in its name, so a file whose bytes are
 * unchanged proves its rows without the log; of two files with the same key, the later one counts. A file of a small
 * table holds the whole partition, so there only the newest counts. A report survives in its commit or in `slots`.
 */
export function provenBy(written: WrittenLake, folder: string): Proven {
  const surviving = written.data.filter(
    ({ path, sha256 }) => existsSync(join(folder, path)) && sha256Of(join(folder, path)) === sha256,
  )
  const rows = new Map<string, string>()
  for (const { table, partition, rows: own } of surviving) {
    if (table === 'slots') continue
    const prefix = `${table}/${partition} `
    // Only `option_snapshots` keeps a day in several files.
    if (table !== 'option_snapshots') {
      for (const key of [...rows.keys()]) if (key.startsWith(prefix)) rows.delete(key)
    }
    for (const [key, row] of own) rows.set(prefix + key, row)
  }
  const named = new Set([
    ...surviving.filter(({ table }) => table === 'slots').flatMap((file) => namesIn([...file.rows.values()])),
    ...written.commits
      .filter(({ path, sha256 }) => existsSync(join(folder, path)) && sha256Of(join(folder, path)) === sha256)
      .flatMap(({ reports }) => namesIn(reports)),
  ])
  const reports = written.ledger.filter((row) => named.has(`${row.symbol} ${row.detail}`))
  return {
    rows,
    reports: new Map(reports.map((row) => [`${row.timestamp} ${row.symbol}`, row])),
    files: new Set(dataFiles(folder)),
  }
}

/** Each report as `<symbol> <detail>`; the detail names the operation. */
function namesIn(reports: readonly string[]): string[] {
  return reports.map((json) => {
    const { symbol, detail } = JSON.parse(json) as LedgerRow
    return `${symbol} ${detail}`
  })
}

/** SHA-256 of every data file on disk, also in the quarantine. */
function dataFiles(folder: string): string[] {
  const all = filesBelow(folder).filter((path) => isData(path) || path.startsWith('.state/quarantine'))
  return all.map((path) => sha256Of(join(folder, path)))
}

/** How a repaired lake differs from what the surviving bytes prove. */
export interface Differences {
  /** Keys with another row, without one, or with one that nothing proves. */
  readonly rows: readonly string[]
  readonly duplicates: number
  /** Slots and symbols whose row count or surviving report is not in the ledger. */
  readonly ledger: readonly string[]
  readonly deleted: number
}

export async function differencesFrom(
  { rows, reports, files }: Proven,
  { folder, clock }: Pick<WrittenLake, 'folder' | 'clock'>,
  reader: RowReader,
): Promise<Differences> {
  const stored = new Map<string, string>()
  let duplicates = 0
  for (const table of TABLES) {
    if (!existsSync(logFolderOf(join(folder, table)))) continue
    const { state } = await loadTable(join(folder, table))
    for (const { path } of state.files.values()) {
      const partition = path.slice(0, Math.max(0, path.lastIndexOf('/')))
      const read = await reader.read(table, join(folder, table, path))
      duplicates += read.count - read.rows.size
      for (const [key, row] of read.rows) {
        const name = `${table}/${partition} ${key}`
        if (stored.has(name)) duplicates++
        stored.set(name, row)
      }
    }
  }
  const ofData = new Map([...stored].filter(([name]) => !name.startsWith('slots/')))
  const names = new Set([...rows.keys(), ...ofData.keys()])
  const found = new Set(dataFiles(folder))
  return {
    rows: [...names].filter((name) => rows.get(name) !== ofData.get(name)),
    duplicates,
    ledger: await ledgerDifferences({ folder, clock }, { reports, rows: ofData }),
    deleted: [...files].filter((sha256) => !found.has(sha256)).length,
  }
}

async function ledgerDifferences(
  { folder, clock }: Pick<WrittenLake, 'folder' | 'clock'>,
  { reports, rows }: Pick<Proven, 'reports' | 'rows'>,
): Promise<string[]> {
  const lake = await openLake(folder, { mode: 'read', clock })
  const stored = new Map((await ledger(lake)).map((row) => [`${row.timestamp} ${row.symbol}`, row]))
  await lake.close()
  const counts = new Map<string, number>()
  for (const [name, json] of rows) {
    const symbol = /^option_snapshots\/symbol=([^/]+)/.exec(name)?.[1]
    if (symbol === undefined) continue
    const { timestamp } = JSON.parse(json) as { timestamp: string }
    const key = `${Date.parse(timestamp.replace(' ', 'T').replace(/\+00$/, 'Z'))} ${symbol}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const wrong: string[] = []
  for (const key of new Set([...counts.keys(), ...stored.keys(), ...reports.keys()])) {
    const count = counts.get(key) ?? 0
    const row = stored.get(key)
    if ((row?.rows ?? -1) !== count) wrong.push(`${key}: ${count} rows, the ledger says ${row?.rows}`)
    const report = reports.get(key)
    // A report whose rows are all there is kept as it was.
    if (report && report.rows === count && row?.detail !== report.detail) {
      wrong.push(`${key}: the report "${report.detail}" is now "${row?.detail}"`)
    }
  }
  return wrong
}
