import { randomUUID } from 'node:crypto'
import { link, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import {
  type Action,
  flushFolders,
  type Located,
  type Projection,
  pathFromLog,
  type Transaction,
} from '../../../delta/index.ts'
import type { EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import {
  commit,
  commitText,
  exists,
  ioFailure,
  loadTable,
  putIfAbsent,
  renameIntoPlace,
  writeAtomically,
} from '../../delta.ts'
import type { Layout } from '../../layout.ts'
import { commitInfo } from '../../tables/commit-info.ts'
import { rowsConflict } from '../../tables/snapshot-table.ts'
import type { StagedFile } from '../../write/data-file.ts'
import type { Repair } from '../findings.ts'
import type { LogPlan } from './plan-log.ts'
import { freeNameInQuarantine, moveToQuarantine } from './quarantine.ts'
import type { SurvivingLog } from './surviving-log.ts'

/** What a repair does to one table. Made and checked before anything is changed. */
export interface TablePlan {
  readonly log: SurvivingLog
  /** Files that leave the table, and files on disk that join it. */
  readonly actions: readonly Action[]
  /** Writes new data files under temporary names. */
  stage(): Promise<readonly StagedFile[]>
  /** Damaged files of the table, absolute. */
  readonly damaged: readonly string[]
  /** Files that no commit names and that are not needed, absolute. */
  readonly leftover: readonly string[]
  /** Corrected ledger rows. */
  readonly reports: readonly LedgerRow[]
  readonly transaction: Transaction | null
  readonly repairs: readonly Repair[]
}

/**
 * Carries out a plan. The table cannot be read while a commit is lost, and the last replacement has all changes that can
 * be made there, so no reader sees half of them. After an interruption, what is left to do is found again: data files
 * prove themselves, and damaged files stay in the quarantine.
 * @throws Failure EXIT.io; EXIT.tryLater when another program commits a conflicting change.
 */
export async function carryOut<File extends Located, Facts>(
  layout: Layout,
  {
    plan,
    log,
    projection,
    now,
  }: {
    plan: TablePlan
    log: LogPlan
    projection: Projection<File, Facts>
    now: EpochMs
  },
): Promise<void> {
  const staged = await plan.stage()
  await renameIntoPlace(staged.map(({ file }) => file))
  for (const path of [...log.checkpoints, ...plan.damaged]) await moveToQuarantine(layout, path)
  const actions = [
    ...(plan.transaction ? [{ txn: plan.transaction }] : []),
    ...plan.actions,
    ...staged.map(({ add }) => ({ add })),
  ]
  const { now: inReplacement, later } = split(plan.log, log, actions)
  // Newest first: the others have nothing that is not in it.
  const newest = log.replaced.at(-1)
  for (const one of [...log.replaced].reverse()) {
    const own = one === newest ? [...one.actions, ...inReplacement] : one.actions
    await replaceCommit(layout, one.path, [commitInfo('REPAIR', { timestamp: now }), ...own])
  }
  await commitRest(plan, { description: log.description, later, projection, now })
  for (const path of plan.leftover) await moveToQuarantine(layout, path)
}

async function commitRest<File extends Located, Facts>(
  { log, reports }: TablePlan,
  {
    description,
    later,
    projection,
    now,
  }: {
    description: readonly Action[]
    later: readonly Action[]
    projection: Projection<File, Facts>
    now: EpochMs
  },
): Promise<void> {
  if (later.length === 0 && reports.length === 0) return
  const table = await loadTable(log.folder, projection, { unique: randomUUID, conflict: rowsConflict })
  const info = commitInfo('REPAIR', { timestamp: now, reports })
  const outcome = await commit(table, log.version, [info, ...description, ...later])
  if (outcome.kind === 'committed') return
  throw new Failure(EXIT.tryLater, `${table.folder}: ${outcome.reason} during the repair: run it again`)
}

/**
 * Which actions go into the newest replaced commit. Later commits must not mention the same file, and a later checkpoint
 * must not have been written without them.
 */
function split(
  { checkpoint, commits }: SurvivingLog,
  { replaced }: LogPlan,
  actions: readonly Action[],
): { now: readonly Action[]; later: readonly Action[] } {
  const newest = replaced.at(-1)
  if (!newest || newest.version <= (checkpoint?.version ?? -1)) return { now: [], later: actions }
  const mentioned = new Set(
    commits.flatMap((one) => (one.version > newest.version ? one.actions.flatMap(pathOf) : [])),
  )
  // A later commit may have a transaction of the same application.
  const isLater = (action: Action) => 'txn' in action || pathOf(action).some((path) => mentioned.has(path))
  return { now: actions.filter((action) => !isLater(action)), later: actions.filter(isLater) }
}

function pathOf(action: Action): string[] {
  if ('add' in action) return [pathFromLog(action.add.path) ?? action.add.path]
  return 'remove' in action ? [pathFromLog(action.remove.path) ?? action.remove.path] : []
}

/** Replaces a lost commit. A damaged one is kept in the quarantine, and its name is never free in between. */
async function replaceCommit(layout: Layout, path: string, actions: readonly Action[]): Promise<void> {
  const file = { path, bytes: Buffer.from(commitText(actions)), unique: randomUUID(), below: dirname(path) }
  if (!(await exists(path))) {
    if ((await putIfAbsent(file)) === 'written') return
    throw new Failure(EXIT.tryLater, `${path}: another program committed this version: run the repair again`)
  }
  const copy = await freeNameInQuarantine(layout, path)
  try {
    await mkdir(dirname(copy), { recursive: true })
    await link(path, copy)
    await flushFolders(dirname(copy), layout.root)
  } catch (error) {
    throw ioFailure('keep', path, error)
  }
  await writeAtomically(file)
}
