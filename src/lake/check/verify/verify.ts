import { realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { logFolderOf } from '../../../delta/index.ts'
import type { Clock } from '../../../market/clock.ts'
import { sessionDate } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import { checkReadable, exists } from '../../delta.ts'
import { isDataPath, isSmallPath, layoutOf, tableFolder } from '../../layout.ts'
import { currentState, type Lake, openLake } from '../../open.ts'
import type { ProgressOptions } from '../../progress.ts'
import { LEDGER_APP, ledger } from '../../tables/ledger.ts'
import { readRows } from '../../tables/read-rows.ts'
import { FUTURE_SNAPSHOTS, SLOTS, SMALL_TABLES } from '../../tables/small-tables.ts'
import type { Finding, Verification } from '../findings.ts'
import { findUnknownFiles } from './data-files.ts'
import { countFutures, lostFutures } from './future-counts.ts'
import { type SmallTableFindings, verifySmallTables } from './small-tables.ts'
import { verifySnapshots } from './snapshots.ts'
import { type LogFindings, verifyTableLog } from './table-log.ts'

const SNAPSHOTS_NAME = 'option_snapshots'

/** Findings in one table's log. */
export interface TableLogFindings extends LogFindings {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  /** Whether the table can be read by this program. If not, that is the only finding. */
  readonly isReadable: boolean
}

/**
 * Reads every byte of a lake: commits and checkpoints, data files with their checksums and row counts, keys, and the
 * ledger. Changes nothing and needs no lock, so a writer can continue.
 * @throws Failure EXIT.configuration when there is no lake, or a newer version wrote it; EXIT.io only when a disk
 * operation fails, because damage is a finding and not a failure.
 */
export async function verify(
  root: string,
  { clock, ...progress }: ProgressOptions & { readonly clock: Clock },
): Promise<Verification> {
  const before = Date.now()
  const folder = await realFolder(root)
  const logs = await verifyLogs(folder)
  const findings = logs.flatMap((log) => log.findings)
  const commits = logs.reduce((sum, log) => sum + log.commits.length, 0)
  const isReadable = logs[0]?.isReadable !== false
  const lake = isReadable ? await openOrNull(folder, { clock, findings }) : null
  if (lake === null) return { findings, commits, files: 0, bytes: 0, rows: 0, unproven: 0 }
  try {
    return await verifyOpen(lake, { before, commits, findings, progress })
  } finally {
    await lake.close()
  }
}

/** Verifies the logs of all tables that exist. @throws Failure EXIT.configuration if there is no lake. */
export async function verifyLogs(root: string): Promise<TableLogFindings[]> {
  const { log, table } = layoutOf(root)
  if (!(await exists(log)) && !(await hasData(table, isDataPath))) {
    throw new Failure(EXIT.configuration, `no lake at ${root}: collect first: optionlake collect-once`)
  }
  const found: TableLogFindings[] = []
  for (const { name } of SMALL_TABLES) {
    const folder = logFolderOf(tableFolder(root, name))
    const table = tableFolder(root, name)
    if (await exists(folder)) found.push(withProtocol(name, folder, await verifyTableLog(folder)))
    else if (await hasData(table, isSmallPath)) {
      found.push({
        name,
        folder,
        findings: [lostLog(folder)],
        commits: [],
        checkpoints: [],
        isReadable: true,
      })
    }
  }
  // Read after `slots`, so that a writer's newer commits do not count as missing.
  const stored = storedVersion(found.find(({ name }) => name === SLOTS.name))
  const snapshots = await verifyTableLog(log, stored)
  const isLost = snapshots.commits.length + snapshots.checkpoints.length + snapshots.findings.length === 0
  const lost = isLost && (await hasData(table, isDataPath)) ? [lostLog(log)] : []
  return [
    withProtocol(SNAPSHOTS_NAME, log, { ...snapshots, findings: [...lost, ...snapshots.findings] }),
    ...found,
  ]
}

function lostLog(path: string): Finding {
  const detail = 'the log is missing; restore it from a copy, or run: optionlake repair'
  return { kind: 'broken_log', path, detail }
}

async function hasData(table: string, isOurName: (path: string) => boolean): Promise<boolean> {
  const files = { files: new Map(), removed: new Map() }
  const found = await findUnknownFiles(table, files, { before: Date.now(), isOurName })
  return found.some(({ isOurs }) => isOurs)
}

/** The findings in a log; only the protocol if it needs what this program does not have, as the rest may be wrong then. */
function withProtocol(name: string, folder: string, found: LogFindings): TableLogFindings {
  const all = [...found.checkpoints, ...found.commits].sort((a, b) => a.version - b.version)
  const protocols = all.flatMap(({ version, actions }) =>
    (actions ?? []).flatMap((action) =>
      'protocol' in action ? [{ version, protocol: action.protocol }] : [],
    ),
  )
  const newest = protocols.at(-1)
  try {
    if (newest) checkReadable(newest.protocol, { version: newest.version, name: dirname(folder) })
    return { name, folder, ...found, isReadable: true }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return {
      name,
      folder,
      ...found,
      findings: [unsupportedFinding(dirname(folder), error)],
      isReadable: false,
    }
  }
}

/** @param folder of the table. */
export function unsupportedFinding(folder: string, { message }: Failure): Finding {
  return { kind: 'unsupported_table', path: folder, detail: message }
}

/** The version of `option_snapshots` whose reports are in `slots`, so it must exist; −1 if there is none. */
function storedVersion(slots: TableLogFindings | undefined): number {
  const all = [...(slots?.checkpoints ?? []), ...(slots?.commits ?? [])]
  const versions = all.flatMap(({ actions }) =>
    (actions ?? []).flatMap((action) =>
      'txn' in action && action.txn.appId === LEDGER_APP ? [action.txn.version] : [],
    ),
  )
  return versions.reduce((newest, version) => Math.max(newest, version), -1)
}

async function verifyOpen(
  lake: Lake,
  {
    before,
    commits,
    findings,
    progress,
  }: { before: number; commits: number; findings: readonly Finding[]; progress: ProgressOptions },
): Promise<Verification> {
  // Data files can be checked only against an intact log.
  const broken = findings.filter(({ kind }) => kind === 'broken_log')
  const isBroken = (table: string) =>
    broken.some(({ path }) => path.startsWith(join(lake.layout.root, table)))
  const unsupported = findings.flatMap(({ kind, path }) =>
    kind === 'unsupported_table' ? [basename(path)] : [],
  )
  const small = SMALL_TABLES.some(({ name }) => isBroken(name))
    ? []
    : await verifySmallTables(lake, { before, without: new Set(unsupported) })
  const smallFindings = small.flatMap((table) => table.findings)
  const totals = {
    files: small.reduce((sum, table) => sum + table.files, 0),
    bytes: small.reduce((sum, table) => sum + table.bytes, 0),
  }
  const isLedgerDamaged = small.some(({ table, bad }) => table.name === SLOTS.name && bad.length > 0)
  const withLedger = !isLedgerDamaged && !isBroken(SLOTS.name) && !unsupported.includes(SLOTS.name)
  const { reports, lost, table } = await readLedgerAndTable(lake, withLedger)
  const data = await verifySnapshots(lake, { ...progress, before, reports, table, mayBeWriting: true })
  const futures = small.find((one) => one.table === FUTURE_SNAPSHOTS)
  const lostOfFutures = reports && futures ? await futureFindings(lake, reports, futures) : []
  return {
    findings: [...findings, ...smallFindings, ...lost, ...data.findings, ...lostOfFutures],
    commits,
    files: totals.files + data.files,
    bytes: totals.bytes + data.bytes,
    rows: data.rows,
    unproven: data.unproven,
  }
}

/** Futures that the ledger acknowledges and that are not stored. A damaged file, which is already a finding, explains them. */
async function futureFindings(
  lake: Lake,
  reports: readonly LedgerRow[],
  { futures, bad }: SmallTableFindings,
): Promise<Finding[]> {
  const damaged = new Set(bad.map(({ partition }) => partition))
  const findings: Finding[] = []
  for (const { report } of lostFutures(reports, futures)) {
    const { symbol, timestamp, future_rows } = report
    if (damaged.has(report.date)) continue
    // A writer may have stored them since the files were read.
    const date = sessionDate(report.date)
    const stored = await readRows(lake, FUTURE_SNAPSHOTS, { symbol, from: date, to: date })
    const [still] = lostFutures([report], countFutures(stored))
    if (!still) continue
    const what = `${symbol} at ${new Date(timestamp).toISOString()}`
    const detail = `${what}: the ledger says ${future_rows} futures, the data files have ${still.rows}`
    findings.push({
      kind: 'ledger_differs',
      path: tableFolder(lake.layout.root, FUTURE_SNAPSHOTS.name),
      detail,
    })
  }
  return findings
}

/** Times that the ledger is read again because a slot was stored in the meantime. */
const MAX_READS = 20

/** The ledger and the table of the same version: a writer may store a slot between the two reads. */
async function readLedgerAndTable(lake: Lake, withLedger: boolean) {
  let table = await currentState(lake)
  for (let reads = 1; ; reads++) {
    const ledger = withLedger ? await readLedger(lake) : { reports: null, lost: [] }
    const { version } = table
    table = await currentState(lake)
    if (table.version === version || reads === MAX_READS) return { ...ledger, table }
  }
}

/** The ledger; null with a finding if part of it is lost. */
async function readLedger(lake: Lake): Promise<{ reports: LedgerRow[] | null; lost: Finding[] }> {
  try {
    return { reports: await ledger(lake), lost: [] }
  } catch (error) {
    if (!(error instanceof Failure) || error.exitCode !== EXIT.io) throw error
    const path = join(lake.layout.root, SLOTS.name)
    return { reports: null, lost: [{ kind: 'broken_log', path, detail: error.message }] }
  }
}

/** The folder without symbolic links; the absolute path if it does not exist. */
export async function realFolder(root: string): Promise<string> {
  return realpath(root).catch(() => resolve(root))
}

/** Opens the lake. Null if that fails because its log is broken, which is already a finding. */
async function openOrNull(
  folder: string,
  { clock, findings }: { clock: Clock; findings: readonly Finding[] },
): Promise<Lake | null> {
  try {
    return await openLake(folder, { mode: 'read', clock })
  } catch (error) {
    const isKnown = findings.some(({ path }) => path.startsWith(layoutOf(folder).log))
    const isBroken =
      error instanceof Failure && [EXIT.io, EXIT.configuration].some((code) => code === error.exitCode)
    if (isBroken && isKnown) return null
    throw error
  }
}
