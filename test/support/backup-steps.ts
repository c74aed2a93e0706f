import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type BackupOptions, backup } from '../../src/lake/backup/backup.ts'
import { type RestoreBackupOptions, restoreBackup } from '../../src/lake/backup/restore-backup.ts'
import type { Finding } from '../../src/lake/check/findings.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { restoreVersion } from '../../src/lake/write/restore-version.ts'
import { vacuum } from '../../src/lake/write/vacuum.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs } from '../../src/market/units.ts'
import { Failure } from '../../src/process/failure.ts'
import { NO_DAILY_PRICES } from '../../src/snapshot/daily-prices.ts'
import { contentAfter, SUM_SQL, SYMBOLS, slotAt, slotCommitOf } from './writer-operations.ts'

/** Operations in the former backup and in the new one. In between, the lake is compacted and vacuumed. */
const FORMER = 2
const NEWEST = 5
const clock = systemClock

/** The folders of one try. They always have the same names. */
export interface BackupWorkspace {
  readonly lake: string
  readonly backup: string
}

/** A backup or a restore that is interrupted. */
export interface BackupStep {
  readonly name: string
  /** Arguments of backup-program.ts. */
  args(workspace: BackupWorkspace, made: MadeLakes): readonly string[]
  /** The same within this process. */
  run(workspace: BackupWorkspace, made: MadeLakes, unique: () => string): Promise<unknown>
  /** Puts copies of the lakes in their places. */
  prepare(workspace: BackupWorkspace, made: MadeLakes): Promise<void>
  /** What is wrong right after an interruption. */
  faultsAfter(workspace: BackupWorkspace, made: MadeLakes): Promise<readonly BackupFault[]>
  /** What is wrong after the step was run again. */
  faultsAtEnd(workspace: BackupWorkspace, made: MadeLakes): Promise<readonly BackupFault[]>
}

/** `unreadable`: cannot be read; `different`: has other rows than a version of the lake; `lost`: is older than before. */
export interface BackupFault {
  readonly kind: 'unreadable' | 'different' | 'lost' | 'unfinished'
  readonly detail: string
  /** A file that is hidden from readers. */
  readonly isLeftover?: true
}

/** Folders with the lakes and backups from which copies are made. */
export interface MadeLakes {
  readonly lake: string
  /** The lake with a data file missing. */
  readonly damaged: string
  /** A lake of which nothing was vacuumed. */
  readonly whole: string
  /** The version of `whole` after the operations of the former backup. */
  readonly version: number
  readonly former: string
  readonly newest: string
}

/** Makes the lakes and backups once. */
export async function makeLakes(folder: string): Promise<MadeLakes> {
  const [lake, damaged, whole, former, newest] = ['lake', 'damaged', 'whole', 'former', 'newest'].map(
    (name) => join(folder, 'made', name),
  ) as [string, string, string, string, string]
  const options = { mode: 'write', source: 'simulated', clock } as const
  const writer = await openLake(lake, {
    ...options,
    maintenance: { checkpointEvery: 3, logRetentionDays: 0 },
  })
  await store(writer, 0, FORMER)
  await backup(lake, former, BACKUP)
  await store(writer, FORMER, NEWEST)
  await compact(writer, { scope: { kind: 'all' } })
  await vacuum(writer, { retentionMs: -1 })
  await writer.close()
  await backup(lake, newest, BACKUP)
  const other = await openLake(whole, options)
  await store(other, 0, FORMER)
  const { version } = other.snapshots.state
  await store(other, FORMER, NEWEST)
  await compact(other, { scope: { kind: 'all' } })
  await other.close()
  await copyFolder(lake, damaged)
  const lost = (await filesBelow(damaged)).find((path) => path.includes('symbol=SPY'))
  await rm(join(damaged, lost as string))
  return { lake, damaged, whole, version, former, newest }
}

const BACKUP: BackupOptions = { clock, copy: true, verify: false, prune: false }
const RESTORE: RestoreBackupOptions = { clock, copy: true, replaceDamaged: true }

