import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { AnalyticsOptions } from '../analytics/options.ts'
import { storeFigures } from '../analytics/stored/stored-figures.ts'
import { chainCachePath, readChainCache } from '../chain/chain-cache.ts'
import { readFutureCache } from '../chain/futures/future-cache.ts'
import { type RecoveredJournal, readJournal } from '../harvest/journal/read-journal.ts'
import type { Lake } from '../lake/open.ts'
import { slots } from '../lake/query/stats.ts'
import { append, type SlotCommit } from '../lake/write/append.ts'
import { expiryTimesOf } from '../market/option-hours.ts'
import { type DueSlot, newestDate, type Slot, slotOf } from '../market/slot.ts'
import { type ConId, conId, type EpochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import { type BuiltFutures, buildSymbolSlot } from './build-rows.ts'
import { reportFutures } from './build-slot.ts'
import { chainExpiryTimes } from './expiry-times.ts'
import { buildFutures, frontPriceOf } from './futures/build-futures.ts'

/** A cycle whose run was killed, now in the lake as a partial slot. */
export interface Recovery {
  readonly slot: EpochMs
  readonly dates: DueSlot['dates']
  /** Rows that the killed run had received. */
  readonly rows: number
  /** Symbols with rows. Their figures are stored; their surfaces are left to the caller. */
  readonly symbols: readonly string[]
}

/**
 * Stores the journals of killed runs as partial slots. Call it before the first cycle, with a lake that is open for
 * writing: the lake's lock guarantees that no other process is still writing them. A journal whose cycle was
 * committed is deleted; one that cannot be read is moved to quarantine.
 */
export async function recoverJournals(
  lake: Lake,
  log: Log,
  analytics: AnalyticsOptions,
): Promise<Recovery[]> {
  const recoveries: Recovery[] = []
  for (const name of journalNames(lake.layout.journals)) {
    const path = join(lake.layout.journals, name)
    const journal = readOrQuarantine(lake, path, log)
    if (journal && !(await isCommitted(lake, journal))) {
      const report = await append(lake, commitOf(lake, journal, analytics))
      const received = report.reports
        .filter(({ rows, future_rows }) => rows > 0 || (future_rows ?? 0) > 0)
        .map(({ symbol, kind }) => ({ symbol, kind, vix: null, ivIndexFraction: null }))
      const slot = { at: journal.slot, dates: journal.dates }
      await storeFigures(lake, slot, { received, options: analytics })
      const all = [...journal.harvests, ...journal.futures]
      const rows = all.reduce((sum, { answered }) => sum + answered.length, 0)
      recoveries.push({
        ...{ slot: journal.slot, dates: journal.dates, rows },
        symbols: received.map(({ symbol }) => symbol),
      })
      log.warn({ slot: new Date(journal.slot).toISOString(), rows }, 'recovered the cycle of a killed run')
    }
    if (journal !== undefined) rmSync(path)
  }
  return recoveries
}

/** Bytes of all journals: of the running cycle, and of cycles that could not be stored yet. */
export function journalBytes({ layout: { journals } }: Lake): number {
  return journalNames(journals).reduce(
    (sum, name) => sum + (statSync(join(journals, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}

function journalNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.jsonl'))
      .sort()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Null for a journal without a complete line; undefined for one that was moved to quarantine. */
function readOrQuarantine(lake: Lake, path: string, log: Log): RecoveredJournal | null | undefined {
  try {
    return readJournal(readFileSync(path, 'utf8'))
  } catch (error) {
    mkdirSync(lake.layout.quarantine, { recursive: true })
    const kept = join(lake.layout.quarantine, `spool-${path.slice(path.lastIndexOf('/') + 1)}`)
    renameSync(path, kept)
    log.error({ err: error, path: kept }, 'a journal could not be read and was moved to quarantine')
    return undefined
  }
}

async function isCommitted(lake: Lake, { slot, dates, startedAt }: RecoveredJournal): Promise<boolean> {
  const rows = await slots(lake, { date: newestDate({ dates }) })
  return rows.some(({ timestamp, started_at }) => timestamp === slot && started_at === startedAt)
}

function commitOf(
  lake: Lake,
  { slot, dates, harvests, plans, kinds, ...recovered }: RecoveredJournal,
  analytics: AnalyticsOptions,
): SlotCommit {
  const symbols = harvests.map((harvest) => {
    const own = slotOf({ at: slot, dates }, harvest.symbol)
    const cached = readChainCache(chainCachePath(lake.layout.contracts, harvest.symbol))
    const plan = plans.findLast(({ symbol }) => symbol === harvest.symbol)
    const last = harvest.answered.findLast(({ underlying }) => underlying !== null)?.underlying
    const futures = recoveredFutures(lake, { at: slot, date: own.date, symbol: harvest.symbol }, recovered)
    const kind = kinds?.get(harvest.symbol) ?? null
    if (kind === 'FUT') {
      const planned = futures?.planned ?? 0
      const report = reportFutures(
        { harvest: futures?.harvest ?? { ...harvest, answered: [], gaps: [] }, detail: null },
        futures?.rows ?? [],
        { slot, date: own.date, kind, vix: null, skipped: 0, planned, recovered: true },
      )
      return { symbol: harvest.symbol, rows: [], futures: futures?.rows ?? [], report }
    }
    const facts = {
      kind,
      openInterest: cached?.date === own.date ? cached.openInterest : new Map(),
      expiresAt: cached ? chainExpiryTimes(cached) : expiryTimesOf(harvest.symbol),
      underlyingPrice: (futures && frontPriceOf(futures.rows)) ?? last?.price ?? null,
      vix: null,
      skipped: plan?.skipped ?? 0,
      planned: (plan?.requested ?? 0) + (futures?.planned ?? 0),
      recovered: true,
      ...(futures
        ? { futures }
        : kind === 'FOP' && { futures: { rows: [], harvest: { ...harvest, answered: [], gaps: [] } } }),
    }
    return buildSymbolSlot(harvest, own, facts, { analytics, quoteHistories: new Map() })
  })
  return { slot, date: newestDate({ dates }), symbols }
}

/** The rows of one symbol's futures; null if none had been requested. */
function recoveredFutures(
  lake: Lake,
  { symbol, ...slot }: Slot & { readonly symbol: string },
  { futures, futurePlans }: Pick<RecoveredJournal, 'futures' | 'futurePlans'>,
): (BuiltFutures & { readonly planned: number }) | null {
  const harvest = futures.find((one) => one.symbol === symbol)
  const plan = futurePlans.findLast((one) => one.symbol === symbol)
  if (!harvest || !plan) return null
  const { openInterest } = readFutureCache(lake.layout.contracts, symbol) ?? {}
  const known = openInterest?.date === slot.date ? openInterest.contracts : new Map<ConId, number>()
  const ranks = new Map(plan.ranks.map(([id, rank]) => [conId(id), rank]))
  const rows = buildFutures({ harvest, ...plan, ranks, openInterest: known }, slot)
  return { rows, harvest, planned: ranks.size }
}
