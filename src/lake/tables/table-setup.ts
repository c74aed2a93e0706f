import { type Action, SEALED } from '../../delta/actions.ts'
import { commit, type Log, refresh } from '../../delta/log.ts'
import type { Table } from '../../delta/table.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import * as schema from './schema.ts'
import { checkSchema, compareSchema, evolutionOf } from './schema-evolution.ts'

/** A table that is about to be used. */
export interface TableSetup {
  /** For messages. */
  readonly folder: string
  readonly schema: schema.TableSchema
  readonly mode: 'write' | 'read'
  /** What it must hold rows of; undefined where anything will do. */
  readonly source: schema.LakeSource | undefined
  readonly now: number
}

/**
 * Makes sure that a table is ours and can be used in that way, and returns its source. For writing, a table without
 * commits is made, and one that an older program wrote is told of the columns that came since: in a commit of its own,
 * after which the older program can still read it and no longer write it.
 * @throws Failure EXIT.configuration when its source is another, or it is of a newer version or none of ours.
 */
export async function setUpTable<File extends { readonly path: string }>(
  log: Log<File>,
  setup: TableSetup,
): Promise<schema.LakeSource> {
  if (log.table.version < 0 && setup.mode === 'write') await createTable(log, setup)
  const source = schema.sourceOf(log.table.metaData?.configuration ?? {}, setup.folder)
  if (setup.source !== undefined && setup.source !== source) {
    throw new Failure(
      EXIT.configuration,
      `${setup.folder} holds rows of source "${source}", this run has source "${setup.source}": use another lake folder`,
    )
  }
  if (setup.mode === 'write') checkWriter(log.table, setup.folder)
  await checkColumns(log, setup)
  return source
}

async function createTable<File extends { readonly path: string }>(
  log: Log<File>,
  { schema: columns, source, now }: TableSetup,
): Promise<void> {
  if (source === undefined) throw new RangeError('a new table needs a source')
  const actions: Action[] = [
    {
      commitInfo: {
        timestamp: now,
        operation: 'CREATE TABLE',
        engineInfo: schema.ENGINE,
        optionlake: SEALED,
      },
    },
    { protocol: { minReaderVersion: schema.READER_VERSION, minWriterVersion: schema.WRITER_VERSION } },
    { metaData: schema.newMetaData(columns, { id: log.unique(), source, now }) },
  ]
  await commit(log, -1, actions)
}

async function checkColumns<File extends { readonly path: string }>(
  log: Log<File>,
  { folder, schema: columns, mode, now }: TableSetup,
): Promise<void> {
  const { metaData, version } = log.table
  if (metaData === null)
    throw new Failure(EXIT.io, `${folder} has no description of itself: restore it from a copy`)
  const standing = compareSchema(metaData, columns, folder)
  checkSchema(standing, mode, folder)
  if (standing.kind !== 'older' || mode === 'read') return
  const outcome = await commit(log, version, evolutionOf(standing.metaData, now))
  // Somebody changed the table itself meanwhile: look again at what it has become.
  if (outcome.kind === 'conflict') {
    await refresh(log)
    await checkColumns(log, { folder, schema: columns, mode, source: undefined, now })
  }
}

function checkWriter(table: Table<{ readonly path: string }>, folder: string): void {
  const version = table.protocol?.minWriterVersion ?? 0
  if (version <= schema.WRITER_VERSION) return
  throw new Failure(
    EXIT.configuration,
    `${folder} needs Delta writer version ${version}, this program has ${schema.WRITER_VERSION}: update optionlake`,
  )
}