export const BACKUP_STEPS: readonly BackupStep[] = [
  {
    name: 'the first backup, of links',
    args: (at) => ['backup', at.lake, at.backup],
    run: (at, _, unique) => backup(at.lake, at.backup, { ...BACKUP, copy: false, unique }),
    prepare: (at, made) => place(at, { lake: made.lake }),
    faultsAfter: (at) => backupFaults(at.backup, 0),
    faultsAtEnd: (at) => endFaults(at.backup, NEWEST),
  },
  {
    name: 'the next backup, of copies',
    args: (at) => ['backup', at.lake, at.backup, '--copy', '--prune'],
    run: (at, _, unique) => backup(at.lake, at.backup, { ...BACKUP, prune: true, unique }),
    prepare: (at, made) => place(at, { lake: made.lake, backup: made.former }),
    faultsAfter: (at) => backupFaults(at.backup, FORMER),
    faultsAtEnd: (at) => endFaults(at.backup, NEWEST),
  },
  {
    name: 'restore --from',
    args: (at) => ['restore-from', at.backup, at.lake, '--copy'],
    run: (at, _, unique) => restoreBackup(at.backup, at.lake, { ...RESTORE, unique }),
    prepare: (at, made) => place(at, { backup: made.newest }),
    faultsAfter: async (at) => [
      ...(await restoredFaults(at.lake)),
      ...(await backupFaults(at.backup, NEWEST)),
    ],
    faultsAtEnd: async (at) => [
      ...(await endFaults(at.lake, NEWEST)),
      ...(await endFaults(at.backup, NEWEST)),
    ],
  },
  {
    name: 'restore --from in place of a damaged lake',
    args: (at) => ['restore-from', at.backup, at.lake, '--replace-damaged'],
    run: (at, _, unique) => restoreBackup(at.backup, at.lake, { ...RESTORE, copy: false, unique }),
    prepare: (at, made) => place(at, { lake: made.damaged, backup: made.newest }),
    faultsAfter: async (at, made) => [
      ...((await isCopyOf(at.lake, made.damaged)) ? [] : await restoredFaults(at.lake)),
      ...(await backupFaults(at.backup, NEWEST)),
    ],
    faultsAtEnd: async (at) => [
      ...(await endFaults(at.lake, NEWEST)),
      ...(await endFaults(at.backup, NEWEST)),
    ],
  },
  {
    name: 'restore --as-of',
    args: (at, made) => ['restore-as-of', at.lake, String(made.version)],
    run: async (at, made, unique) => {
      const lake = await openLake(at.lake, { mode: 'write', source: 'simulated', clock, unique })
      await restoreVersion(lake, { to: { version: made.version }, dryRun: false }).finally(() => lake.close())
    },
    prepare: (at, made) => place(at, { lake: made.whole }),
    faultsAfter: (at) => versionFaults(at.lake),
    // A writer leaves new files of others alone for a day, and cannot know that the other was killed.
    faultsAtEnd: async (at) => (await endFaults(at.lake, FORMER)).filter(({ isLeftover }) => !isLeftover),
  },
]

async function store(lake: Lake, from: number, to: number): Promise<void> {
  for (let op = from; op < to; op++) {
    await append(lake, slotCommitOf(op))
    // The table's version is found by its time.
    await clock.sleep(2)
    const { slot, date } = slotAt(0)
    const rest = { symbol: 'SPY', date, source: 'chain', iv30: 0.2, close: 600, vix: 17 } as const
    await upsert(lake, DAILY_OBSERVATIONS, [
      { ...rest, cycles: op, recorded_at: epochMs(slot), definition_version: null, ...NO_DAILY_PRICES },
    ])
    await clock.sleep(2)
  }
}

