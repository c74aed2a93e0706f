import { HISTORY_COLUMNS } from '../../../src/analytics/features/feature-columns.ts'
import {
  type FeatureDay,
  type FeatureInterval,
  type FeatureRow,
  featureRows,
} from '../../../src/analytics/features/feature-rows.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { epochMs, sessionDate } from '../../../src/market/units.ts'
import { dayOf, PRODUCT_RULES, type RandomLake, type Rules } from './random-lake.ts'

/** A way to join, of the product or with a planted mistake. */
export interface Join {
  readonly name: string
  readonly rules: Rules
  rows(day: FeatureDay, every: FeatureInterval): FeatureRow[]
}

export const PRODUCT: Join = { name: 'product', rules: PRODUCT_RULES, rows: featureRows }

/** Mistakes that backtests have been ruined by; the check must see each. */
export const PLANTED: readonly Join[] = [
  {
    ...PRODUCT,
    name: 'daily values by their date, not by when they came',
    rules: { ...PRODUCT_RULES, observation: ({ date }) => newYorkInstant(sessionDate(date), '16:00') },
  },
  {
    ...PRODUCT,
    name: 'slots at their time, not when they had arrived',
    rules: { ...PRODUCT_RULES, slot: ({ timestamp }) => epochMs(timestamp) },
  },
  {
    ...PRODUCT,
    name: "today's own daily value before its close",
    rules: { ...PRODUCT_RULES, observation: ({ date }) => newYorkInstant(sessionDate(date), '00:00') },
  },
  {
    ...PRODUCT,
    name: 'ranks as stored, from after a rebuild',
    rows: (day, every) => {
      const stored = new Map(day.slots.map(({ value }) => [value.timestamp, value]))
      return featureRows(day, every).map((row) => ({
        ...row,
        ...Object.fromEntries(
          Object.entries(stored.get(row.timestamp as number) ?? {}).filter(([name]) =>
            HISTORY_COLUMNS.has(name),
          ),
        ),
      }))
    },
  },
]

export interface LeakCount {
  readonly joins: number
  readonly leaks: number
  /** Rows that lack the newest value of a source that was available. */
  readonly overlooked: number
}

/**
 * Joins a lake, then joins again, for each row, only what was available at its time: the row must be the same to the last
 * bit, whatever came later. And its daily values must be the newest that were available.
 */
export function countLeaks(lake: RandomLake, join: Join, every: FeatureInterval): LeakCount {
  let [joins, leaks, overlooked] = [0, 0, 0]
  for (const row of join.rows(dayOf(lake, Number.POSITIVE_INFINITY, join.rules), every)) {
    const at = row.known_at as number
    const then = join
      .rows(dayOf(lake, at, join.rules), every)
      .find((one) => one.timestamp === row.timestamp && one.known_at === at)
    joins++
    if (then === undefined || !isSame(row, then)) leaks++
    if (!hasNewest(row, lake)) overlooked++
  }
  return { joins, leaks, overlooked }
}

function isSame(one: FeatureRow, other: FeatureRow): boolean {
  return Object.keys(one).every((name) => Object.is(one[name], other[name]))
}

const SOURCES = { last_chain: 'chain', last_ib: 'ib_index', last_bars: 'bars' } as const

function hasNewest(row: FeatureRow, { observed, vix }: RandomLake): boolean {
  const newest = (from: RandomLake['vix'], source: string) =>
    from
      .filter((one) => one.row.source === source && one.availableAt <= (row.known_at as number))
      .reduce<string | null>(
        (latest, one) => (latest === null || one.row.date > latest ? one.row.date : latest),
        null,
      )
  return (
    row.last_vix_date === newest(vix, 'index') &&
    Object.entries(SOURCES).every(([prefix, source]) => row[`${prefix}_date`] === newest(observed, source))
  )
}
