import type { Lake } from '../../lake/open.ts'
import { smallState } from '../../lake/tables/loaded-small-tables.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS } from '../../lake/tables/small-tables.ts'
import { type SessionDate, sessionDate } from '../../market/units.ts'
import { DEFINITION_VERSION, isOfThisVersion } from '../../snapshot/definition-version.ts'
import { type StoredDay, storedDays } from './rebuild.ts'

/** Trade dates with figures that follow an older version of the definitions than this program's. */
export interface OlderFigures {
  /** Their chains are stored, so that the figures can be computed again; ascending. */
  readonly rebuildable: readonly StoredDay[]
  /** Their chains are gone: the figures stay as they are, and are not ranked with newer ones; ascending. */
  readonly kept: readonly SessionDate[]
}

/**
 * The dates on which stored figures follow an older version. The statistics in the log answer for most dates without
 * reading a file. Pure reading: nothing is changed.
 * @throws Failure EXIT.io when the lake cannot be read.
 */
export async function olderFigures(lake: Lake): Promise<OlderFigures> {
  const dates = [
    ...new Set([...(await datesOfOlderMetrics(lake)), ...(await datesOfOlderObservations(lake))]),
  ]
  const [first, last] = [dates.sort()[0], dates.at(-1)]
  if (first === undefined || last === undefined) return { rebuildable: [], kept: [] }
  const stored = new Map((await storedDays(lake, { from: first, to: last })).map((day) => [day.date, day]))
  const rebuildable: StoredDay[] = []
  const kept: SessionDate[] = []
  for (const date of dates) {
    const day = stored.get(date)
    if (day && (await isRebuildable(lake, day))) rebuildable.push(day)
    else kept.push(date)
  }
  return { rebuildable, kept }
}

/** Whether a slot with older figures still has its chain, or an observation can follow from newer figures. */
async function isRebuildable(lake: Lake, { date, entries }: StoredDay): Promise<boolean> {
  const range = { from: date, to: date }
  const keyOf = ({ timestamp, symbol }: { timestamp: number; symbol: string }) => `${timestamp} ${symbol}`
  const withChain = new Set(entries.map(keyOf))
  const metrics = await readRows(lake, MARKET_METRICS, range)
  if (metrics.some((row) => !isOfThisVersion(row) && withChain.has(keyOf(row)))) return true
  const observed = await readRows(lake, DAILY_OBSERVATIONS, range)
  return observed.some(
    (row) =>
      row.source === 'chain' &&
      !isOfThisVersion(row) &&
      metrics.some((one) => one.symbol === row.symbol && one.iv30 !== null && isOfThisVersion(one)),
  )
}

async function datesOfOlderMetrics(lake: Lake): Promise<SessionDate[]> {
  const state = await smallState(lake, MARKET_METRICS)
  const dates: SessionDate[] = []
  for (const { partition, oldestVersion } of state?.files.values() ?? []) {
    if (partition === null || oldestVersion === DEFINITION_VERSION) continue
    const date = sessionDate(partition)
    if (oldestVersion !== null || (await hasOlderRow(lake, date))) dates.push(date)
  }
  return dates
}

/** For a file that another program wrote, whose statistics may not say it. */
async function hasOlderRow(lake: Lake, date: SessionDate): Promise<boolean> {
  const rows = await readRows(lake, MARKET_METRICS, { from: date, to: date })
  return rows.some((row) => !isOfThisVersion(row))
}

async function datesOfOlderObservations(lake: Lake): Promise<SessionDate[]> {
  const observed = await readRows(lake, DAILY_OBSERVATIONS)
  return observed
    .filter((row) => row.source === 'chain' && !isOfThisVersion(row))
    .map(({ date }) => sessionDate(date))
}
