import type { Column } from '../../src/snapshot/column.ts'
import { LEDGER_COLUMNS, SLOT_REASONS } from '../../src/snapshot/ledger.ts'
import { QUALITY_FLAGS } from '../../src/snapshot/quality.ts'
import { SNAPSHOT_COLUMNS } from '../../src/snapshot/row.ts'

const INTRODUCTION = `# The lake

A folder with one Delta table, \`option_snapshots\` (protocol reader 1, writer 2; Parquet, snappy while its day runs and zstd once compacted), partitioned by \`symbol\` and \`date\`,
and \`.state/\` beside it, which is ours: contracts of the day, journals of running cycles, quarantine. Any engine that
reads Delta reads the table, also while it is written: a commit in \`_delta_log\` makes a slot visible whole, or not at all.

- The slot is the row's \`timestamp\`. The key is timestamp, symbol, strike, expiry, right. Writing a slot again replaces
  rows of the same key and keeps those that the new run did not answer.
- A contract that answered has a row; what it did not say is null. One that said nothing has none and is counted in
  the ledger. Null means "not known", never 0.
- The ledger \`slots\` is part of the commits (\`commitInfo.optionlake.reports\`), so that data and ledger cannot disagree.
  \`optionlake sql\` shows it as a table. A later run that got less far than an earlier one of the same slot takes nothing
  away: the ledger keeps the better outcome.
- Source: the table property \`optionlake.source\` is \`ib\` or \`simulated\`. The two never mix.
- Each \`add\` action carries the SHA-256 and the row count of its file in \`tags\`.
- One process writes; the lock is a socket in Linux's abstract name space, which the kernel frees when the process ends.
  Containers with network name spaces of their own do not see each other's lock: let only one of them write.

This page is made from the code by \`npm run docs\`.
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
    `## flags\n\n| bit | name | meaning |\n| --- | --- | --- |\n${flags.join('\n')}\n`,
    `## slots\n\n${columnTable(LEDGER_COLUMNS)}`,
    `Reasons: ${SLOT_REASONS.map((reason) => `\`${reason}\``).join(', ')}.\n`,
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
  const rows = columns.map(({ name, type, unit, nullable, doc, partition }) =>
    [`\`${name}\``, type, unit, nullable ? 'yes' : 'no', partition ? `${doc} Partition.` : doc].join(' | '),
  )
  return [
    '| column | type | unit | may be null | meaning |',
    '| --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}
