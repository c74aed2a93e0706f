import { QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import { NOT_RECORDED, SNAPSHOT_COLUMNS, type SnapshotRow } from '../../src/snapshot/row.ts'

/**
 * Columns that cannot be the same when a replay is collected: the moment at which a quote came, and the underlying's price
 * of that moment, of which the replay serves the median of the slot.
 */
const OF_THE_MOMENT: readonly string[] = ['quoted_at', 'underlying_price']
/** Of a row with greeks that the collector solved itself: they depend on that moment and price. */
const OWN_GREEKS: readonly string[] = ['iv', 'delta', 'gamma', 'theta', 'vega']
/** Flags that depend on the moment, on the underlying's price of that moment, or on slots before this one. */
const OTHER_FLAGS = QUALITY_FLAGS.underlying_skew | QUALITY_FLAGS.below_intrinsic | QUALITY_FLAGS.stale

/** The columns that are compared in every row; `iv` and the greeks only where the gateway sent them. */
export function comparedColumns(): string[] {
  return SNAPSHOT_COLUMNS.map(({ name }) => name).filter((name) => !OF_THE_MOMENT.includes(name))
}

export interface ComparedRows {
  readonly rows: number
  /** One line for each value that differs, and for each row that only one side has. */
  readonly differences: readonly string[]
}

/** Compares the rows of a slot with those that were collected from its replay. */
export function rowDifferences(
  recorded: readonly SnapshotRow[],
  collected: readonly SnapshotRow[],
): ComparedRows {
  const found = new Map(collected.map((row) => [nameOf(row), row]))
  const differences: string[] = []
  for (const row of recorded) {
    const again = found.get(nameOf(row))
    found.delete(nameOf(row))
    if (!again) differences.push(`${nameOf(row)}: not collected`)
    else differences.push(...valueDifferences(row, again))
  }
  for (const name of found.keys()) differences.push(`${name}: not recorded`)
  return { rows: recorded.length, differences }
}

function valueDifferences(row: SnapshotRow, again: SnapshotRow): string[] {
  const own = row.greeks_source === 'own' ? OWN_GREEKS : []
  return comparedColumns().flatMap((name) => {
    if (own.includes(name)) return []
    // A row of version 0.1 does not have it; collected again, it does.
    if (name in NOT_RECORDED && row[name as keyof SnapshotRow] === null) return []
    const [before, after] = [compared(row, name), compared(again, name)]
    return before === after ? [] : [`${nameOf(row)}, ${name}: ${before} → ${after}`]
  })
}

function compared(row: SnapshotRow, name: string): unknown {
  const value = row[name as keyof SnapshotRow]
  return name === 'flags' ? (value as number) & ~OTHER_FLAGS : value
}

const nameOf = ({ timestamp, symbol, expiry, strike, right, trading_class }: SnapshotRow) =>
  `${new Date(timestamp).toISOString()} ${symbol} ${expiry} ${strike} ${right} ${trading_class}`
