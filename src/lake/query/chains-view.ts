import type { DuckDBConnection } from '@duckdb/node-api'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'

/** A column of the view `chains` that `option_snapshots` has not, or under another name. */
export interface ViewColumn {
  readonly name: string
  /** In the words of docs/lake.md. */
  readonly type: string
  readonly unit: string
  readonly nullable: boolean
  readonly doc: string
  /** DuckDB's expression over `option_snapshots`. */
  readonly sql: string
}

/** Names that SQL reserves or pandas uses itself, and their names in the view. */
export const RENAMED: Readonly<Record<string, string>> = { right: 'option_right', flags: 'quality_flags' }

const flag = (bit: number) => `flags & ${bit} <> 0`

/** The columns of the view `chains` that are not columns of `option_snapshots`. The view has all others too. */
export const CHAINS_COLUMNS: readonly ViewColumn[] = [
  {
    name: 'expiry_date',
    type: 'date',
    unit: 'YYYY-MM-DD',
    nullable: true,
    doc: '`expiry` as a date; null if it is not one.',
    sql: "try_strptime(expiry, '%Y%m%d')::DATE",
  },
  {
    name: 'days_to_expiry',
    type: 'integer',
    unit: 'calendar days',
    nullable: true,
    doc: 'From `date`, the trade date of the slot, to `expiry_date`: 0 on the last trading day.',
    sql: "date_diff('day', date, try_strptime(expiry, '%Y%m%d')::DATE)::INTEGER",
  },
  {
    name: 'mid',
    type: 'double',
    unit: '$',
    nullable: true,
    doc: 'Middle of bid and ask; null without both sides, with a bid of zero, or if the bid is above the ask.',
    sql: 'CASE WHEN bid > 0 AND ask >= bid THEN (bid + ask) / 2 END',
  },
  {
    name: RENAMED.right as string,
    type: 'string',
    unit: '',
    nullable: false,
    doc: '`right`: C for a call, P for a put.',
    sql: '"right"',
  },
  {
    name: RENAMED.flags as string,
    type: 'integer',
    unit: 'bit mask',
    nullable: false,
    doc: '`flags`: quality flags, see [Flags](data-dictionary.md#flags).',
    sql: 'flags',
  },
  {
    name: 'is_wide',
    type: 'boolean',
    unit: '',
    nullable: false,
    doc: 'The flag wide.',
    sql: flag(QUALITY_FLAGS.wide),
  },
  {
    name: 'is_stale',
    type: 'boolean',
    unit: '',
    nullable: false,
    doc: 'The flag stale.',
    sql: flag(QUALITY_FLAGS.stale),
  },
  {
    name: 'is_iv_outlier',
    type: 'boolean',
    unit: '',
    nullable: false,
    doc: 'The flag iv_outlier.',
    sql: flag(QUALITY_FLAGS.iv_outlier),
  },
]

/** Creates the view `chains` over the view `option_snapshots` of the same connection. */
export async function createChainsView(connection: DuckDBConnection): Promise<void> {
  const kept = SNAPSHOT_COLUMNS.filter(({ name }) => !(name in RENAMED)).map(({ name }) => `"${name}"`)
  const added = CHAINS_COLUMNS.map(({ name, sql }) => `${sql} AS ${name}`)
  await connection.run(
    `CREATE TEMP VIEW chains AS SELECT ${[...kept, ...added].join(', ')} FROM option_snapshots`,
  )
}
