import { type EpochMs, type SessionDate, sessionDate } from '../../market/units.ts'
import type { GridPoint } from '../../snapshot/surface/surface-grid.ts'
import { sqlLiteral, timestampParameter } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import { folderOf, smallState } from '../tables/loaded-small-tables.ts'
import { type SmallFile, SURFACE_GRID, schemaOf, slotRange } from '../tables/small-tables.ts'
import { readFailure } from './errors.ts'
import { parquetSource } from './parquet-source.ts'

/** The slots of one session that its value is the median of, both ends included. */
export interface SessionWindow {
  readonly date: SessionDate
  readonly from: EpochMs
  readonly to: EpochMs
}

/** One session's value of a point of the grid: the median of its slots in the window. */
export interface GridObservation {
  readonly date: SessionDate
  readonly tenorDays: number
  readonly point: GridPoint
  /** A fraction a year. */
  readonly iv: number
  /** Slots with a value. */
  readonly cycles: number
}

/**
 * The daily values of every point of a symbol's grid, one for each session in which it has any, by date. Only rows of the
 * given version of the definitions are used.
 * @throws Failure EXIT.io when the log or a data file cannot be read.
 */
export async function gridHistory(
  lake: Lake,
  symbol: string,
  { windows, definitionVersion }: { windows: readonly SessionWindow[]; definitionVersion: number },
): Promise<GridObservation[]> {
  const state = await smallState(lake, SURFACE_GRID)
  const byDate = new Map<string | null, SessionWindow>(windows.map((one) => [one.date, one]))
  const files = [...(state?.files.values() ?? [])].filter((file) => mayHave(file, byDate))
  if (files.length === 0) return []
  const folder = folderOf(lake, SURFACE_GRID)
  const source = parquetSource(
    { folder, ...schemaOf(SURFACE_GRID) },
    files.map(({ path, sha256, partition }) => ({
      path,
      sha256,
      partition: [partition],
      missingColumns: [],
    })),
  )
  const list = (values: readonly (string | bigint)[]) =>
    `unnest(from_json(${sqlLiteral(JSON.stringify(values.map(String)))}, '["VARCHAR"]'))`
  const query = `WITH windows AS (SELECT
      ${list(windows.map(({ date }) => date))}::DATE AS date,
      make_timestamptz(${list(windows.map(({ from }) => timestampParameter(from)))}::BIGINT) AS first,
      make_timestamptz(${list(windows.map(({ to }) => timestampParameter(to)))}::BIGINT) AS last)
    SELECT strftime(date, '%Y-%m-%d'), tenor_days, point, median(iv), count(iv)::INTEGER
    FROM ${source} JOIN windows USING (date)
    WHERE symbol = $symbol AND definition_version = $version AND timestamp BETWEEN first AND last AND iv IS NOT NULL
    GROUP BY ALL ORDER BY ALL`
  return lake.engine.use(async (connection) => {
    const result = await connection
      .run(query, { symbol, version: definitionVersion })
      .catch(async (error: unknown) => {
        throw await readFailure(lake, { folder, files }, error)
      })
    return (await result.getRows()).map(([date, tenorDays, point, iv, cycles]) => ({
      date: sessionDate(date as string),
      tenorDays: tenorDays as number,
      point: point as GridPoint,
      iv: iv as number,
      cycles: cycles as number,
    }))
  })
}

/**
 * The files that the values of each session come from, as one text for each date: while it is the same, so are the values.
 * Dates without files are left out.
 * @throws Failure EXIT.io when the log cannot be read.
 */
export async function gridFiles(
  lake: Lake,
  windows: readonly SessionWindow[],
): Promise<ReadonlyMap<SessionDate, string>> {
  const state = await smallState(lake, SURFACE_GRID)
  const byDate = new Map<string | null, SessionWindow>(windows.map((one) => [one.date, one]))
  const found = new Map<SessionDate, string>()
  for (const file of state?.files.values() ?? []) {
    if (!mayHave(file, byDate)) continue
    const date = sessionDate(file.partition as string)
    found.set(date, `${found.get(date) ?? ''} ${file.path}`)
  }
  return found
}

function mayHave(file: SmallFile, windows: ReadonlyMap<string | null, SessionWindow>): boolean {
  const window = windows.get(file.partition)
  const range = slotRange(file)
  return window !== undefined && (range === null || (range.first <= window.to && window.from <= range.last))
}
