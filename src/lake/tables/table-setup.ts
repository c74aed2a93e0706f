import {
  type Action,
  type DeltaTable,
  type Located,
  READER_VERSION,
  WRITER_VERSION,
} from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { checkWritable, commit, refresh } from '../delta.ts'
import { commitInfo } from './commit-info.ts'
import * as schema from './schema.ts'
import { checkSchema, compareSchema } from './schema-evolution.ts'

/** How a table will be used. */
export interface TableSetup {
  readonly schema: schema.TableSchema
  readonly mode: 'write' | 'read'
  /** The source that the table must have; undefined accepts any. */
  readonly source: schema.LakeSource | undefined
  readonly now: number
}

/**
 * Checks that a table is ours and can be used in this mode, and returns its source. In write mode, a table without
 * commits is created, and columns that an older program did not know are added in a separate commit. The older program
 * can then still read the table, but no longer write to it.
 * @throws Failure EXIT.configuration when the table has another source, was written by a newer version, or is not ours.
 */
export async function setUpTable<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  setup: TableSetup,
): Promise<schema.LakeSource> {
  const { folder } = table
  if (table.state.version < 0 && setup.mode === 'write') await makeTable(table, setup)
  const source = schema.sourceOf(table.state.metaData?.configuration ?? {}, folder)
  if (setup.source !== undefined && setup.source !== source) {
    throw new Failure(
      EXIT.configuration,
      `${folder} holds rows of source "${source}", this run has source "${setup.source}": use another lake folder`,
    )
  }
  if (setup.mode === 'write') checkWritable(table.state, folder)
  await checkColumns(table, setup)
  return source
}

async function makeTable<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  { schema: columns, source, now }: TableSetup,
): Promise<void> {
  if (source === undefined) throw new RangeError('a new table needs a source')
  const actions: Action[] = [
    commitInfo('CREATE TABLE', { timestamp: now }),
    { protocol: { minReaderVersion: READER_VERSION, minWriterVersion: WRITER_VERSION } },
    { metaData: schema.newMetaData(columns, { id: table.unique(), source, now }) },
  ]
  await commit(table, -1, actions)
}

async function checkColumns<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  { schema: columns, mode, now }: TableSetup,
): Promise<void> {
  const { folder, state } = table
  if (state.metaData === null) throw new Failure(EXIT.io, `${folder} has no metadata: restore it from a copy`)
  const comparison = compareSchema(state.metaData, columns, folder)
  checkSchema(comparison, mode, folder)
  if (comparison.kind !== 'older' || mode === 'read') return
  const info = commitInfo('ADD COLUMNS', { timestamp: now })
  const outcome = await commit(table, state.version, [info, { metaData: comparison.metaData }])
  // Another writer has changed the table's schema or protocol, so check again.
  if (outcome.kind === 'conflict') {
    await refresh(table)
    await checkColumns(table, { schema: columns, mode, now, source: undefined })
  }
}
