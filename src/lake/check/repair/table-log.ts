import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Action, type Add, LAST_CHECKPOINT, pathFromLog } from '../../../delta/index.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { matchesChecksum } from '../../checksum.ts'
import { commitText, ioFailure, parseAction, putIfAbsent } from '../../delta.ts'
import type { Layout } from '../../layout.ts'
import { commitInfo } from '../../tables/commit-info.ts'
import { SHA256_TAG } from '../../tables/data-files.ts'
import type { Repair } from '../findings.ts'
import { type FoundCommit, ReplayedPaths } from '../verify/table-log.ts'
import type { TableLogFindings } from '../verify/verify.ts'
import { moveToQuarantine } from './quarantine.ts'

/** The repairs of one table's log. */
interface LogRepairPlan {
  readonly folder: string
  readonly repairs: readonly Repair[]
  /** Replacements of missing and damaged commits. */
  readonly commits: readonly { readonly path: string; readonly actions: readonly Action[] }[]
  /** Paths of broken checkpoints and `_last_checkpoint`. They are not needed, because the commits contain the same. */
  readonly checkpoints: readonly string[]
}

/**
 * Plans the repairs of a log. A lost commit is reconstructed from a later checkpoint. Without one, the provable actions
 * of the commit are kept: additions of files whose bytes match the checksum in the action, removals in the same
 * partition as such a file, and the table's protocol and metadata.
 * @throws Failure EXIT.io when the protocol or metadata is lost, because nothing can replace it.
 */
export async function planLogRepair(log: TableLogFindings): Promise<LogRepairPlan> {
  const { folder, findings } = log
  const checkpoints = findings.filter(({ kind }) => kind === 'broken_checkpoint').map(({ path }) => path)
  // A pointer to a quarantined checkpoint would be broken too.
  if (checkpoints.length > 0) checkpoints.push(join(folder, LAST_CHECKPOINT))
  const replaced: LogRepairPlan['commits'][number][] = []
  for (const lost of log.commits.filter(({ actions }) => actions === null)) {
    const actions = reconstructed(log, lost) ?? (await provenActions(folder, lost))
    const info = commitInfo('REPAIR')
    replaced.push({ path: lost.path, actions: [info, ...actions] })
  }
  if (replaced.length > 0) checkDescription(log, replaced)
  const repairs = [
    ...replaced.map(({ path, actions }): Repair => {
      const files = actions.filter((action) => 'add' in action).length
      return { kind: 'commit_replaced', path, detail: `${files} files of the commit could be proven` }
    }),
    ...[...new Set(checkpoints)].map((path): Repair => {
      return { kind: 'quarantined', path, detail: 'not needed: the commits contain the same' }
    }),
  ]
  return { folder, repairs, commits: replaced, checkpoints }
}

/**
 * Moves damaged files to the quarantine and writes the replacements. The caller holds the writer's lock.
 * @throws Failure EXIT.io
 */
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
 * The actions of a lost commit, derived from a later checkpoint. The commit added the checkpoint's files that no other
 * commit added, and removed the missing files that no other commit removed. If several commits are lost, the first gets
 * the actions of all. Null without such a checkpoint.
 */
function reconstructed({ commits, checkpoints }: TableLogFindings, lost: FoundCommit): Action[] | null {
  const checkpoint = checkpoints.find(({ version }) => version >= lost.version)
  if (!checkpoint) return null
  const earlier = checkpoints.findLast(({ version }) => version < lost.version)
  const before = new ReplayedPaths(!earlier)
  if (earlier) before.startFrom(earlier.actions)
  const from = earlier ? earlier.version + 1 : 0
  const between = commits.filter(({ version }) => version >= from && version <= checkpoint.version)
  if (between.some((commit) => commit.actions === null && commit.version < lost.version)) return []
  const earlierActions = between.flatMap(({ version, actions }) =>
    version < lost.version ? (actions ?? []) : [],
  )
  before.apply(earlierActions)
  const laterActions = between.flatMap(({ version, actions }) =>
    version > lost.version ? (actions ?? []) : [],
  )
  const named = (kind: 'add' | 'remove') =>
    new Set(
      laterActions.flatMap((action) => (kind in action ? [(action as Record<string, Add>)[kind]?.path] : [])),
    )
  const [addedLater, removedLater] = [named('add'), named('remove')]
  const after = new Set(checkpoint.actions.flatMap((action) => ('add' in action ? [action.add.path] : [])))
  const removed = [...(before.paths ?? [])].filter((path) => !after.has(path) && !removedLater.has(path))
  const added = checkpoint.actions.filter(
    (action) => 'add' in action && !before.paths?.has(action.add.path) && !addedLater.has(action.add.path),
  )
  const description = checkpoint.actions.filter((action) => 'protocol' in action || 'metaData' in action)
  const removals = removed.map((path): Action => ({ remove: { path, dataChange: true } }))
  return [...(lost.version === 0 ? description : []), ...removals, ...added]
}

/** The provable actions in the rest of a damaged commit. */
async function provenActions(folder: string, { path }: FoundCommit): Promise<Action[]> {
  const actions = (await linesOf(path)).flatMap((line) => actionsIn(line, path))
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

/** The lines of a commit file; none if it does not exist. */
async function linesOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw ioFailure('read', path, error)
  })
  return text.split('\n')
}

/** The actions of one line; empty if the line is damaged. */
function actionsIn(line: string, path: string): Action[] {
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

/** @throws Failure if protocol or metadata is lost: a table is unusable without them, as even its source is unknown. */
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
