import {
  SLOTS,
  SMALL_TABLES,
  SURFACE_GRID,
  SURFACES,
  TABLES_OF_ROWS,
} from '../../src/lake/tables/small-tables.ts'
import type { Column } from '../../src/snapshot/column.ts'
import { SLOT_REASONS, type SlotReason } from '../../src/snapshot/ledger.ts'
import { QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import { SNAPSHOT_COLUMNS } from '../../src/snapshot/row.ts'
import { SURFACE_GRID_KEY } from '../../src/snapshot/surface/surface-grid.ts'
import { SURFACE_KEY } from '../../src/snapshot/surface/surfaces.ts'
import { COLUMN_EXAMPLES } from './column-examples.ts'

type SmallTableName = (typeof SMALL_TABLES)[number]['name']

const INTRODUCTION = `# The data dictionary

Every table of [the lake](lake.md), and every column: its type on disk, its unit, whether it may be null, what it means, and an
example value. A column that may be null is null when its value is not known, never 0, and never left out. One that
says "since version" is also null in rows that an older program wrote.

Timestamps are UTC with microseconds. \`symbol\` and \`date\` of \`option_snapshots\` are partition columns: their values are in the
log and in the folder names, not in the data files. The same, for a lake of your own:

\`\`\`sh
optionlake sql "DESCRIBE option_snapshots"
optionlake sql "SELECT * FROM market_metrics WHERE symbol = 'SPY' ORDER BY timestamp DESC LIMIT 1" --json
\`\`\`

This page is generated from the code by \`npm run docs\`.

${[{ name: 'option_snapshots' }, ...SMALL_TABLES].map(({ name }) => `[${name}](#${name})`).join(' · ')} · [flags](#flags) ·
[reasons](#reasons)
`

const AFTER_BARS = `
A bar begins at a five-minute mark of the clock; a price that arrives at the next mark belongs to the next bar. An interval
without a price has no row: nothing is repeated. What a stream sends first after it was opened, or after an outage, is the
price of before and is in no bar. Bars have prices of trades, those of an index its levels; midpoints stand in where
neither came. Frozen prices make no bars, and delayed prices are in the bar of the time at which they arrived, a quarter of an
hour late, which \`data_type\` says. Outside the session of its date, only trades of stocks and futures make bars
(\`session\` is \`extended\`). A bar with \`coverage_seconds\` below 300 may lack prices.

Bars are written after each slot, and every five minutes while no slot is collected. A crash loses those that were not
written yet, which is at most the last two intervals and the running one. A program that stops writes also the running one, and the
next start completes it.
`

const AFTER_SURFACES = `- The key is ${SURFACE_KEY.join(', ')}. What the columns mean: [numbers.md](numbers.md#the-surface).
- The knots are two JSON lists of numbers in a row, not a row for each knot: those would be 25 times the rows with the same key
  and figures, in a table that is written with every slot. DuckDB reads a list with
  \`from_json(knots_y, '["DOUBLE"]')\`; the values have six decimals.
- Rows are written after the slot's commit to \`option_snapshots\` and after its figures: a crash in between leaves a slot without
  a surface, which \`optionlake metrics --rebuild\` adds.
- A day has several files: one is full at ${SURFACES.fileRows} rows (${SURFACE_GRID.name}: ${SURFACE_GRID.fileRows}), and later slots begin a new one, so that
  storing a slot takes as long in the evening as in the morning. After the close they become one file.
- A day of three symbols with 16 expirations each has 3,744 rows and takes 1.5 MB, 390 bytes a row; the 9,360 rows of
  ${SURFACE_GRID.name} take 0.1 MB (\`npm run bench:analytics\`). Every slot has its surface: a later one is not a small change of the one before.
`

const AFTER_GRID = `- The key is ${SURFACE_GRID_KEY.join(', ')}. A point is null with its reason where the surface has no value: nothing is extrapolated.
`

const AFTER_FUTURES = `- The key is timestamp, symbol, expiry. The rows of a slot are written before its commit to \`option_snapshots\`, which
  acknowledges them: after a crash in between they are there without an entry in the ledger until the next start has
  recovered the slot.
- [instruments.md](instruments.md#futures) says which futures are collected, and [numbers.md](numbers.md#futures) what
  basis and roll yield are.
- Of the flags a row may have no_bid, no_ask, crossed, locked, wide, halted, oi_missing, opening, underlying_skew (the
  level of the index is missing or was last confirmed more than 2 s before the quote, in the hours of the index), delayed,
  frozen and partial.
`

/** What follows the columns of a table. */
const AFTER_TABLE: Readonly<Partial<Record<SmallTableName, readonly string[]>>> = {
  future_snapshots: [AFTER_FUTURES],
  underlying_bars: [AFTER_BARS],
  surfaces: [AFTER_SURFACES],
  surface_grid: [AFTER_GRID],
}

/**
 * The page docs/data-dictionary.md.
 * @throws Error naming a column that has no example.
 */
export function dataDictionaryPage(): string {
  const flags = Object.entries(QUALITY_FLAGS).map(
    ([name, bit]) => `| ${bit} | ${name} | ${FLAG_MEANING[name as keyof typeof QUALITY_FLAGS]} |`,
  )
  const reasons = SLOT_REASONS.map((reason) => `| \`${reason}\` | ${REASON_MEANING[reason]} |`)
  return [
    INTRODUCTION,
    columnTable('option_snapshots', SNAPSHOT_COLUMNS),
    columnTable(SLOTS.name, SLOTS.columns),
    ...TABLES_OF_ROWS.flatMap(({ name, columns }) => [
      columnTable(name, columns),
      ...(AFTER_TABLE[name] ?? []),
    ]),
    `## Flags\n\nThe bits of \`flags\`.\n\n| bit | name | meaning |\n| --- | --- | --- |\n${flags.join('\n')}\n`,
    `## Reasons\n\nWhy a slot is partial or missing: \`reason\` of the ledger.\n\n| reason | meaning |\n| --- | --- |\n${reasons.join('\n')}\n`,
  ].join('\n')
}

const FLAG_MEANING: Record<keyof typeof QUALITY_FLAGS, string> = {
  no_bid: 'no bid, or a bid of zero',
  no_ask: 'no ask, or an ask of zero',
  crossed: 'bid above ask',
  locked: 'bid equal to ask',
  wide: 'spread over 25 % of the mid and over $0.05',
  stale: 'bid and ask unchanged over several slots while the underlying moved',
  halted: 'trading is halted',
  oi_missing: 'open interest unknown',
  opening: 'the 09:30 slot',
  underlying_skew:
    'price of the underlying missing, or its stream silent for more than 2 s before the quote; a price that only did not change is not flagged',
  below_intrinsic: 'ask below intrinsic value',
  iv_missing: 'no implied volatility',
  iv_outlier: 'implied volatility far from that of neighbouring strikes (robust z-score above 5)',
  greeks_own: 'greeks computed by optionlake',
  delayed: 'delayed data',
  frozen: 'frozen data',
  after_close: 'a slot at or after the close of the underlying',
  partial: 'stream cancelled before bid, ask and greeks had all arrived',
  iv_uncertain:
    'half the spread of the quote behind our own volatility is worth more than 2 volatility points',
}

const REASON_MEANING: Record<SlotReason, string> = {
  not_running: 'optionlake was not running',
  breaker_open: 'the circuit breaker of the symbol was open after failed cycles',
  gateway_unreachable: 'no connection to the gateway',
  gateway_restart: 'the nightly restart of the gateway',
  connection_lost: 'the connection broke during the cycle',
  competing_session: 'another login with the same user received the market data',
  lines_exhausted: "all of the account's market data lines were in use",
  second_factor: 'the gateway was waiting for its login to be confirmed',
  paper_disclaimer: 'the gateway was waiting for a person to accept its paper trading disclaimer',
  deadline: 'the cycle ran out of time',
  disk_full: 'the disk was full',
  stopped: 'optionlake was stopped during the cycle',
  recovered_from_spool: 'the run was killed; its quotes were recovered from its journal',
  no_market_data: 'no market data arrived',
  no_chain: 'the contracts of the symbol could not be determined',
  chain_incomplete: 'it landed, but without expirations that the gateway had not listed in time',
  unknown_symbol: 'the gateway lists no stock of that name',
  request_refused: 'the gateway refused a request for the chain; `detail` has its words',
  unanswered_contracts: 'some contracts did not answer',
  delayed_data: 'it landed, but more than 10 % of its rows are delayed',
  frozen_data: 'it landed, but more than 10 % of its rows are frozen',
  no_quotes: 'it landed, but more than 10 % of its rows have neither bid nor ask, or more than 90 % no bid',
  over_budget: 'it landed, but more than 10 % of the contracts did not fit into the budget',
  failed: 'an unexpected error',
  damaged: 'stored rows were lost later with a damaged file',
  restored: 'the lake was later restored to a version from before the slot (`optionlake restore --as-of`)',
}

/** Replaces column comments that are too short for this page. The comments cannot change: they are stored in lakes. */
export const COLUMN_MEANINGS: Readonly<Record<string, string>> = {
  'option_snapshots.greeks_source':
    'ib_model if the gateway sent the greeks; own if optionlake computed them from the mid; null without greeks.',
  'option_snapshots.data_type': 'live, frozen, delayed or delayed_frozen, as reported by the gateway.',
  'option_snapshots.quoted_at': 'When the bid or ask was last updated; null if neither was.',
  'option_snapshots.volume': 'Traded today; null if the gateway did not send it.',
  'option_snapshots.underlying_price': 'Price of the underlying at the time of the quote.',
  'option_snapshots.flags': 'Quality flags, see [Flags](#flags).',
  'slots.reason': 'Why the slot is partial or missing, see below; null if it is stored.',
  'slots.detail': 'The reason in words.',
  'slots.requested': 'Contracts that were requested.',
  'slots.answered': 'Contracts that sent anything.',
  'slots.complete': 'Contracts with bid, ask and greeks from the gateway.',
  'slots.with_greeks':
    'Contracts with an implied volatility from the gateway; market_metrics also counts our own.',
  'slots.skipped': 'Contracts that did not fit into the budget.',
  'slots.rows': 'Rows of the slot after this commit, including rows kept from earlier runs.',
  'slots.vix': 'VIX of the cycle; null if not received.',
  'slots.skew_seconds': 'Time from the first to the last quote of the snapshot.',
  'slots.smile_skew_seconds': 'The same within one expiration: median over the expirations.',
  'slots.started_at': 'When the cycle began; null if none ran.',
  'slots.finished_at': 'When the rows were ready to be written.',
  'market_metrics.iv30': 'Implied volatility, 30 days, at the money, from mids.',
  'market_metrics.iv30_ib_model': 'The same from the implied volatilities of the gateway.',
  'market_metrics.iv_source': 'Source of the history for rank and percentile: chain or ib_index.',
  'market_metrics.iv_rank':
    'Position between the lowest and highest value of 252 sessions: of iv30, or of iv30_ib_index if iv_source is ib_index.',
  'market_metrics.iv_rank_60d': 'The same over 60 sessions.',
  'market_metrics.iv_rank_126d': 'The same over 126 sessions.',
  'market_metrics.iv_percentile': 'Percentage of 252 sessions with a strictly lower value.',
  'market_metrics.iv_percentile_60d': 'The same over 60 sessions.',
  'market_metrics.iv_percentile_126d': 'The same over 126 sessions.',
  'market_metrics.term_slope': 'At-the-money volatility at 45 days minus that at 14 days.',
  'market_metrics.skew_25d': '25-delta put volatility minus 25-delta call volatility, 30 days.',
  'market_metrics.contracts': 'Rows of the slot used for the figures.',
  'market_metrics.with_iv': 'Of these, rows with an implied volatility.',
  'market_metrics.null_reasons': 'The reason for each null column; null if no column is null.',
  'market_metrics.put_call_volume_ratio': 'Volume of puts divided by volume of calls.',
  'market_metrics.put_call_oi_ratio': 'Open interest of puts divided by that of calls.',
  'market_metrics.mfiv30_wing_truncated': '1 if the strike window cuts off a wing: mfiv30 is then too low.',
  'daily_observations.iv30':
    'Implied volatility, 30 days. For the source chain: the median over the cycles from 15:30 to 15:55.',
  'daily_observations.vix': 'VIX at the close, or at the last of the cycles.',
  'daily_observations.cycles': 'Number of cycles in the median; null if the value is not a median.',
}

function columnTable(table: string, columns: readonly Column[]): string {
  const rows = columns.map((column) => {
    const { name, type, unit, nullable, doc, partition, decimals, since } = column
    // Only option_snapshots rounds: the files of the other tables are small.
    const digits =
      decimals === undefined || table !== 'option_snapshots'
        ? ''
        : ` ${decimals} decimals${type === 'timestamp' ? ' of a second' : ''}.`
    const meaning = `${COLUMN_MEANINGS[`${table}.${name}`] ?? doc}${digits}${partition ? ' Partition.' : ''}`
    const added = since === undefined ? '' : `; since version ${since}`
    const nulls = nullable ? `yes${added}` : 'no'
    return [`\`${name}\``, type, unit, nulls, meaning, exampleOf(table, name)].join(' | ')
  })
  return [
    `## ${table}`,
    '',
    '| column | type | unit | may be null | meaning | example |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
    '',
  ].join('\n')
}

const LONGEST_EXAMPLE = 40

function exampleOf(table: string, column: string): string {
  const value = COLUMN_EXAMPLES[table]?.[column]
  if (value === undefined)
    throw new Error(`scripts/docs/column-examples.ts has no example of ${table}.${column}: add one`)
  const text = String(value)
  return `\`${text.length > LONGEST_EXAMPLE ? `${text.slice(0, LONGEST_EXAMPLE)}…` : text}\``
}
