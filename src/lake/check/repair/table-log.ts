import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Action, type Add, commitText, parseAction, SEALED } from '../../../delta/actions.ts'
import { ioFailure, putIfAbsent } from '../../../delta/atomic-file.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { matchesChecksum } from '../../checksum.ts'
import { LAST_CHECKPOINT, type Layout, pathFromLog } from '../../layout.ts'
import { ENGINE } from '../../tables/schema.ts'
import { SHA256_TAG } from '../../write/data-file.ts'
import type { Repair } from '../repair-finding.ts'
import { type FoundCommit, ReplayedPaths } from '../verify/table-log.ts'
import type { TableLogFindings } from '../verify/verify.ts'
import { moveToQuarantine } from './quarantine.ts'

/** What is to be done about one table's log. */
export interface LogRepairPlan {
  readonly folder: string
  readonly repairs: readonly Repair[]
  /** What stands in the place of commits that are missing or damaged. */
  readonly commits: readonly { readonly path: string; readonly actions: readonly Action[] }[]
  /** Checkpoints and the pointer to them that say what is not so. The commits make up for them. */
  readonly checkpoints: readonly string[]
}

/**
 * What is to be done about a log. In the place of a commit that is lost stands what a later checkpoint knows of it; else
 * that of it which proves itself: an added file whose bytes have the checksum that the line gives, a removal beside
 * such a file, and the description of the table.
 * @throws Failure EXIT.io when the description of the table is lost, which nothing else can tell.
 */
export async function planLogRepair(log: TableLogFindings): Promise<LogRepairPlan> {
  const { folder, findings } = log
  const checkpoints = findings.filter(({ kind }) => kind === 'broken_checkpoint').map(({ path }) => path)
  // A pointer to a checkpoint that is gone is of no use to anybody.
  if (checkpoints.length > 0) checkpoints.push(join(folder, LAST_CHECKPOINT))
  const replaced: LogRepairPlan['commits'][number][] = []
  for (const lost of log.commits.filter(({ actions }) => actions === null)) {
    const proven = knownOf(log, lost) ?? (await provenOf(folder, lost))
    const info = { commitInfo: { operation: 'REPAIR', engineInfo: ENGINE, optionlake: SEALED } }
    replaced.push({ path: lost.path, actions: [info, ...proven] })
  }
  if (replaced.length > 0) checkDescription(log, replaced)
  const repairs = [
    ...replaced.map(({ path, actions }): Repair => {
      const files = actions.filter((action) => 'add' in action).length
      return { kind: 'commit_replaced', path, detail: `${files} files of it could be proven` }
    }),
    ...[...new Set(checkpoints)].map((path): Repair => {
      return { kind: 'quarantined', path, detail: 'the commits make up for it' }
    }),
  ]
  return { folder, repairs, commits: replaced, checkpoints }
}

/** Does it, the damaged files first going to the quarantine. Call it with the writer's lock held. @throws Failure EXIT.io */
export async function repairLog(
  layout: Layout,
  { folder, commits, checkpoints }: LogRepairPlan,
): Promise<void> {
  for (const path of checkpoints) await moveToQuarantine(layout, path)
  for (const { path, actions } of commits) {
    await moveToQuarantine(layout, path)
    await putIfAbsent({ path, bytes: Buffer.from(commitText(actions)), unique: randomUUID(), below: folder })
  }
}

/**
 * What a lost commit did, where a later checkpoint tells: what the checkpoint has and no other commit added, and the
 * other way round. The first of several lost ones stands for all. Null without such a checkpoint.
 */
function knownOf({ commits, checkpoints }: TableLogFindings, lost: FoundCommit): Action[] | null {
  const checkpoint = checkpoints.find(({ version }) => version >= lost.version)
  if (!checkpoint) return null
  const earlier = checkpoints.findLast(({ version }) => version < lost.version)
  const before = new ReplayedPaths(!earlier)
  if (earlier) before.beginAt(earlier.actions)
  const from = earlier ? earlier.version + 1 : 0
  const between = commits.filter(({ version }) => version >= from && version <= checkpoint.version)
  if (between.some((commit) => commit.actions === null && commit.version < lost.version)) return []
  const known = between.flatMap(({ version, actions }) => (version < lost.version ? (actions ?? []) : []))
  before.follow(known)
  const later = between.flatMap(({ version, actions }) => (version > lost.version ? (actions ?? []) : []))
  const named = (kind: 'add' | 'remove') =>
    new Set(later.flatMap((action) => (kind in action ? [(action as Record<string, Add>)[kind]?.path] : [])))
  const [addedLater, removedLater] = [named('add'), named('remove')]
  const after = new Set(checkpoint.actions.flatMap((action) => ('add' in action ? [action.add.path] : [])))
  const gone = [...(before.paths ?? [])].filter((path) => !after.has(path) && !removedLater.has(path))
  const came = checkpoint.actions.filter(
    (action) => 'add' in action && !before.paths?.has(action.add.path) && !addedLater.has(action.add.path),
  )
  const description = checkpoint.actions.filter((action) => 'protocol' in action || 'metaData' in action)
  const removals = gone.map((path): Action => ({ remove: { path, dataChange: true } }))
  return [...(lost.version === 0 ? description : []), ...removals, ...came]
}

async function provenOf(folder: string, { path }: FoundCommit): Promise<Action[]> {
  const actions = (await linesOf(path)).flatMap((line) => actionOrNone(line, path))
  const adds: Add[] = []
  for (const action of actions) {
    if ('add' in action && (await isProven(dirname(folder), action.add))) adds.push(action.add)
  }
  const isBeside = (partition: string) => adds.some((add) => partitionOf(add.path) === partition)
  return actions.filter((action) => {
    if ('add' in action) return adds.includes(action.add)
    if ('remove' in action) return isBeside(partitionOf(action.remove.path))
    return 'protocol' in action || 'metaData' in action || 'txn' in action
  })
}

/** The lines that are there; none of a commit that is missing. */
async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw ioFailure('read', path, error)
  })
  return text.split('\n')
}

/** A line that cannot be read is what this is about. */
function actionOrNone(line: string, path: string): Action[] {
  try {
    return parseAction(JSON.parse(line), path)
  } catch {
    return []
  }
}

async function isProven(table: string, add: Add): Promise<boolean> {
  const path = pathFromLog(add.path)
  const expected = add.tags?.[SHA256_TAG]
  if (path === null || !expected) return false
  const bytes = await readFile(join(table, path)).catch(() => null)
  return bytes !== null && matchesChecksum(bytes, expected)
}

function partitionOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** A table is nothing without its description: not even its source could be told. */
function checkDescription(
  { folder, commits, checkpoints }: TableLogFindings,
  replaced: readonly { readonly actions: readonly Action[] }[],
): void {
  const all = [...commits, ...checkpoints, ...replaced]
  const has = (key: 'protocol' | 'metaData') =>
    all.some(({ actions }) => actions?.some((action) => key in action) ?? false)
  if (has('protocol') && has('metaData')) return
  throw new Failure(
    EXIT.io,
    `${folder}: the commit that describes the table is lost, and no checkpoint has it: restore it from a copy`,
  )
}
