import { MAINTENANCE } from '../../src/delta/maintenance.ts'
import type { Column } from '../../src/snapshot/column.ts'
import { OBSERVATION_COLUMNS } from '../../src/snapshot/daily-observations.ts'
import { LEDGER_COLUMNS, SLOT_REASONS } from '../../src/snapshot/ledger.ts'
import { MARKET_METRICS_COLUMNS } from '../../src/snapshot/market-metrics.ts'
import { QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import { SNAPSHOT_COLUMNS } from '../../src/snapshot/row.ts'

const INTRODUCTION = `# The lake

A folder with four Delta tables (protocol reader 1, writer 2; Parquet), and \`.state/\` beside them, which is ours:
contracts of the day, journals of running cycles, quarantine. Any engine that reads Delta reads the tables, also while
they are written: a commit in \`_delta_log\` makes a change visible whole, or not at all.

| table | one row for each | files |
| --- | --- | --- |
| \`option_snapshots\` | contract that answered in a slot | by \`symbol\` and \`date\`; one a slot (snappy), once compacted one a day (zstd) |
| \`slots\` | expected slot and symbol: the ledger | one a day |
| \`market_metrics\` | slot and symbol | one a day, rewritten |
| \`daily_observations\` | symbol, session and source | one, rewritten |

- The slot is the row's \`timestamp\`. The key is timestamp, symbol, strike, expiry, right. Writing a slot again replaces
  rows of the same key and keeps those that the new run did not answer.
- A contract that answered has a row; what it did not say is null. One that said nothing has none and is counted in
  the ledger. Null means "not known", never 0.
- The ledger is first part of the commits of \`option_snapshots\` (\`commitInfo.optionlake.reports\`), so that data and
  ledger cannot disagree, and is taken into \`slots\` before each checkpoint. \`optionlake sql\` shows both as one
  table; another engine sees in \`slots\` what has been taken in, by the commit that its \`txn\` action names. A later
  run that got less far than an earlier one of the same slot takes nothing away: the ledger keeps the better outcome.
- Source: the table property \`optionlake.source\` is \`ib\` or \`simulated\`. The two never mix.
- Each \`add\` action carries the SHA-256 and the row count of its file in \`tags\`.
- One process writes; the lock is a socket in Linux's abstract name space, which the kernel frees when the process ends.
  Containers with network name spaces of their own do not see each other's lock: let only one of them write.

This page is made from the code by \`npm run docs\`.
`

const PRECISION = `### Decimals

A column with decimals stands in the files as the nearest multiple of a power of two that is finer than its last decimal:
2^-20 for six, 2^-27 for eight, 512 µs for the milliseconds of \`quoted_at\`. 0.182345 is stored as 0.18234539031982422. Rounding
to the decimals gives back exactly what was known; everything of optionlake, \`optionlake sql\` and \`export\` included, does so. An
engine that does not sees values that are off by less than half a unit of the last decimal: \`round(iv, 6)\` where
that matters. In return such a column takes half the bytes: the double nearest to a decimal fills all its 52 bits, and
nothing packs them. Files that were written with decimals as they are read the same.
`

const LOG = `## The log

- Every ${MAINTENANCE.checkpointEvery} commits of a table there is a checkpoint (Parquet, one part) and \`_last_checkpoint\`. Ours carries a
  seal of its rows in the footer of the file. One that is missing, damaged, not what \`_last_checkpoint\` says, or newer
  than the log is passed over and replaced by the next write, as long as the one before it, or the commits alone, make
  up the table; where they do not, opening fails with the name of the file, and nothing is deleted.
- Commits older than ${MAINTENANCE.logRetentionDays} days that two checkpoints cover are deleted, the oldest first. The property
  \`delta.enableExpiredLogCleanup\` is false, so that other engines do not do it before the ledger is taken in.
- A replaced file is remembered until it is deleted, and for ${MAINTENANCE.removedRetentionDays} days at least.
- Versions are told by number alone: a clock that goes back changes times in the log, and what is deleted later, not
  what the table is.

## Columns that come later

Columns are only ever added, and those may be null. \`optionlake.schemaVersion\` goes up with each. Older files lack
the column and read as null in it. A newer program tells the table of its columns in a commit of their own when it opens
it for writing. After that an older program still reads the table, with the columns that it knows, and refuses to write
it (exit code 78). A column whose type has changed, or a table that lacks one which may not be null, is refused at all.
A day with files of another program that has added columns of its own is not compacted: the merge would lose them.
`

/** The page docs/lake.md. */
export function lakePage(): string {
  const flags = Object.entries(QUALITY_FLAGS).map(
    ([name, bit]) => `| ${bit} | ${name} | ${FLAG_MEANING[name as keyof typeof QUALITY_FLAGS]} |`,
  )
  return [
    INTRODUCTION,
    `## option_snapshots\n\n${columnTable(SNAPSHOT_COLUMNS)}`,
    'Times are microseconds, UTC. `symbol` and `date` stand in the folder names and not in the data files.\n',
    PRECISION,
    `## flags\n\n| bit | name | meaning |\n| --- | --- | --- |\n${flags.join('\n')}\n`,
    `## slots\n\n${columnTable(LEDGER_COLUMNS)}`,
    `Reasons: ${SLOT_REASONS.map((reason) => `\`${reason}\``).join(', ')}.\n`,
    `## market_metrics\n\n${columnTable(MARKET_METRICS_COLUMNS)}`,
    `## daily_observations\n\n${columnTable(OBSERVATION_COLUMNS)}`,
    LOG,
    READING,
  ].join('\n')
}

const FLAG_MEANING: Record<keyof typeof QUALITY_FLAGS, string> = {
  no_bid: 'no bid, or a bid of zero',
  no_ask: 'no ask, or an ask of zero',
  crossed: 'bid above ask',
  locked: 'bid equal to ask',
  wide: 'spread over 25 % of the middle and over $0.05',
  stale: 'bid and ask unchanged over several slots while the underlying moved',
  halted: 'trading is halted',
  oi_missing: 'open interest unknown',
  opening: 'the 09:30 slot',
  underlying_skew: "the underlying's price is missing, or more than 2 s from the quote",
  below_intrinsic: 'the ask lies below intrinsic value',
  iv_missing: 'no implied volatility',
  iv_outlier: 'far from the neighbouring strikes (robust z above 5)',
  greeks_own: 'greeks computed by us',
  delayed: 'delayed data',
  frozen: 'frozen data',
  after_close: 'a slot after the close of the underlying',
  partial: 'let go before both sides and greeks were there',
}

const READING = `## From other engines

\`\`\`python
from deltalake import DeltaTable
DeltaTable("lake/ib/option_snapshots").to_pyarrow_table(partitions=[("symbol", "=", "SPY")])

import polars as pl
pl.scan_delta("lake/ib/option_snapshots").filter(pl.col("symbol") == "SPY").collect()
\`\`\`
`

function columnTable(columns: readonly Column[]): string {
  const rows = columns.map(({ name, type, unit, nullable, doc, partition, decimals }) => {
    const digits =
      decimals === undefined ? '' : ` ${decimals} decimals${type === 'timestamp' ? ' of a second' : ''}.`
    const meaning = `${doc}${digits}${partition ? ' Partition.' : ''}`
    return [`\`${name}\``, type, unit, nullable ? 'yes' : 'no', meaning].join(' | ')
  })
  return [
    '| column | type | unit | may be null | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}
