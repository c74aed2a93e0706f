import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  type Action,
  type Add,
  LAST_CHECKPOINT,
  READER_VERSION,
  WRITER_VERSION,
} from '../../../delta/index.ts'
import type { EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { type LakeSource, newMetaData, sourceIn, type TableSchema } from '../../tables/schema.ts'
import type { Repair } from '../findings.ts'
import { type FoundCommit, ReplayedPaths } from '../verify/table-log.ts'
import type { TableLogFindings } from '../verify/verify.ts'
import type { SurvivingLog } from './surviving-log.ts'

/** The repairs of one table's log. */
export interface LogPlan {
  /** Replacements of missing and damaged commits, oldest first. */
  readonly replaced: readonly ReplacedCommit[]
  /** Paths of broken checkpoints and `_last_checkpoint`. They are not needed, because the commits contain the same. */
  readonly checkpoints: readonly string[]
  /** Protocol and metadata of a table without any commit; empty for other tables. */
  readonly description: readonly Action[]
  readonly repairs: readonly Repair[]
}

export interface ReplacedCommit {
  readonly version: number
  readonly path: string
  readonly actions: readonly Action[]
}

/**
 * Plans the repairs of a log. A lost commit that a later checkpoint covers is reconstructed from it. Any other is replaced
 * with one that changes nothing; the changes that the data files prove are then made by the plan of the table. The
 * description of a table is known from the program, but for the source of its rows, which another table may tell.
 * @param source of another table of the lake; null if none is known.
 * @throws Failure EXIT.io when the source is lost.
 */
export function planLog(
  log: SurvivingLog,
  { schema, source, now }: { schema: TableSchema; source: LakeSource | null; now: EpochMs },
): LogPlan {
  const { folder, findings } = log.found
  const checkpoints = findings.filter(({ kind }) => kind === 'broken_checkpoint').map(({ path }) => path)
  // A pointer to a quarantined checkpoint would be broken too.
  if (checkpoints.length > 0) checkpoints.push(join(folder, LAST_CHECKPOINT))
  const description = missingDescription(log, { schema, source, now })
  const replaced = log.lost.map((lost) => ({
    version: lost.version,
    path: lost.path,
    actions: reconstructed(log.found, lost) ?? (lost.version === 0 ? description : []),
  }))
  return {
    replaced,
    checkpoints: [...new Set(checkpoints)],
    description: replaced.some(({ version }) => version === 0) ? [] : description,
    repairs: [
      ...replaced.map(
        ({ path }): Repair => ({
          kind: 'commit_replaced',
          path,
          detail: 'the commit is lost; what the data files prove is committed again',
        }),
      ),
      ...[...new Set(checkpoints)].map(
        (path): Repair => ({ kind: 'quarantined', path, detail: 'not needed: the commits contain the same' }),
      ),
    ],
  }
}

/** Protocol and metadata if no surviving action has them. @throws Failure when the source of the rows is unknown. */
function missingDescription(
  { found, checkpoint, commits, remains }: SurvivingLog,
  { schema, source, now }: { schema: TableSchema; source: LakeSource | null; now: EpochMs },
): Action[] {
  const surviving = [...(checkpoint?.actions ?? []), ...commits.flatMap(({ actions }) => actions)]
  const has = (key: 'protocol' | 'metaData') => surviving.some((action) => key in action)
  const missing: Action[] = []
  if (!has('protocol')) {
    missing.push({ protocol: { minReaderVersion: READER_VERSION, minWriterVersion: WRITER_VERSION } })
  }
  if (!has('metaData')) {
    const left = remains.flatMap((action) => ('metaData' in action ? [action.metaData] : []))[0]
    const known = source ?? sourceIn(left?.configuration ?? {})
    if (known === null) {
      throw new Failure(
        EXIT.io,
        `${found.folder}: the commit that describes the table is lost, and no checkpoint has it: restore it from a copy`,
      )
    }
    missing.push({ metaData: newMetaData(schema, { id: left?.id ?? randomUUID(), source: known, now }) })
  }
  return missing
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
  const tombstones = new Map(
    checkpoint.actions.flatMap((action) =>
      'remove' in action ? [[action.remove.path, action] as const] : [],
    ),
  )
  const removed = [...(before.paths ?? [])].filter((path) => !after.has(path) && !removedLater.has(path))
  const added = checkpoint.actions.filter(
    (action) => 'add' in action && !before.paths?.has(action.add.path) && !addedLater.has(action.add.path),
  )
  const description = checkpoint.actions.filter((action) => 'protocol' in action || 'metaData' in action)
  const removals = removed.map(
    (path): Action => tombstones.get(path) ?? { remove: { path, dataChange: true } },
  )
  return [...(lost.version === 0 ? description : []), ...removals, ...added]
}
