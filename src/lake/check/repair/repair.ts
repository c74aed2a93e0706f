import { randomUUID } from 'node:crypto'
import { openLog } from '../../../delta/log.ts'
import { lockForWriting } from '../../../delta/writer-lock.ts'
import type { Clock } from '../../../market/clock.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { type Layout, layoutOf } from '../../layout.ts'
import { type Lake, openLake } from '../../open.ts'
import { SLOTS } from '../../tables/small-tables.ts'
import type { ProgressOptions } from '../findings.ts'
import type { Repair, RepairReport } from '../repair-finding.ts'
import { verifySmallTables } from '../verify/small-tables.ts'
import { verifySnapshots } from '../verify/snapshots.ts'
import { realFolder, verify, verifyLogs } from '../verify/verify.ts'
import { planSmallTableRepair, planSnapshotRepair, repairSmallTable, repairSnapshots } from './data-files.ts'
import { recommitFiles } from './recommit-files.ts'
import { planLogRepair, repairLog } from './table-log.ts'

export interface RepairOptions extends ProgressOptions {
  readonly clock: Clock
  /** Says what would be done and does nothing. */
  readonly dryRun: boolean
}

/**
 * Makes a damaged lake sound again, of what is left of it: damaged and unknown files go to the quarantine, the log and
 * the ledger then say what is there, and files whose commit is lost are named again where they prove to be ours.
 * Nothing is deleted. What was interrupted is taken up by the next call.
 * @throws Failure EXIT.tryLater while another process writes the lake; EXIT.io when the disk refuses, or the
 * description of a table is lost; EXIT.configuration when there is no lake or it is of a newer version.
 */
export async function repair(root: string, options: RepairOptions): Promise<RepairReport> {
  const { clock, dryRun, ...watching } = options
  const layout = layoutOf(await realFolder(root))
  const inLog = await repairLogs(layout, options)
  // With a dry run a log that cannot be read stays so, and what lies behind it stays unknown.
  const isReadable = !dryRun || inLog.every(({ kind }) => kind !== 'commit_replaced')
  const inData = isReadable ? await repairTables(layout, options) : []
  const { findings } = await verify(layout.root, { ...watching, clock })
  return { dryRun, repairs: [...inLog, ...inData], findings }
}

async function repairLogs(layout: Layout, { clock, dryRun }: RepairOptions): Promise<Repair[]> {
  const lock = await lockForWriting(layout.root)
  try {
    const repairs: Repair[] = []
    const logs = await verifyLogs(layout.root)
    // All of the plan before any of the deeds: one that cannot be made leaves everything as it is.
    const plans = await Promise.all(logs.map(planLogRepair))
    for (const plan of plans) {
      repairs.push(...plan.repairs)
      if (!dryRun) await repairLog(layout, plan)
    }
    const isLost = plans.some(({ folder, commits }) => folder === layout.log && commits.length > 0)
    if (!isLost || dryRun) return repairs
    const log = await openLog(layout.log, randomUUID)
    return [...repairs, ...(await recommitFiles(log, { now: clock.now(), dryRun, before: Date.now() }))]
  } finally {
    await lock.release()
  }
}

async function repairTables(layout: Layout, options: RepairOptions): Promise<Repair[]> {
  const { clock, dryRun } = options
  const reader = await openLake(layout.root, { mode: 'read', clock })
  if (dryRun) return closing(reader, (lake) => repairOpen(lake, options))
  await reader.close()
  const { source } = reader
  const writer = await openLake(layout.root, { mode: 'write', source, clock })
  return closing(writer, async (lake) => {
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
  const data = await verifySnapshots(lake, { ...options, before, withLedger })
  repairs.push(...planSnapshotRepair(lake, data))
  if (!dryRun) await repairSnapshots(lake, data)
  return repairs
}

async function closing<T>(lake: Lake, work: (lake: Lake) => Promise<T>): Promise<T> {
  try {
    return await work(lake)
  } finally {
    await lake.close()
  }
}

/** @throws Failure EXIT.io when something is wrong that was not, or could not be, repaired. */
export function checkRepaired({ dryRun, findings }: RepairReport): void {
  if (dryRun || findings.length === 0) return
  throw new Failure(
    EXIT.io,
    `${findings.length} findings are left: ${findings[0]?.path}: ${findings[0]?.detail}`,
  )
}
