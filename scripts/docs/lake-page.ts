import { MAINTENANCE } from '../../src/lake/options.ts'
import { SMALL_TABLES } from '../../src/lake/tables/small-tables.ts'
import { MAX_DAYS_EARLY } from '../../src/market/trade-dates.ts'
import { DEFINITION_VERSION } from '../../src/snapshot/definition-version.ts'
import { SNAPSHOT_KEY } from '../../src/snapshot/row.ts'
import { chainsSection, SNIPPETS } from './lake-snippets.ts'
import { safeOperationsSection } from './safe-operations.ts'

type SmallTableName = (typeof SMALL_TABLES)[number]['name']

/** Of the tables other than `option_snapshots`: what has a row, and how the files are written. */
const SMALL_TABLE_TEXT: Readonly<
  Record<SmallTableName, { readonly rowFor: string; readonly files: string }>
> = {
  slots: {
    rowFor: 'slot and symbol: what was collected, or why it was not (the ledger)',
    files: 'one a day',
  },
  market_metrics: {
    rowFor: 'slot and symbol: IV rank, skew, trend and other figures',
    files: 'one a day, rewritten on each change',
  },
  daily_observations: {
    rowFor:
      'symbol, session and source: the history for IV ranks, and the daily prices of realized volatility',
    files: 'one, rewritten on each change',
  },
  future_snapshots: {
    rowFor: 'future that answered in a slot',
    files: 'one a day, rewritten on each change',
  },
  underlying_bars: {
    rowFor: 'five minutes of the prices of a stock, index or future',
    files: 'one a day, rewritten on each change',
  },
  surfaces: {
    rowFor: 'slot, symbol and expiration: the fitted volatility curve',
    files: 'several a day, one after the close',
  },
  surface_grid: {
    rowFor: 'slot, symbol, tenor and point: the surface at fixed places',
    files: 'several a day, one after the close',
  },
}

const SMALL_TABLE_ROWS = SMALL_TABLES.map(
  ({ name }) => `| \`${name}\` | ${SMALL_TABLE_TEXT[name].rowFor} | ${SMALL_TABLE_TEXT[name].files} |`,
).join('\n')

const COUNT_WORDS = ['four', 'five', 'six', 'seven', 'eight'] as const

const INTRODUCTION = `# The lake

The lake is a folder with ${COUNT_WORDS[SMALL_TABLES.length - 3]} [Delta Lake](https://delta.io) tables of Parquet files. Everything that optionlake collects
or computes is in them. Any engine that reads Delta can query them, even during a write: a commit makes a change
visible as a whole or not at all.

| table | one row for each | files |
| --- | --- | --- |
| \`option_snapshots\` | contract that answered in a slot | partitioned by \`symbol\` and \`date\`: one file a slot (Snappy), one a day after compaction (zstd) |
${SMALL_TABLE_ROWS}

[The data dictionary](data-dictionary.md) has every column of them: type, unit, null rule, meaning and an example. A table begins
with its first row: a lake without futures has no \`future_snapshots\`.

A slot is a point in time at which all chains are collected, by default every five minutes of the trading session. It is
the \`timestamp\` of a row.

\`.state/\` in the same folder holds optionlake's working files: the contracts listed today, journals of running cycles,
the quarantine of \`optionlake repair\`, and a damaged lake that \`optionlake restore\` replaced. It is not part of the tables.

This page is generated from the code by \`npm run docs\`.

## Read the lake

\`optionlake sql "SELECT ..."\` needs no other engine. \`optionlake export\` writes one Parquet or CSV file.

${SNIPPETS}
## What the rows mean

- The key of \`option_snapshots\` is ${SNAPSHOT_KEY.join(', ')}. When a slot is collected again, rows with the
  same key are replaced; stored rows without a new one are kept.
- **Trading classes.** A symbol can have two classes with the same expiry, strike and right: SPX, whose value is fixed at
  the opening, and SPXW, whose value is fixed at the close. They are different contracts. A query by expiry, strike and right
  gives the rows of both; add \`trading_class\` where a symbol has more than one. Stocks and funds have one.
- **Expiry.** \`expiry\` is the last trading day, as Interactive Brokers gives it. With AM settlement the value is fixed on the
  morning after it, so the time to expiry ends at \`expires_at\`, and not on the date \`expiry\`.
- **Trade date.** \`date\` is the exchange's trade date. For stocks and indices it is the New York date of the slot. A session
  of futures has the date on which it ends: 18:00 on Sunday belongs to Monday, and around holidays the date may lie up to
  ${MAX_DAYS_EARLY} days after the New York date of \`timestamp\`. Filter by \`date\` for a session and by \`timestamp\` for a time; do not compute
  one from the other.
- **Carried rows.** \`carried_from\` names the slot whose quote a row repeats. The collector never writes it: a contract that
  did not answer has no row. Programs that import data or fill gaps must set it where they repeat a quote, and it must be
  earlier than \`timestamp\`. For measured rows only: \`carried_from IS NULL\`.
- **Definition version.** \`definition_version\` says which definitions the computed values of a row follow (greeks of
  our own, flags, figures; [numbers](numbers.md)). Null means 1, the definitions of version 0.1; today's is ${DEFINITION_VERSION}. It does not
  change when a row is copied or compacted. A history over several versions mixes definitions unless it filters.
- A contract that answered has a row, with null in every column that the gateway did not send. A contract that did not
  answer has no row and is counted in the ledger. Null means "not known", never 0.
- The ledger has one report for each expected slot and symbol. If a slot was run several times, it is the newest report
  with the best outcome.
- A report is first stored in a commit to \`option_snapshots\` (\`commitInfo.optionlake.reports\`), so that rows and ledger
  cannot disagree. Reports are copied to \`slots\` after the first slot, after each session, before each checkpoint, and when
  \`run\` or \`collect-once\` ends. \`optionlake sql\` shows both as one table. Other engines see in \`slots\` only the reports up to
  the version in its \`txn\` action: during a session, the slots of the day may be missing there.
- A lake has one source, in the table property \`optionlake.source\`: \`ib\` for a real gateway, \`simulated\` for the
  simulator. The two are never mixed.
`

