/**
 * What other engines may do to the lake. `npm run test:interop` runs each `code` on a copy of a lake and asserts the
 * verdict; docs/lake.md prints the table. So the page claims nothing that was not tried.
 */

/** What optionlake does with the table afterwards. */
export type Verdict =
  /** Reads and writes as before. */
  | 'safe'
  /** The same, if the condition in the note is met. */
  | 'condition'
  /** Reads all of it and adds slots, but replaces nothing. */
  | 'append_only'
  /** Reads all of it and leaves it alone; the message names the feature. */
  | 'read_only'
  /** Neither reads nor writes it; the message names the feature. */
  | 'closed'
  /** Rows are lost or wrong. */
  | 'unsafe'

export interface ForeignOperation {
  readonly engine: 'delta-rs' | 'Spark'
  /** Unique for the engine. */
  readonly name: string
  /** Executed as it is. A name of a table is a DeltaTable in the Python of delta-rs. */
  readonly code: string
  readonly verdict: Verdict
  /** What a refusal names, if the verdict has one. */
  readonly feature?: string
  /** Another engine that refuses the table afterwards, and the feature that its message names. */
  readonly refusedBy?: { readonly engine: string; readonly feature: string }
  /** For the page: the condition, or the reason. */
  readonly note: string
}

/** Longer code is described by its name on the page. */
const CODE_CHARACTERS = 110

