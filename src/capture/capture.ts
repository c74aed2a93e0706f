import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { ReceivedValues } from '../analytics/stored/stored-figures.ts'
import { chainCachePath, writeChainCache } from '../chain/chain-cache.ts'
import type { Config } from '../config/config.ts'
import type { Session } from '../gateway/session/session.ts'
import type { HarvestProgress } from '../harvest/collect.ts'
import { type Harvest, openInterestOf } from '../harvest/harvest.ts'
import { openJournal } from '../harvest/journal/journal.ts'
import type { CycleEstimate } from '../harvest/plan.ts'
import { openUnderlyingStreams, settle, type UnderlyingStreams } from '../harvest/underlyings.ts'
import type { Lake } from '../lake/open.ts'
import { type AppendReport, append, type SymbolSlot } from '../lake/write/append.ts'
import { sessionOn } from '../market/calendar.ts'
import type { Clock } from '../market/clock.ts'
import type { Underlying } from '../market/contract.ts'
import type { Slot } from '../market/slot.ts'
import type { EpochMs } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'
import type { Log } from '../process/log.ts'
import type { SlotReason } from '../snapshot/ledger.ts'
import { reportHarvest, reportMissing } from '../snapshot/symbol-report.ts'
import { createBarrier } from './barrier.ts'
import {
  cycleSeconds,
  isReady,
  type Listed,
  type Share,
  selectAll,
  type WireLimits,
  withSpot,
} from './budget.ts'
import { buildRows, type QuoteMemories } from './build-rows.ts'
import { type Cycle, DeadlineOver, type Fetched, fetchSymbol } from './fetch-symbol.ts'

/** What is asked for of a symbol whose price nobody knows. */
const NOTHING: Share = { wanted: [], skipped: [], windows: [] }

/** Where a cycle's sessions come from: the one session of a single run, or those that a keeper keeps open. */
export interface Sessions {
  /** The open session, or the next one. Rejects when there is none within the time, or at the signal. */
  ready(signal: AbortSignal, timeoutMs: number): Promise<Session>
  /** One symbol's fetch; behind a breaker it may be refused, or tried again until the deadline (monotonic). */
  fetch(symbol: string, action: () => Promise<Fetched>, deadlineAtMs: number): Promise<Fetched>
  /** Tells when the streams of a session have ended without a word (1101); returns what stops the telling. */
  onStreamsLost(session: Session, listener: () => void): () => void
  /** Why a fetch of a symbol failed. */
  reasonOf(error: unknown): SlotReason
  /** What is wrong with the gateway now, and explains what is missing; null where nothing is known to be. */
  outage(): { readonly reason: SlotReason; readonly detail: string } | null
}

export interface CaptureEnv {
  readonly config: Config
  readonly sessions: Sessions
  readonly limits: WireLimits
  readonly clock: Clock
  readonly lake: Lake
  readonly log: Log
  readonly signal: AbortSignal
  /** What earlier slots showed; this one is taken in. */
  readonly memories: QuoteMemories
  onStage?(stage: 'chain' | 'harvest' | 'write'): void
  onProgress?(progress: HarvestProgress): void
}

export interface Captured {
  readonly append: AppendReport
  /** What the gateway said of each stored symbol beside its rows. */
  readonly received: readonly ReceivedValues[]
  /** What was planned; null where no chain was known. */
  readonly estimate: CycleEstimate | null
  /** Seconds from the first request of the harvest to its end. */
  readonly harvestSeconds: number
}

/**
 * One slot, the whole pipeline: what is listed → what is wanted → ask → rows → one commit. What the gateway does not
 * give ends as a report in the ledger; throws only where the lake cannot be written.
 */
