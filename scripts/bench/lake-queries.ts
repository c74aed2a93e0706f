import type { DuckDBConnection } from '@duckdb/node-api'
import type { Lake } from '../../src/lake/open.ts'
import { atmOptions } from '../../src/lake/query/at-the-money.ts'
import { chainAsOf, latestChain } from '../../src/lake/query/chains.ts'
import { contractHistory, ivHistory } from '../../src/lake/query/history.ts'
import { stats } from '../../src/lake/query/stats.ts'
import { type EpochMs, type ExpiryDate, epochMs } from '../../src/market/units.ts'
import { SYMBOLS, type SyntheticDay } from './synthetic.ts'

/** One query of the lake and, for comparison, of plain DuckDB, with the same rows and columns. */
export interface BenchmarkQuery {
  readonly name: string
  /** Median milliseconds, warm; null for a query without a goal. */
  readonly goalMs: number | null
  /** `nth` may vary the query, so that it is not answered from a cache. */
  ours(lake: Lake, nth: number): Promise<unknown>
  /** The same over `rows`, a view of a glob of Hive partitions; null when there is no comparable query. */
  readonly plain: string | null
}

/** The columns of a chart of one option. Chains are queried with all columns. */
export const CHART_COLUMNS = [
  'timestamp',
  'strike',
  'right',
  'bid',
  'ask',
  'iv',
  'delta',
  'underlying_price',
] as const
const CHART_COLUMNS_SQL = CHART_COLUMNS.map((name) => `"${name}"`).join(', ')
const SYMBOL = 'SPY'

/** A contract of the newest day that has been listed for eight weeks. */
export interface SampleContract {
  readonly expiry: ExpiryDate
  readonly strike: number
}

export function benchmarkQueries(
  days: readonly SyntheticDay[],
  { expiry, strike }: SampleContract,
): BenchmarkQuery[] {
  const today = days.at(-1) as SyntheticDay
  const yesterday = days.at(-2) as SyntheticDay
  const minute = epochMs((yesterday.slots[39] as EpochMs) + 60_000)
  const to = yesterday.slots[77] as EpochMs
  const from = epochMs(to - 60 * 86_400_000)
  const [first] = days as [SyntheticDay, ...SyntheticDay[]]
  const expiryOf = (nth: number) => today.expiries[nth % today.expiries.length] as ExpiryDate
  const near = (date: string) =>
    `SELECT ${CHART_COLUMNS_SQL} FROM rows WHERE symbol = '${SYMBOL}' AND date = '${date}' AND expiry = '${expiry}' ` +
    'AND abs(strike - underlying_price) <= 0.5'
  const chain = (condition: string) =>
    `SELECT * FROM rows WHERE symbol = '${SYMBOL}' AND timestamp = ` +
    `(SELECT max(timestamp) FROM rows WHERE symbol = '${SYMBOL}' ${condition})`
  return [
    {
      name: 'latest chain, from disk',
      goalMs: 5,
      ours: (lake) => latestChain(lake, SYMBOL),
      plain: chain(''),
    },
    {
      name: 'chain as of a minute, compacted',
      goalMs: 10,
      ours: (lake) => chainAsOf(lake, SYMBOL, { at: minute }),
      plain: chain(`AND timestamp <= make_timestamptz(${minute}000)`),
    },
    {
      name: 'at the money over a day, compacted',
      goalMs: 5,
      ours: (lake) => atmOptions(lake, SYMBOL, { expiry, date: yesterday.date, columns: CHART_COLUMNS }),
      plain: near(yesterday.date),
    },
    {
      name: 'the same, all columns',
      goalMs: null,
      ours: (lake) => atmOptions(lake, SYMBOL, { expiry, date: yesterday.date }),
      plain: null,
    },
    {
      name: 'at the money today, repeated',
      goalMs: 15,
      ours: (lake) => atmOptions(lake, SYMBOL, { expiry, date: today.date, columns: CHART_COLUMNS }),
      plain: near(today.date),
    },
    {
      name: 'at the money today, for the first time',
      goalMs: null,
      // Another order of the columns avoids the cache.
      ours: (lake, nth) =>
        atmOptions(lake, SYMBOL, {
          expiry: expiryOf(nth),
          date: today.date,
          columns: rotated(CHART_COLUMNS, nth >> 3),
        }),
      plain: null,
    },
    {
      name: 'one contract over 60 days',
      goalMs: 25,
      ours: (lake) =>
        contractHistory(lake, SYMBOL, { expiry, strike, right: 'C', from, to, columns: CHART_COLUMNS }),
      plain:
        `SELECT ${CHART_COLUMNS_SQL} FROM rows WHERE symbol = '${SYMBOL}' AND expiry = '${expiry}' AND strike = ${strike} ` +
        `AND "right" = 'C' AND timestamp BETWEEN make_timestamptz(${from}000) AND make_timestamptz(${to}000)`,
    },
    {
      name: 'a year of daily iv30',
      goalMs: 15,
      ours: (lake) => ivHistory(lake, SYMBOL, { from: first.date, to: today.date }),
      plain:
        `SELECT date, avg(iv) FROM rows WHERE symbol = '${SYMBOL}' AND abs(strike - underlying_price) <= 0.5 ` +
        "AND strptime(expiry, '%Y%m%d')::DATE - date BETWEEN 25 AND 35 " +
        "AND strftime(timestamp AT TIME ZONE 'America/New_York', '%H:%M') = '15:45' GROUP BY date",
    },
    {
      name: 'statistics',
      goalMs: 5,
      ours: (lake) => stats(lake),
      plain: 'SELECT count(*), min(timestamp), max(timestamp), count(DISTINCT symbol) FROM rows',
    },
  ]
}

/** Rows as objects, as a program would have them. */
export async function runGlobQuery(connection: DuckDBConnection, sql: string): Promise<unknown> {
  return (await connection.runAndReadAll(sql)).getRowObjects()
}

function rotated<T>(values: readonly T[], by: number): T[] {
  const at = by % values.length
  return [...values.slice(at), ...values.slice(0, at)]
}

/** The parameters of the same queries for the Python script; times in epoch milliseconds. */
export function parametersForPolars(days: readonly SyntheticDay[], facts: SampleContract): object {
  const today = days.at(-1) as SyntheticDay
  const yesterday = days.at(-2) as SyntheticDay
  const to = yesterday.slots.at(-1) as EpochMs
  return {
    ...facts,
    symbol: SYMBOL,
    symbols: SYMBOLS,
    few: CHART_COLUMNS,
    dates: days.map(({ date }) => date),
    now: today.slots.at(-1),
    minute: (yesterday.slots[39] as EpochMs) + 60_000,
    today: [today.slots[0], today.slots.at(-1)],
    yesterday: [yesterday.slots[0], to],
    from: to - 60 * 86_400_000,
    to,
  }
}
