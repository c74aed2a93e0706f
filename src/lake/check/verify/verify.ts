import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exists } from '../../../delta/atomic-file.ts'
import type { Clock } from '../../../market/clock.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { layoutOf, logFolder, tableFolder } from '../../layout.ts'
import { type Lake, openLake } from '../../open.ts'
import { SLOTS, SMALL_TABLES } from '../../tables/small-tables.ts'
import type { Finding, ProgressOptions, Verification } from '../findings.ts'
import { verifySmallTables } from './small-tables.ts'
import { verifySnapshots } from './snapshots.ts'
import { type LogFindings, verifyTableLog } from './table-log.ts'

/** One table's log and what is wrong with it. */
export interface TableLogFindings extends LogFindings {
  readonly name: string
  /** Absolute. */
  readonly folder: string
}

/**
 * Re-reads every byte of a lake: commits and checkpoints, data files against the checksums and row counts that were
 * committed with them, keys, and the ledger against the rows. It changes nothing and needs no lock; a writer may go on.
 * @throws Failure EXIT.configuration when there is no lake, or it is of a newer version; EXIT.io only when the disk
 * refuses: damage is a finding, not a failure.
 */
export async function verify(
  root: string,
  { clock, ...watching }: ProgressOptions & { readonly clock: Clock },
): Promise<Verification> {
  const before = Date.now()
  const folder = await realFolder(root)
  const logs = await verifyLogs(folder)
  const findings = logs.flatMap((log) => log.findings)
  const commits = logs.reduce((sum, log) => sum + log.commits.length, 0)
  const lake = await openOrNull(folder, { clock, findings })
  if (lake === null) return { findings, commits, files: 0, bytes: 0, rows: 0, unproven: 0 }
  try {
    return await verifyOpen(lake, { before, commits, findings, watching })
  } finally {
    await lake.close()
  }
}

/** The logs of all tables that are there. @throws Failure EXIT.configuration when there is none. */
export async function verifyLogs(root: string): Promise<TableLogFindings[]> {
  const found: TableLogFindings[] = []
  for (const name of ['option_snapshots', ...SMALL_TABLES.map((table) => table.name)]) {
    const folder = logFolder(tableFolder(root, name))
    if (await exists(folder)) found.push({ name, folder, ...(await verifyTableLog(folder)) })
    else if (found.length === 0) {
      throw new Failure(EXIT.configuration, `no lake at ${root}: collect first: optionlake collect-once`)
    }
  }
  return found
}

async function verifyOpen(
  lake: Lake,
  {
    before,
    commits,
    findings,
    watching,
  }: { before: number; commits: number; findings: readonly Finding[]; watching: ProgressOptions },
): Promise<Verification> {
  // Of a table whose log is broken only the other tables can be told.
  const broken = findings.filter(({ kind }) => kind === 'broken_log')
  const isBroken = (table: string) =>
    broken.some(({ path }) => path.startsWith(join(lake.layout.root, table)))
  const small = SMALL_TABLES.some(({ name }) => isBroken(name)) ? [] : await verifySmallTables(lake, before)
  const smallFindings = small.flatMap((table) => table.findings)
  const totals = {
    files: small.reduce((sum, table) => sum + table.files, 0),
    bytes: small.reduce((sum, table) => sum + table.bytes, 0),
  }
  const isLedgerLost = small.some(({ table, bad }) => table.name === SLOTS.name && bad.length > 0)
  const withLedger = !isLedgerLost && !isBroken(SLOTS.name)
  const data = await verifySnapshots(lake, { ...watching, before, withLedger })
  return {
    findings: [...findings, ...smallFindings, ...data.findings],
    commits,
    files: totals.files + data.files,
    bytes: totals.bytes + data.bytes,
    rows: data.rows,
    unproven: data.unproven,
  }
}

/** The folder itself, whatever links lead to it; as it is given where it is not there. */
export async function realFolder(root: string): Promise<string> {
  return realpath(root).catch(() => resolve(root))
}

/** Null when its log, whose findings are known, keeps the lake from being opened. */
async function openOrNull(
  folder: string,
  { clock, findings }: { clock: Clock; findings: readonly Finding[] },
): Promise<Lake | null> {
  try {
    return await openLake(folder, { mode: 'read', clock })
  } catch (error) {
    const isKnown = findings.some(({ path }) => path.startsWith(layoutOf(folder).log))
    if (error instanceof Failure && error.exitCode === EXIT.io && isKnown) return null
    throw error
  }
}