export const FOREIGN_OPERATIONS = [
  {
    engine: 'delta-rs',
    name: 'compact',
    code: 'option_snapshots.optimize.compact()',
    verdict: 'condition',
    note: 'Not while optionlake compacts, see above. optionlake goes on with the new files, also in a slot that is collected again.',
  },
  {
    engine: 'delta-rs',
    name: 'z-order',
    code: 'option_snapshots.optimize.z_order(["strike", "expiry"])',
    verdict: 'condition',
    note: 'As above.',
  },
  {
    engine: 'delta-rs',
    name: 'vacuum, dry run',
    code: 'option_snapshots.vacuum()',
    verdict: 'safe',
    note: 'Deletes nothing.',
  },
  {
    engine: 'delta-rs',
    name: 'vacuum',
    code: 'option_snapshots.vacuum(dry_run=False, full=True)',
    verdict: 'safe',
    note: 'Keeps what was replaced within a week, and files that optionlake is about to commit.',
  },
  {
    engine: 'delta-rs',
    name: 'vacuum at once',
    code: 'option_snapshots.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)',
    verdict: 'condition',
    note: 'Only while nothing else reads or writes the table: it also deletes the file that optionlake is about to commit. Older versions can no longer be read.',
  },
  {
    engine: 'delta-rs',
    name: 'checkpoint',
    code: 'option_snapshots.create_checkpoint()',
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'log clean-up',
    code: 'option_snapshots.create_checkpoint()\noption_snapshots.cleanup_metadata()',
    verdict: 'condition',
    note: 'Only after optionlake has written its own checkpoint: reports of the ledger that are newer than that are lost with their commits. It deletes commits older than 30 days although `delta.enableExpiredLogCleanup` is false.',
  },
  {
    engine: 'delta-rs',
    name: 'append with a new column',
    code: `rows = option_snapshots.to_pyarrow_table(filters=[("symbol", "=", "SPY"), ("timestamp", "=", pa.scalar(1767623400000000, pa.timestamp("us", "UTC")))])
rows = rows.set_column(0, "timestamp", pa.array([1767625200000000] * len(rows), pa.timestamp("us", "UTC")))
rows = rows.append_column("note", pa.array(["checked"] * len(rows)))
deltalake.write_deltalake(option_snapshots, rows, mode="append", schema_mode="merge")`,
    verdict: 'condition',
    note: 'Only rows with new keys: nothing else stops a key from being stored twice. `verify` says that the ledger has no report for them. optionlake keeps the column when it replaces other rows of a file, and when it compacts.',
  },
  {
    engine: 'delta-rs',
    name: 'delete',
    code: `option_snapshots.delete("symbol = 'SPY' AND date = '2026-01-05' AND strike < 502")`,
    verdict: 'condition',
    note: '`verify` and the ledger then differ: `optionlake repair` corrects the row counts of the ledger.',
  },
  {
    engine: 'delta-rs',
    name: 'update',
    code: `option_snapshots.update(updates={"last": "1.25"}, predicate="date = '2026-01-06' AND last IS NULL")`,
    verdict: 'condition',
    note: 'Not while optionlake compacts, see above.',
  },
  {
    engine: 'delta-rs',
    name: 'merge into daily_observations',
    code: `rows = daily_observations.to_pyarrow_table().filter(pc.field("symbol") == "SPY")
rows = rows.set_column(rows.schema.get_field_index("iv30"), "iv30", pa.array([0.25] * len(rows)))
more = rows.set_column(0, "symbol", pa.array(["NDX"] * len(rows)))
daily_observations.merge(pa.concat_tables([rows, more.cast(rows.schema)]), "t.symbol = s.symbol AND t.date = s.date AND t.source = s.source", source_alias="s", target_alias="t").when_matched_update_all().when_not_matched_insert_all().execute()`,
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'merge into market_metrics',
    code: `rows = market_metrics.to_pyarrow_table().filter(pc.field("symbol") == "SPY")
rows = rows.set_column(rows.schema.get_field_index("iv30"), "iv30", pa.array([0.25] * len(rows)))
more = rows.set_column(rows.schema.get_field_index("symbol"), "symbol", pa.array(["NDX"] * len(rows)))
market_metrics.merge(pa.concat_tables([rows, more.cast(rows.schema)]), "t.symbol = s.symbol AND t.timestamp = s.timestamp", source_alias="s", target_alias="t").when_matched_update_all().when_not_matched_insert_all().execute()`,
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'restore',
    code: 'option_snapshots.restore(option_snapshots.version() - 1)',
    verdict: 'condition',
    note: 'Takes back rows, but not the reports of the ledger. `optionlake restore` takes back both.',
  },
  {
    engine: 'delta-rs',
    name: 'add a constraint',
    code: 'option_snapshots.alter.add_constraint({"strike_positive": "strike > 0"})',
    verdict: 'read_only',
    feature: 'checkConstraints',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'delta.appendOnly',
    code: 'option_snapshots.alter.set_table_properties({"delta.appendOnly": "true"})',
    verdict: 'append_only',
    feature: 'delta.appendOnly',
    note: 'Slots can be added and days compacted. A slot that is collected again is refused.',
  },
  {
    engine: 'delta-rs',
    name: 'delta.enableChangeDataFeed',
    code: 'option_snapshots.alter.set_table_properties({"delta.enableChangeDataFeed": "true"})',
    verdict: 'read_only',
    feature: 'changeDataFeed',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'delta.enableDeletionVectors',
    code: 'option_snapshots.alter.set_table_properties({"delta.enableDeletionVectors": "true"})',
    verdict: 'closed',
    feature: 'deletionVectors',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'add the feature deletionVectors',
    code: 'option_snapshots.alter.add_feature(deltalake.TableFeatures.DeletionVectors, allow_protocol_versions_increase=True)',
    verdict: 'closed',
    feature: 'deletionVectors',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'add the feature appendOnly',
    code: 'option_snapshots.alter.add_feature(deltalake.TableFeatures.AppendOnly, allow_protocol_versions_increase=True)',
    verdict: 'safe',
    refusedBy: { engine: 'Spark', feature: 'invariants' },
    note: 'The feature alone changes nothing; see `delta.appendOnly`. Spark then refuses the table, because delta-rs leaves out the feature `invariants`, which columns that may not be null need.',
  },
  {
    engine: 'Spark',
    name: 'OPTIMIZE',
    code: 'OPTIMIZE option_snapshots',
    verdict: 'safe',
    note: 'optionlake goes on with the new files, although Spark stores times in another type (INT96).',
  },
  {
    engine: 'Spark',
    name: 'OPTIMIZE ZORDER',
    code: 'OPTIMIZE option_snapshots ZORDER BY (strike, expiry)',
    verdict: 'safe',
    note: 'As above.',
  },
  {
    engine: 'Spark',
    name: 'VACUUM',
    code: 'VACUUM option_snapshots',
    verdict: 'safe',
    note: 'As in delta-rs.',
  },
  {
    engine: 'Spark',
    name: 'VACUUM at once',
    code: 'SET spark.databricks.delta.retentionDurationCheck.enabled = false;\nVACUUM option_snapshots RETAIN 0 HOURS',
    verdict: 'condition',
    note: 'As in delta-rs.',
  },
  {
    engine: 'Spark',
    name: 'ADD COLUMN',
    code: 'ALTER TABLE option_snapshots ADD COLUMN (note STRING)',
    verdict: 'safe',
    note: 'optionlake keeps the column. Its own rows have null there.',
  },
  {
    engine: 'Spark',
    name: 'INSERT',
    code: `INSERT INTO option_snapshots BY NAME SELECT * EXCEPT (timestamp), timestamp + INTERVAL 30 MINUTES AS timestamp FROM option_snapshots WHERE symbol = 'SPY' AND timestamp = '2026-01-05 14:30:00'`,
    verdict: 'condition',
    note: 'Only rows with new keys. `verify` says that the ledger has no report for them.',
  },
  {
    engine: 'Spark',
    name: 'UPDATE',
    code: `UPDATE option_snapshots SET last = 1.25 WHERE date = '2026-01-06' AND last IS NULL`,
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'DELETE',
    code: `DELETE FROM option_snapshots WHERE symbol = 'SPY' AND date = '2026-01-05' AND strike < 502`,
    verdict: 'condition',
    note: 'As in delta-rs.',
  },
  {
    engine: 'Spark',
    name: 'MERGE INTO daily_observations',
    code: `MERGE INTO daily_observations t
USING (SELECT s.* EXCEPT (symbol, iv30), n.symbol, 0.25D AS iv30 FROM daily_observations s JOIN (VALUES ('SPY'), ('NDX')) n(symbol) WHERE s.symbol = 'SPY') s
ON t.symbol = s.symbol AND t.date = s.date AND t.source = s.source
WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'MERGE INTO market_metrics',
    code: `MERGE INTO market_metrics t
USING (SELECT s.* EXCEPT (symbol, iv30), n.symbol, 0.25D AS iv30 FROM market_metrics s JOIN (VALUES ('SPY'), ('NDX')) n(symbol) WHERE s.symbol = 'SPY') s
ON t.symbol = s.symbol AND t.timestamp = s.timestamp
WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *`,
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'RESTORE',
    code: 'RESTORE TABLE option_snapshots TO VERSION AS OF <last version - 1>',
    verdict: 'condition',
    note: 'As in delta-rs.',
  },
  {
    engine: 'Spark',
    name: 'ADD CONSTRAINT',
    code: 'ALTER TABLE option_snapshots ADD CONSTRAINT strike_positive CHECK (strike > 0)',
    verdict: 'read_only',
    feature: 'checkConstraints',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'delta.appendOnly',
    code: `ALTER TABLE option_snapshots SET TBLPROPERTIES ('delta.appendOnly' = 'true')`,
    verdict: 'append_only',
    feature: 'delta.appendOnly',
    note: 'As in delta-rs.',
  },
  {
    engine: 'Spark',
    name: 'delta.enableChangeDataFeed',
    code: `ALTER TABLE option_snapshots SET TBLPROPERTIES ('delta.enableChangeDataFeed' = 'true')`,
    verdict: 'read_only',
    feature: 'changeDataFeed',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'delta.enableDeletionVectors',
    code: `ALTER TABLE option_snapshots SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true')`,
    verdict: 'closed',
    feature: 'deletionVectors',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'delta.columnMapping.mode',
    code: `ALTER TABLE option_snapshots SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name')`,
    verdict: 'closed',
    feature: 'columnMapping',
    note: '',
  },
] as const satisfies readonly ForeignOperation[]