export async function capture(
  slot: Slot,
  underlyings: readonly Underlying[],
  env: CaptureEnv,
): Promise<Captured> {
  const { clock } = env
  const startedAt = clock.now()
  const deadlineAtMs = clock.monotonicMs() + cycleSeconds(env.config) * 1_000
  const stocks = underlyings.filter(({ secType }) => secType === 'STK')
  const symbols = stocks.map(({ symbol }) => symbol)

  const over = abortable(env.signal)
  const deadline = clock.sleep(cycleSeconds(env.config) * 1_000, over.signal).then(
    () => over.abort(new DeadlineOver()),
    () => {},
  )
  const untilDeadline = over.signal

  env.onStage?.('chain')
  const view = openUnderlyingStreams(underlyings, { clock, signal: untilDeadline })
  const spool = openJournal(
    join(env.lake.layout.spool, `${slot.at}-${startedAt}.jsonl`),
    { slot: slot.at, date: slot.date, startedAt, symbols },
    (error) =>
      env.log.error({ err: error }, 'quotes are no longer journalled: a crash now would lose this cycle'),
  )
  let harvestFromMs = clock.monotonicMs()
  let estimate: CycleEstimate | null = null
  const budget = createBarrier(symbols, async (chains: readonly Listed[]) => {
    await settle(view)
    const ready = chains.map((one) => withSpot(one, view)).filter(isReady)
    const selected = selectAll(ready, env, secondsTo(deadlineAtMs, clock))
    estimate = selected.estimate
    env.onStage?.('harvest')
    harvestFromMs = clock.monotonicMs()
    return new Map(chains.map(({ symbol }) => [symbol, selected.selections.get(symbol) ?? NOTHING]))
  })
  const cycle: Cycle = {
    ...env,
    untilDeadline,
    slot,
    view,
    spool,
    deadlineAtMs,
    budget,
  }
  const fetched = await Promise.all(stocks.map((underlying) => fetchSymbol(underlying, cycle)))
  const harvestSeconds = (clock.monotonicMs() - harvestFromMs) / 1_000
  over.abort(new Error('the cycle has ended'))
  await deadline
  view.close()

  env.onStage?.('write')
  const parts: SymbolSlot[] = []
  for (const one of fetched) {
    parts.push(symbolSlot(one, { ...env, slot, view, startedAt, outage: env.sessions.outage() }))
    // Judging a symbol's rows takes some hundredths of a second: whoever asks for health is answered in between.
    await setImmediate()
  }
  const report = await append(env.lake, { slot: slot.at, date: slot.date, symbols: parts })
  for (const one of fetched) if ('harvest' in one) keepChainCache(one, env)
  spool.remove()
  const received = report.reports
    .filter(({ rows }) => rows > 0)
    .map(({ symbol, vix }) => ({ symbol, vix, ivIndexFraction: view.impliedVol30Fraction(symbol) }))
  return { append: report, received, estimate, harvestSeconds }
}

function secondsTo(deadlineAtMs: number, clock: Clock): number {
  return Math.max(0, deadlineAtMs - clock.monotonicMs()) / 1_000
}

interface SlotEnv extends Pick<CaptureEnv, 'config' | 'memories'> {
  readonly slot: Slot
  readonly view: UnderlyingStreams
  readonly startedAt: EpochMs
  readonly outage: ReturnType<Sessions['outage']>
}

function symbolSlot(fetched: Fetched, env: SlotEnv): SymbolSlot {
  const { symbol } = fetched
  const { slot, view, startedAt } = env
  const place = { slot: slot.at, date: slot.date }
  if (!('harvest' in fetched)) {
    const { reason, detail } = fetched
    return { symbol, rows: [], report: reportMissing(symbol, reason, { ...place, detail, startedAt }) }
  }
  const { cache } = fetched.chain
  const closeAt = sessionOn(slot.date)?.closeAt ?? slot.at
  const { rows, quality } = buildRows(
    fetched.harvest,
    { ...place, closeAt, openInterest: cache.openInterest },
    { options: env.config.analytics, memories: env.memories },
  )
  const report = reportHarvest(
    { ...fetched.harvest, startedAt },
    {
      ...place,
      outage: env.outage,
      skipped: fetched.skipped,
      underlyingPrice: view.price(symbol)?.price ?? null,
      vix: view.price('VIX')?.price ?? null,
      quality,
    },
  )
  return { symbol, rows, report }
}

/** What this cycle learnt and need not be asked again today: open interest, and where its windows of strikes were laid. */
function keepChainCache(
  { symbol, chain: { cache }, harvest }: Extract<Fetched, { harvest: Harvest }>,
  { lake, log }: Pick<CaptureEnv, 'lake' | 'log'>,
): void {
  const openInterest = new Map(cache.openInterest)
  for (const { contract, quote } of harvest.answered) {
    const value = openInterestOf(quote, contract)
    if (value !== null && value !== undefined) openInterest.set(contract.conId, value)
  }
  try {
    writeChainCache(chainCachePath(lake.layout.contracts, symbol), { ...cache, openInterest })
  } catch (error) {
    log.warn({ err: error, symbol }, 'the open interest of the day is not kept: it will be asked for again')
  }
}