const AFTER_SNAPSHOTS = `Timestamps are UTC with microseconds. \`symbol\` and \`date\` are partition columns: their values are in the log
and not in the data files; the folders are named after them, but a reader must not rely on that. optionlake reads files of
other programs by the names of their columns and converts them to these types; a timestamp without a time zone is UTC.
Filter by flags with a bit mask, such as \`(flags & 3) = 0\` for rows with bid and ask.
`

const PRECISION = `### Decimals

A column with decimals is stored as the nearest multiple of a power of two that is finer than its last decimal: 2^-20 for
six decimals, 2^-27 for eight, 512 µs for the milliseconds of \`quoted_at\`. For example, 0.182345 is stored as
0.18234539031982422. Rounding to that number of decimals restores the exact original. optionlake always does this,
including in \`optionlake sql\` and \`export\`. In other engines, values differ from the original by less than half a unit of
the last decimal; use \`round(iv, 6)\` where that matters. This halves the size of such a column: the double nearest to a
decimal fraction uses all 52 bits of its mantissa and does not compress. Files with values stored exactly are read the
same way.
`

const LOG = `## Commits and checkpoints

- The tables use Delta reader version 1 and writer version 2. Each \`add\` action has the SHA-256 and the row count of its
  file in \`tags\`; \`optionlake verify\` compares them with the file. The name of the file has the first 32 digits of the
  SHA-256, so \`optionlake repair\` can commit it again if the log is lost.
- When another engine raises a table to a version or table feature that optionlake cannot write, or gives it a constraint,
  optionlake leaves the table alone from then on: no commit, checkpoint, clean-up or vacuum. The message names the
  feature. Writer version 7 with only \`appendOnly\` and \`invariants\` is written.
- With \`delta.appendOnly=true\`, commits that remove rows are refused; compaction, which only rearranges them, is not.
- Only one process writes. Its lock is a socket in Linux's abstract namespace, named by the device and inode of the
  folder, which the kernel releases when the process ends. Containers with separate network namespaces do not see each
  other's lock: let only one of them write.
- After every ${MAINTENANCE.checkpointEvery} commits of a table, a checkpoint (one Parquet file) and \`_last_checkpoint\` are written. A checkpoint
  has a checksum of its rows in its footer. A checkpoint is ignored if it is missing, damaged, newer than the log, or
  different from what \`_last_checkpoint\` describes. The next write replaces it if an earlier checkpoint or the commits
  alone give the whole table. Otherwise opening fails with the name of the file, and nothing is deleted.
- Commits older than ${MAINTENANCE.logRetentionDays} days are deleted, oldest first, once two checkpoints cover them. All versions since
  then stay loadable, because the checkpoint at or before that time is kept. The property
  \`delta.enableExpiredLogCleanup\` is false, so that other engines do not delete them before the ledger is stored.
- A replaced file stays in the log until it is deleted, and for at least ${MAINTENANCE.removedRetentionDays} days.
- Versions are ordered only by number. If the clock is set back, times in the log and the dates of later deletions change,
  but not the contents of the table.

## Time travel

\`optionlake chain\`, \`market\` and \`sql\` read an earlier version of the lake with \`--as-of\`, the library with \`lakeAsOf\`:

\`\`\`sh
optionlake sql "SELECT count(*) FROM option_snapshots" --as-of 5                   # version 5 of option_snapshots
optionlake chain SPY --as-of 2026-11-20T10:00:00-05:00                             # the newest version at this time
optionlake market SPY --as-of 2026-11-20                                           # … at the end of this New York date
\`\`\`

- \`--at\` chooses a slot; \`--as-of\` chooses what the lake contained, including rows that were replaced later.
- The time of a version is \`commitInfo.timestamp\`, or if a commit has none, the modification time of its file. It is
  never before that of the version before, even if the clock was set back.
- The ledger has the reports up to that version. With a time, the other tables are as they were at that time; with a
  version, as they were just before the next version was committed, and \`future_snapshots\`, whose rows are stored before
  their slot, as it was when the version was committed.
- A version can be read while the log has its commits (${MAINTENANCE.logRetentionDays} days) and \`optionlake vacuum\` has not deleted its files (by
  default it keeps them for 7 days). Otherwise the error names the oldest version that can be read.

## New columns

- Columns are only ever added, and added columns may be null. \`optionlake.schemaVersion\` increases with each addition.
  Older files lack the column; it reads as null.
- When a newer program opens a table for writing, it adds its columns in a separate commit. After that, an older program
  can still read the columns it knows, but refuses to write to the table (exit code 78).
- A table is neither read nor written if the type of a column has changed, or if a column that may not be null is missing.
- Columns that another program adds to a table are kept: when a slot is stored again and when a day is compacted, rows that
  stay keep their values. New rows have null there.

### From version 0.1

Version 0.2 added the columns after \`date\` to \`option_snapshots\`, \`kind\` and \`future_rows\` to \`slots\`,
\`definition_version\` and the figures of futures to the tables of figures, and put \`trading_class\` into the key.

- **Reading** needs no upgrade. The new columns are null in rows of version 0.1, whose \`kind\` null means STK. A row of 0.1 has
  its trading class, so the new key holds for it too.
- **The upgrade** is the first opening for writing: one commit of columns for each table, \`option_snapshots\` first and
  the others before their next rows. No data file is rewritten. Old and new files are side by side, also within a day that is
  compacted. A program that is killed at any time leaves each table as it was or with the new columns, and the next opening goes
  on. \`npm run faults -- upgrade\` kills it at every file call and compares every row, in optionlake and in a reader of the log alone.
- **Version 0.1 on an upgraded lake** reads it: \`sql\`, \`chain\` and \`status\` answer with the columns that it knows. Where
  a symbol has two classes, its answers have the rows of both without telling them apart, and its \`verify\` calls them rows
  that are stored more than once. Its \`run\`, \`collect-once\`, \`compact\` and \`repair\` refuse to write (exit code 78).
- **The way back.** Before the upgrade, make a backup: \`optionlake backup\`, also with version 0.2, which copies a lake
  without changing it. \`optionlake restore --from\` gives the lake of version 0.1 again, which 0.1 also writes. Without a
  backup, \`optionlake restore --as-of VERSION\` with the version before the upgrade takes back every row that was stored since; the
  columns stay, so that 0.1 reads the lake but does not write it.
`

/** The page docs/lake.md. */
export function lakePage(): string {
  return [INTRODUCTION, AFTER_SNAPSHOTS, chainsSection(), PRECISION, LOG, safeOperationsSection()].join('\n')
}