type Named<One> = One extends {
  readonly engine: infer E extends string
  readonly name: infer N extends string
}
  ? `${E}: ${N}`
  : never

/** `engine: name` of every operation. */
export type OperationId = Named<(typeof FOREIGN_OPERATIONS)[number]>

const RESULT: Readonly<Record<Verdict, string>> = {
  safe: 'safe',
  condition: 'safe on a condition',
  append_only: 'only adds slots',
  read_only: 'only reads',
  closed: 'cannot be opened',
  unsafe: 'not safe',
}

const SECTION = `## Other engines change the lake

Other engines may also write to the tables. \`npm run test:interop\` runs each of these operations on a copy of a lake that
optionlake has open: days of one file and of many, slots collected again, checkpoints, a log that was cleaned up. Then
optionlake collects into the days that were rewritten, fills a gap, compacts, deletes replaced files and writes
checkpoints. Every row is compared with what the tables must hold, in optionlake and in the other engines.

A table feature that optionlake does not know stops its writes, or its reads if readers need it; the message names the
feature, and nothing is changed.

**Not while optionlake compacts**, which it does after each session: delta-rs takes a removal that only rearranges rows for no
conflict. If another program has just compacted the files that delta-rs is compacting, updating or deleting from, delta-rs
1.6.6 commits all the same, and rows are stored twice. Two compactions by delta-rs itself do the same. \`optionlake verify\`
finds such rows, and \`optionlake repair\` keeps each key once.
`

/** The part of docs/lake.md about operations of other engines. */
export function safeOperationsSection(): string {
  const engines = [...new Set(FOREIGN_OPERATIONS.map(({ engine }) => engine))]
  const parts = engines.map((engine) => {
    const own: readonly ForeignOperation[] = FOREIGN_OPERATIONS.filter((one) => one.engine === engine)
    const rows = own.map((one) => `| ${nameOf(one)} | ${resultOf(one)} | ${one.note} |`)
    return [
      `### ${engine}`,
      '',
      '| operation | optionlake afterwards | |',
      '| --- | --- | --- |',
      ...rows,
      '',
    ].join('\n')
  })
  return [SECTION, ...parts].join('\n')
}

/** The code itself if it fits into a line, else the name. */
function nameOf({ name, code }: ForeignOperation): string {
  const isLine = !code.includes('\n') && code.length <= CODE_CHARACTERS
  return isLine ? `\`${code}\`` : name
}

function resultOf({ verdict, feature }: ForeignOperation): string {
  return feature === undefined ? RESULT[verdict] : `${RESULT[verdict]} (\`${feature}\`)`
}

export function idOf({ engine, name }: ForeignOperation): OperationId {
  return `${engine}: ${name}` as OperationId
}
