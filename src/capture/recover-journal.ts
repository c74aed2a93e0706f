import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AnalyticsOptions } from '../analytics/options.ts'
import { storeFigures } from '../analytics/stored/stored-figures.ts'
import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import { type RecoveredJournal, readJournal } from '../harvest/journal/journal.ts'
import type { Lake } from '../lake/open.ts'
import { slots } from '../lake/query/stats.ts'
import { append, type SlotCommit } from '../lake/write/append.ts'
import { sessionOn } from '../market/calendar.ts'
import type { EpochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import { reportHarvest } from '../snapshot/symbol-report.ts'
import { buildRows } from './build-rows.ts'

/** A cycle of an earlier run that was killed, and what of it is now in the lake. */
export interface Recovery {
  readonly slot: EpochMs
  /** That the killed run had received. */
  readonly rows: number
}

/**
 * Turns the journals that killed runs left into partial slots. Run it after the lake is open for writing, which
 * makes sure that nobody still writes them, and before the first cycle. A journal whose cycle was committed after all
 * is dropped; one that cannot be read goes to quarantine, never to the bin.
 */
export async function recoverJournals(lake: Lake, log: Log, options: AnalyticsOptions): Promise<Recovery[]> {
  const recoveries: Recovery[] = []
  for (const name of spoolNames(lake.layout.spool)) {
    const path = join(lake.layout.spool, name)
    const spool = readOrQuarantine(lake, path, log)
    if (spool && !(await isCommitted(lake, spool))) {
      const report = await append(lake, slotOf(lake, spool, options))
      const received = report.reports
        .filter(({ rows }) => rows > 0)
        .map(({ symbol }) => ({ symbol, vix: null, ivIndexFraction: null }))
      await storeFigures(lake, { at: spool.slot, date: spool.date }, { received, options })
      const rows = spool.harvests.reduce((sum, { answered }) => sum + answered.length, 0)
      recoveries.push({ slot: spool.slot, rows })
      log.warn({ slot: new Date(spool.slot).toISOString(), rows }, 'recovered a killed cycle')
    }
    if (spool !== undefined) rmSync(path)
  }
  return recoveries
}

/** Bytes of the journals that are there: of the running cycle, and of what could not be stored yet. */
export function journalBytes({ layout: { spool } }: Lake): number {
  return spoolNames(spool).reduce(
    (sum, name) => sum + (statSync(join(spool, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

function spoolNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Null for a journal that holds nothing; undefined for one that was put into quarantine. */
function readOrQuarantine(lake: Lake, path: string, log: Log): RecoveredJournal | null | undefined {
  try {
    return readJournal(readFileSync(path, 'utf8'))
  } catch (error) {
    mkdirSync(lake.layout.quarantine, { recursive: true })
    const kept = join(lake.layout.quarantine, `spool-${path.slice(path.lastIndexOf('/') + 1)}`)
    renameSync(path, kept)
    log.error({ err: error, path: kept }, 'a journal of quotes could not be read and was set aside')
    return undefined
  }
}

async function isCommitted(lake: Lake, spool: RecoveredJournal): Promise<boolean> {
  const rows = await slots(lake, { date: spool.date })
  return rows.some(({ timestamp, started_at }) => timestamp === spool.slot && started_at === spool.startedAt)
}

function slotOf(
  lake: Lake,
  { slot, date, harvests, plans }: RecoveredJournal,
  options: AnalyticsOptions,
): SlotCommit {
  const closeAt = sessionOn(date)?.closeAt ?? slot
  const symbols = harvests.map((harvest) => {
    const kept = readChainCache(chainCachePath(lake.layout.contracts, harvest.symbol))
    const plan = plans.find(({ symbol }) => symbol === harvest.symbol)
    const last = harvest.answered.findLast(({ underlying }) => underlying !== null)?.underlying
    const openInterest = kept?.date === date ? kept.openInterest : new Map()
    const context = { slot, date, closeAt, openInterest }
    const { rows, quality } = buildRows(harvest, context, { options, memories: new Map() })
    const report = reportHarvest(harvest, {
      slot,
      date,
      skipped: plan?.skipped ?? 0,
      underlyingPrice: last?.price ?? null,
      vix: null,
      quality,
      recovered: true,
      planned: plan?.requested ?? 0,
    })
    return { symbol: harvest.symbol, rows, report }
  })
  return { slot, date, symbols }
}
