import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../market/clock.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { lockForWriting } from '../../delta.ts'
import { type Layout, layoutOf } from '../../layout.ts'
import { type Lake, openLake } from '../../open.ts'
import type { ProgressOptions } from '../../progress.ts'
import { SLOTS } from '../../tables/small-tables.ts'
import { loadSnapshotTable } from '../../tables/snapshot-table.ts'
import type { Repair, RepairReport } from '../findings.ts'
import { verifySmallTables } from '../verify/small-tables.ts'
import { verifySnapshots } from '../verify/snapshots.ts'
import { realFolder, verify, verifyLogs } from '../verify/verify.ts'
import { planSmallTableRepair, planSnapshotRepair, repairSmallTable, repairSnapshots } from './data-files.ts'
import { recommitFiles } from './recommit-files.ts'
import { planLogRepair, repairLog } from './table-log.ts'

export interface RepairOptions extends ProgressOptions {
  readonly clock: Clock
  /** Only plans the repairs. */
  readonly dryRun: boolean
}

/**
 * Repairs a damaged lake with the remaining data. Damaged and unknown files are moved to the quarantine, the log and
 * ledger are corrected to match the intact files, and files whose commit was lost are committed again if their name
 * proves their contents. Nothing is deleted. After an interruption, the next call continues.
 * @throws Failure EXIT.tryLater while another process has the lake open for writing; EXIT.io when a disk operation
 * fails, or when the commit with a table's metadata is lost; EXIT.configuration when there is no lake, or a newer
 * version wrote it.
 */
export async function repair(root: string, options: RepairOptions): Promise<RepairReport> {
  const { clock, dryRun, ...progress } = options
  const layout = layoutOf(await realFolder(root))
  const logRepairs = await repairLogs(layout, options)
  // A dry run leaves a broken log unchanged, and its data files cannot be checked.
  const isReadable = !dryRun || logRepairs.every(({ kind }) => kind !== 'commit_replaced')
  const tableRepairs = isReadable ? await repairTables(layout, options) : []
  const { findings } = await verify(layout.root, { ...progress, clock })
  return { dryRun, repairs: [...logRepairs, ...tableRepairs], findings }
}

async function repairLogs(layout: Layout, { clock, dryRun }: RepairOptions): Promise<Repair[]> {
  const lock = await lockForWriting(layout.root)
  try {
    const repairs: Repair[] = []
    const logs = await verifyLogs(layout.root)
    // All plans are made before the first change, so that nothing changes if one fails.
    const plans = await Promise.all(logs.map(planLogRepair))
    for (const plan of plans) {
      repairs.push(...plan.repairs)
      if (!dryRun) await repairLog(layout, plan)
    }
    const hasLostCommits = plans.some(({ folder, commits }) => folder === layout.log && commits.length > 0)
    if (!hasLostCommits || dryRun) return repairs
    const table = await loadSnapshotTable(layout.table, randomUUID)
    return [...repairs, ...(await recommitFiles(table, { now: clock.now(), before: Date.now() }))]
  } finally {
    await lock.release()
  }
}

async function repairTables(layout: Layout, options: RepairOptions): Promise<Repair[]> {
  const { clock, dryRun } = options
  const reader = await openLake(layout.root, { mode: 'read', clock })
  if (dryRun) return withLake(reader, (lake) => repairOpen(lake, options))
  await reader.close()
  const { source } = reader
  const writer = await openLake(layout.root, { mode: 'write', source, clock })
  return withLake(writer, async (lake) => {
    const cleared = lake.cleared.quarantined.map(
      (path): Repair => ({
        kind: 'quarantined',
        path: `${layout.table}/${path}`,
        detail: 'no commit names it',
      }),
    )
    return [...cleared, ...(await repairOpen(lake, options))]
  })
}

async function repairOpen(lake: Lake, options: RepairOptions): Promise<Repair[]> {
  const { dryRun } = options
  const before = Date.now()
  const repairs: Repair[] = []
  let withLedger = true
  for (const found of await verifySmallTables(lake, before)) {
    repairs.push(...(dryRun ? planSmallTableRepair(lake, found) : await repairSmallTable(lake, found)))
    if (dryRun && found.table.name === SLOTS.name && found.bad.length > 0) withLedger = false
  }
  const snapshots = await verifySnapshots(lake, { ...options, before, withLedger })
  repairs.push(...planSnapshotRepair(lake, snapshots))
  if (!dryRun) await repairSnapshots(lake, snapshots)
  return repairs
}

async function withLake<T>(lake: Lake, work: (lake: Lake) => Promise<T>): Promise<T> {
  try {
    return await work(lake)
  } finally {
    await lake.close()
  }
}

/** @throws Failure EXIT.io when findings are left after a repair. */
export function checkRepaired({ dryRun, findings }: RepairReport): void {
  if (dryRun || findings.length === 0) return
  throw new Failure(
    EXIT.io,
    `${findings.length} findings are left: ${findings[0]?.path}: ${findings[0]?.detail}`,
  )
}