async function place(at: BackupWorkspace, made: { lake?: string; backup?: string }): Promise<void> {
  for (const name of ['lake', 'backup'] as const) {
    await rm(at[name], { recursive: true, force: true })
    const from = made[name]
    if (from !== undefined) await copyFolder(from, at[name])
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  await cp(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
}

/** A backup must have the operations of the former backup, or those of the lake. */
async function backupFaults(folder: string, former: number): Promise<BackupFault[]> {
  const found = await contentsOf(folder)
  if (found.kind === 'refused') {
    if (former === 0 && found.exitCode === 78) return []
    return [{ kind: former === 0 ? 'unreadable' : 'lost', detail: found.message }]
  }
  return stateFaults(folder, found, [former, NEWEST])
}

/** A lake that is being restored is closed, does not exist, or is whole. */
async function restoredFaults(folder: string): Promise<BackupFault[]> {
  const found = await contentsOf(folder)
  if (found.kind === 'refused') {
    const isClosed = found.exitCode === 75 || found.exitCode === 78
    return isClosed ? [] : [{ kind: 'unreadable', detail: found.message }]
  }
  return stateFaults(folder, found, [NEWEST])
}

/** A lake that goes back to a version has the rows of that version or the newest; its ledger agrees. */
async function versionFaults(folder: string): Promise<BackupFault[]> {
  const found = await contentsOf(folder)
  if (found.kind === 'refused') return [{ kind: 'unreadable', detail: found.message }]
  const known = [FORMER, NEWEST].some((count) => found.rows === expectedRows(count))
  const findings = (await findingsOf(folder)).filter(({ kind }) => kind !== 'unknown_file')
  return [
    ...(known ? [] : [{ kind: 'different', detail: `other rows: ${found.rows.slice(0, 200)}` } as const]),
    ...findings.map(({ path, detail }) => ({ kind: 'different', detail: `${path}: ${detail}` }) as const),
  ]
}

/** Everything must be as after `count` operations, with no finding at all. */
async function endFaults(folder: string, count: number): Promise<BackupFault[]> {
  const found = await contentsOf(folder)
  if (found.kind === 'refused') return [{ kind: 'unfinished', detail: found.message }]
  const findings = await findingsOf(folder)
  const unfinished = (await filesBelow(folder)).filter((path) => /(^|\/)\.(tmp|restoring)/.test(path))
  return [
    ...(await stateFaults(folder, found, [count])),
    ...findings.map((finding): BackupFault => {
      const detail = `${finding.path}: ${finding.detail}`
      return { kind: 'unfinished', detail, ...(finding.kind === 'unknown_file' && { isLeftover: true }) }
    }),
    ...unfinished.map((path): BackupFault => {
      return { kind: 'unfinished', detail: `${path} is unfinished`, isLeftover: true }
    }),
  ]
}

async function stateFaults(
  folder: string,
  found: Contents,
  allowed: readonly number[],
): Promise<BackupFault[]> {
  const count = allowed.find((one) => found.rows === expectedRows(one))
  if (count === undefined) return [{ kind: 'different', detail: `other rows: ${found.rows.slice(0, 200)}` }]
  const wrong = [
    ...(found.reports === expectedReports(count) ? [] : [`other reports: ${found.reports}`]),
    ...(found.cycles === count - 1 ? [] : [`an observation of operation ${found.cycles}`]),
    // Files that no commit names yet are left by an interrupted run, and hidden by the log.
    ...(await findingsOf(folder))
      .filter(({ kind }) => kind !== 'unknown_file')
      .map(({ path, detail }) => `${path}: ${detail}`),
  ]
  return wrong.map((detail) => ({ kind: 'different', detail: `${folder} after ${count}: ${detail}` }))
}

interface Contents {
  readonly kind: 'read'
  /** Number and sum of the rows of each slot and symbol, as text. */
  readonly rows: string
  /** The operations that the ledger names, as text. */
  readonly reports: string
  /** The last operation with an observation. */
  readonly cycles: number | null
}

async function contentsOf(
  folder: string,
): Promise<Contents | { readonly kind: 'refused'; readonly exitCode: number; readonly message: string }> {
  try {
    const lake = await openLake(folder, { mode: 'read', clock })
    return await readContents(lake).finally(() => lake.close())
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return { kind: 'refused', exitCode: error.exitCode, message: error.message }
  }
}

async function readContents(lake: Lake): Promise<Contents> {
  const query =
    `SELECT epoch_ms(timestamp)::DOUBLE, symbol, count(*)::DOUBLE, ${SUM_SQL} ` +
    'FROM option_snapshots GROUP BY ALL ORDER BY ALL'
  const { rows } = await sql(lake, query)
  const reports = (await slots(lake)).filter(({ reason }) => reason !== 'restored')
  const [observation] = await readRows(lake, DAILY_OBSERVATIONS)
  return {
    kind: 'read',
    rows: JSON.stringify(rows),
    reports: reports.map(({ detail, symbol }) => `${symbol} ${detail}`).join(),
    cycles: observation?.cycles ?? null,
  }
}

function expectedRows(count: number): string {
  const rows = [...contentAfter(count)].map(([key, { rows, sum }]) => {
    const [slot, symbol] = key.split(' ')
    return [Number(slot), symbol, rows, sum] as const
  })
  return JSON.stringify(rows.sort((a, b) => a[0] - b[0] || (String(a[1]) < String(b[1]) ? -1 : 1)))
}

function expectedReports(count: number): string {
  const newest = new Map<number, number>()
  for (let op = 0; op < count; op++) newest.set(slotCommitOf(op).slot, op)
  const symbols = [...SYMBOLS].sort()
  return [...newest]
    .sort(([a], [b]) => a - b)
    .flatMap(([, op]) => symbols.map((symbol) => `${symbol} op ${op}`))
    .join()
}

async function findingsOf(folder: string): Promise<readonly Finding[]> {
  return (await verify(folder, { clock })).findings
}

async function isCopyOf(folder: string, made: string): Promise<boolean> {
  const [ours, theirs] = await Promise.all([filesBelow(folder), filesBelow(made)])
  return ours.filter((path) => !path.startsWith('.tmp-')).join() === theirs.join()
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}
