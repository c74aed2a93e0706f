import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { verify } from '../../../src/lake/check/verify/verify.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { slots } from '../../../src/lake/query/stats.ts'
import type { Clock } from '../../../src/market/clock.ts'
import type { EpochMs } from '../../../src/market/units.ts'
import type { LedgerRow } from '../../../src/snapshot/ledger.ts'
import { EXPIRES, type ExpectedSlot, expectedSlots, SYMBOLS } from './truth.ts'

interface Span {
  readonly startAt: EpochMs
  readonly endAt: EpochMs
  /** Between two slots. */
  readonly intervalMs: number
}

/** Compares what the daemon stored with what the exchanges publish. */
export async function checkLake(
  folder: string,
  { clock, ...span }: Span & { clock: Clock },
): Promise<Goal[]> {
  const lake = await openLake(folder, { mode: 'read', clock })
  try {
    const ledger = await slots(lake)
    printOutcomes(ledger)
    const { findings } = await verify(folder, { clock })
    for (const finding of findings) console.log(JSON.stringify(finding))
    return [
      ...ledgerGoals(ledger, span),
      ...(await contentGoals(lake, span)),
      { name: 'findings of verify', value: findings.length, unit: 'findings', atMost: 0 },
    ]
  } finally {
    await lake.close()
  }
}

/** Outcomes by symbol, with the number of slots. */
function printOutcomes(ledger: readonly LedgerRow[]): void {
  const counts = new Map<string, { symbol: string; outcome: string; entries: number }>()
  for (const { symbol, outcome, reason } of ledger) {
    const words = reason ? `${outcome}: ${reason}` : outcome
    const key = `${symbol} ${words}`
    const entry = counts.get(key) ?? { symbol, outcome: words, entries: 0 }
    entry.entries += 1
    counts.set(key, entry)
  }
  console.log(
    formatTable(
      [...counts.values()].sort((a, b) => a.symbol.localeCompare(b.symbol) || b.entries - a.entries),
      [
        { title: 'symbol', value: ({ symbol }) => symbol },
        { title: 'outcome', value: ({ outcome }) => outcome },
        { title: 'slots', align: 'right', value: ({ entries }) => String(entries) },
      ],
    ),
  )
}

function ledgerGoals(ledger: readonly LedgerRow[], { startAt, endAt, intervalMs }: Span): Goal[] {
  const expected = expectedSlots(intervalMs).filter(({ slot }) => slot < endAt)
  // The session in progress at the start is in the ledger from its first slot on: nothing was running.
  const opened = new Set(
    SYMBOLS.flatMap((symbol) => {
      const next = expected.find((one) => one.symbol === symbol && one.slot + intervalMs > startAt)
      return expected.filter((one) => one.symbol === symbol && next && one.date >= next.date).map(keyOf)
    }),
  )
  const collectable = expected.filter(({ slot }) => slot + intervalMs > startAt)
  const rows = new Map(ledger.map((row) => [`${row.timestamp} ${row.symbol} ${row.date}`, row]))
  const outcomes = collectable.map((one) => rows.get(keyOf(one))?.outcome)
  return [
    { name: 'expected slots', value: opened.size, unit: 'slots', atLeast: 1 },
    count(
      'expected slots without an entry',
      [...opened].filter((key) => !rows.has(key)),
    ),
    count(
      'entries that were not expected',
      [...rows.keys()].filter((key) => !opened.has(key)),
    ),
    {
      name: 'collectable slots stored',
      value: (100 * outcomes.filter((outcome) => outcome === 'stored').length) / collectable.length,
      unit: '%',
      atLeast: 100,
    },
  ]
}

function keyOf({ slot, symbol, date }: ExpectedSlot): string {
  return `${slot} ${symbol} ${date}`
}

/** A goal of none, with some of the exceptions printed. */
function count(name: string, exceptions: readonly string[]): Goal {
  for (const one of exceptions.slice(0, 5)) console.log(`${name}: ${one}`)
  return { name, value: exceptions.length, unit: 'slots', atMost: 0 }
}

/** What must and what must not be in the tables; each query counts rows. */
async function contentGoals(lake: Lake, { startAt, endAt }: Span): Promise<Goal[]> {
  const esUntil = new Date(EXPIRES.es.until).toISOString()
  const isWhole = endAt - startAt > 7 * 86_400_000
  const counted = async (name: string, query: string, bound: Pick<Goal, 'atLeast' | 'atMost'>) => {
    const { rows } = await sql(lake, query)
    return { name, value: Number(rows[0]?.[0]), unit: 'rows', ...bound }
  }
  const none = { atMost: 0 }
  const some = { atLeast: 1 }
  const snapshots = (where: string) => `SELECT count(*) FROM option_snapshots WHERE ${where}`
  const always = await Promise.all([
    counted(
      'rows of SPX of class SPXW with AM settlement, or of class SPX with PM',
      snapshots(
        "symbol = 'SPX' AND (settlement IS NULL OR (trading_class = 'SPX') <> (settlement = 'am') OR exercise_style <> 'european')",
      ),
      none,
    ),
    counted('rows after the last trading day', snapshots("strptime(expiry, '%Y%m%d')::DATE < date"), none),
    counted(
      'rows with a date of another session',
      snapshots("symbol <> 'ES' AND date <> (timestamp AT TIME ZONE 'America/New_York')::DATE"),
      none,
    ),
    counted(
      'rows of the December future after its last trade',
      `SELECT count(*) FROM future_snapshots WHERE contract_month = '${EXPIRES.es.contractMonth}' AND timestamp >= '${esUntil}'`,
      none,
    ),
    counted(
      'slots of ES without its front future',
      "SELECT count(*) FROM slots WHERE symbol = 'ES' AND outcome = 'stored' AND timestamp NOT IN (SELECT timestamp FROM future_snapshots WHERE front_rank = 1)",
      none,
    ),
    counted('bars', 'SELECT count(*) FROM underlying_bars', some),
    counted(
      'five-minute intervals of SPY and ES in a stored slot without a bar, but for the first',
      "SELECT count(*) FROM slots s WHERE s.symbol IN ('SPY', 'ES') AND s.outcome = 'stored' AND s.timestamp > (SELECT min(timestamp) FROM underlying_bars) AND s.timestamp < (SELECT max(timestamp) FROM underlying_bars) AND NOT EXISTS (SELECT 1 FROM underlying_bars b WHERE b.symbol = s.symbol AND b.timestamp = s.timestamp)",
      none,
    ),
    counted(
      'bars with a high below, or a low above, the others',
      'SELECT count(*) FROM underlying_bars WHERE high < greatest(open, close) OR low > least(open, close)',
      none,
    ),
  ])
  if (!isWhole) return always
  const lastDays = [EXPIRES.vix, EXPIRES.spx, EXPIRES.spxw].map(({ expiry, lastDate }, at) =>
    counted(
      `rows of ${['VIX', 'SPX', 'SPXW'][at]} ${expiry} on its last trading day`,
      snapshots(
        `trading_class = '${['VIX', 'SPX', 'SPXW'][at]}' AND expiry = '${expiry}' AND date = '${lastDate}'`,
      ),
      some,
    ),
  )
  const bothClasses = counted(
    'slot, expiry, strike and right that two classes of SPX share',
    'SELECT count(*) FROM (SELECT timestamp, expiry, strike, "right" FROM option_snapshots WHERE symbol = \'SPX\' GROUP BY ALL HAVING count(*) = 2)',
    some,
  )
  return [...always, ...(await Promise.all([...lastDays, bothClasses]))]
}
