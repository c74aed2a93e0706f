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
  /** For the page: the condition, or the reason. */
  readonly note: string
}

export const FOREIGN_OPERATIONS = [
  {
    engine: 'delta-rs',
    name: 'compact',
    code: 'option_snapshots.optimize.compact()',
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'z-order',
    code: 'option_snapshots.optimize.z_order(["strike", "expiry"])',
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'vacuum, dry run',
    code: 'option_snapshots.vacuum()',
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'vacuum',
    code: 'option_snapshots.vacuum(dry_run=False, full=True)',
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'vacuum at once',
    code: 'option_snapshots.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False, full=True)',
    verdict: 'condition',
    note: 'Only while nothing writes or reads the lake. Older versions can no longer be read.',
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
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'append with a new column',
    code: `rows = option_snapshots.to_pyarrow_table(filters=[("symbol", "=", "SPY"), ("timestamp", "=", pa.scalar(1767623400000000, pa.timestamp("us", "UTC")))])
rows = rows.set_column(0, "timestamp", pa.array([1767625200000000] * len(rows), pa.timestamp("us", "UTC")))
rows = rows.append_column("note", pa.array(["checked"] * len(rows)))
deltalake.write_deltalake(option_snapshots, rows, mode="append", schema_mode="merge")`,
    verdict: 'condition',
    note: 'The keys must be new.',
  },
  {
    engine: 'delta-rs',
    name: 'delete',
    code: `option_snapshots.delete("symbol = 'SPY' AND date = '2026-01-05' AND strike < 502")`,
    verdict: 'condition',
    note: '',
  },
  {
    engine: 'delta-rs',
    name: 'update',
    code: `option_snapshots.update(updates={"last": "1.25"}, predicate="date = '2026-01-06' AND last IS NULL")`,
    verdict: 'safe',
    note: '',
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
    note: '',
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
    note: '',
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
    note: '',
  },
  { engine: 'Spark', name: 'OPTIMIZE', code: 'OPTIMIZE option_snapshots', verdict: 'safe', note: '' },
  {
    engine: 'Spark',
    name: 'OPTIMIZE ZORDER',
    code: 'OPTIMIZE option_snapshots ZORDER BY (strike, expiry)',
    verdict: 'safe',
    note: '',
  },
  { engine: 'Spark', name: 'VACUUM', code: 'VACUUM option_snapshots', verdict: 'safe', note: '' },
  {
    engine: 'Spark',
    name: 'VACUUM at once',
    code: 'SET spark.databricks.delta.retentionDurationCheck.enabled = false;\nVACUUM option_snapshots RETAIN 0 HOURS',
    verdict: 'condition',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'ADD COLUMN',
    code: 'ALTER TABLE option_snapshots ADD COLUMN (note STRING)',
    verdict: 'safe',
    note: '',
  },
  {
    engine: 'Spark',
    name: 'INSERT',
    code: `INSERT INTO option_snapshots SELECT * EXCEPT (timestamp), timestamp + INTERVAL 30 MINUTES AS timestamp FROM option_snapshots WHERE symbol = 'SPY' AND timestamp = '2026-01-05 14:30:00'`,
    verdict: 'condition',
    note: '',
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
    note: '',
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
    note: '',
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
    note: '',
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

export function idOf({ engine, name }: ForeignOperation): OperationId {
  return `${engine}: ${name}` as OperationId
}
