import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { rebuildDay, storedDays } from '../../src/analytics/stored/rebuild.ts'
import { openProgressBar } from '../../src/commands/terminal/progress-bar.ts'
import { openLake } from '../../src/lake/open.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { epochMs, type SessionDate } from '../../src/market/units.ts'
import { syntheticDays } from './synthetic.ts'
import { openDuckDB, storeCompactedDay } from './year.ts'

export interface RebuildRate {
  readonly slots: number
  readonly slotsPerSecond: number
  /** Peak of the whole process, bytes. */
  readonly residentBytes: number
}

/**
 * Measures `optionlake metrics --rebuild`, writing included, for full sessions of three symbols with 7,200 rows a slot,
 * stored as compaction leaves them.
 */
export async function measureRebuild(sessions: number, last: SessionDate): Promise<RebuildRate> {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-bench-'))
  const days = syntheticDays(sessions, last)
  const clock = clockFrom(epochMs(days.at(-1)?.slots.at(-1) ?? 0))
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const duckdb = await openDuckDB()
  try {
    for (const day of days) await storeCompactedDay(lake, duckdb, day)
    const stored = await storedDays(lake, {})
    const total = stored.reduce((sum, { entries }) => sum + entries.length, 0)
    const bar = openProgressBar('figures', process.stderr.isTTY === true)
    let done = 0
    const env = {
      options: analyticsOptions.parse({}),
      recordedAt: clock.now(),
      signal: new AbortController().signal,
      onFigures: () => bar.update(++done, total),
    }
    const startedAtMs = performance.now()
    for (const day of stored) await rebuildDay(lake, day, env)
    const seconds = (performance.now() - startedAtMs) / 1_000
    bar.close()
    const slots = days.reduce((sum, day) => sum + day.slots.length, 0)
    const residentBytes = process.resourceUsage().maxRSS * 1_024
    return { slots, slotsPerSecond: slots / seconds, residentBytes }
  } finally {
    duckdb.closeSync()
    await lake.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
