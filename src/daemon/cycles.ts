import type { LatestFigures } from '../analytics/stored/latest-figures.ts'
import { storeFigures } from '../analytics/stored/stored-figures.ts'
import { cycleSeconds } from '../capture/budget.ts'
import type { QuoteMemories } from '../capture/build-rows.ts'
import { type Captured, capture, type Sessions } from '../capture/capture.ts'
import { recoverJournals } from '../capture/recover-journal.ts'
import { openUnderlyings } from '../capture/underlying-contracts.ts'
import type { Config } from '../config/config.ts'
import type { Lake } from '../lake/open.ts'
import { stats } from '../lake/query/stats.ts'
import type { AppendReport } from '../lake/write/append.ts'
import { recordReports } from '../lake/write/record-reports.ts'
import type { Clock } from '../market/clock.ts'
import type { Underlying } from '../market/contract.ts'
import type { Slot } from '../market/slot.ts'
import { Failure } from '../process/failure.ts'
import type { Log } from '../process/log.ts'
import type { Metrics } from '../serve/metrics/metrics.ts'
import type { LedgerRow, SlotReason } from '../snapshot/ledger.ts'
import { reportMissing, type SymbolReport } from '../snapshot/symbol-report.ts'
import type { DaemonStatus } from './daemon-status.ts'
import type { Place } from './gateway/place.ts'

/** What the daemon does with slots. Each slot it is given ends in the ledger. */
export interface Cycles {
  /** Collects one slot. Resolves with what was stored; null where nothing could be asked. */
  collect(slot: Slot): Promise<Captured | null>
  /** Enters slots that nobody attended. */
  recordMissed(slots: readonly Slot[]): Promise<void>
  /** The underlyings of the last cycle; empty before the first. */
  underlyings(): readonly Underlying[]
}

export interface CyclesEnv {
  readonly config: Config
  readonly place: Place
  readonly sessions: Sessions
  readonly lake: Lake
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  readonly metrics: Metrics
  readonly standing: DaemonStatus
  readonly figures: LatestFigures
}

/** Reports that wait for a lake that can be written again: a month of slots of three symbols. */
const MOST_WAITING = 5_000

export function openCycles(env: CyclesEnv): Cycles {
  const { config, lake, clock, log, metrics, standing } = env
  const finder = openUnderlyings(config.symbols, lake.layout.contracts)
  let underlyings: readonly Underlying[] = []
  /** What the ledger has not heard yet because the lake could not be written. */
  let waiting: SymbolReport[] = []
  let spoolsLeft = false
  const memories: QuoteMemories = new Map()
  let running: Promise<void> = Promise.resolve()

  /** One cycle after the other: cycles never overlap. */
  function collect(slot: Slot): Promise<Captured | null> {
    const cycle = running.then(() => collectNow(slot))
    running = cycle.then(
      () => {},
      () => {},
    )
    return cycle
  }

  async function collectNow(slot: Slot): Promise<Captured | null> {
    const startedAtMs = clock.monotonicMs()
    try {
      await catchUp()
    } catch (error) {
      lakeRefused(slot, error)
      throw error
    }
    try {
      underlyings = await findUnderlyings(slot)
    } catch (error) {
      if (error instanceof Failure) log.error({ err: error }, error.message)
      await enterMissing(slot, { reason: env.sessions.reasonOf(error), detail: (error as Error).message })
      return null
    }
    try {
      const { limits } = env.place
      const captured = await capture(slot, underlyings, { ...env, limits, memories, ...stages() })
      stored(captured.append)
      const { received } = captured
      env.figures.keep(await storeFigures(lake, slot, { received, options: config.analytics }))
      metrics.cycle((clock.monotonicMs() - startedAtMs) / 1_000)
      return captured
    } catch (error) {
      // Its journal keeps the quotes until the lake can be written.
      spoolsLeft = true
      lakeRefused(slot, error)
      throw error
    }
  }

  function lakeRefused(slot: Slot, error: unknown): void {
    const detail = (error as Error).message
    waiting = [...waiting, ...missing(slot, reasonOfFault(error), detail)].slice(-MOST_WAITING)
    standing.lakeFault(detail, clock.now())
  }

  /** Waits for a session as long as the cycle may take: the gateway may come back in the middle of a slot. */
  function findUnderlyings(slot: Slot): Promise<readonly Underlying[]> {
    const leftMs = slot.at + cycleSeconds(config) * 1_000 - clock.now()
    return finder.find(() => env.sessions.ready(env.signal, Math.max(0, leftMs)), env.signal)
  }

  function stages() {
    let stage: 'chain' | 'harvest' | 'write' | null = null
    let fromMs = clock.monotonicMs()
    return {
      onStage: (next: 'chain' | 'harvest' | 'write') => {
        const nowMs = clock.monotonicMs()
        if (stage) metrics.stage(stage, (nowMs - fromMs) / 1_000)
        stage = next
        fromMs = nowMs
      },
    }
  }

  /** What an earlier cycle could not write. Throws while the lake still refuses. */
  async function catchUp(): Promise<void> {
    if (waiting.length > 0) {
      entered(await recordReports(lake, waiting))
      waiting = []
    }
    if (spoolsLeft) await recoverJournals(lake, log, config.analytics)
    spoolsLeft = false
    standing.lakeFault(null, clock.now())
  }

  async function enterMissing(slot: Slot, why: { reason: SlotReason; detail: string }): Promise<void> {
    waiting = [...waiting, ...missing(slot, why.reason, why.detail)].slice(-MOST_WAITING)
    await catchUp()
  }

  function missing({ at, date }: Slot, reason: SlotReason, detail: string | null): SymbolReport[] {
    return config.symbols.map((symbol) =>
      reportMissing(symbol, reason, { slot: at, date, detail, startedAt: null }),
    )
  }

  function stored(report: AppendReport): void {
    metrics.commit(report.commitMs / 1_000)
    entered(report.reports)
    stats(lake).then(
      ({ bytes, files, rows }) => metrics.lake({ bytes, files, rows }),
      // The slot is stored: a disk that fails a moment later is the next cycle's to meet.
      (error: unknown) => log.warn({ err: error }, 'the size of the lake could not be told'),
    )
    for (const { symbol, outcome, reason, detail, rows } of report.reports) {
      const facts = { symbol, outcome, reason, detail, rows }
      if (outcome === 'stored') log.info(facts, 'slot stored')
      else log.warn(facts, `slot ${outcome}`)
    }
  }

  function entered(reports: readonly LedgerRow[]): void {
    for (const report of reports) {
      metrics.slot(report)
      standing.entered(report)
    }
  }

  return {
    collect,
    recordMissed: async (slots) => {
      log.warn(
        { slots: slots.length, from: slots[0]?.at, to: slots.at(-1)?.at },
        'slots that nobody attended',
      )
      const reports = slots.flatMap((slot) => missing(slot, 'not_running', null))
      entered(await recordReports(lake, reports))
    },
    underlyings: () => underlyings,
  }
}

function reasonOfFault(error: unknown): SlotReason {
  const text = error instanceof Error ? `${error.message} ${String(error.cause ?? '')}` : String(error)
  return /ENOSPC|no space left/i.test(text) ? 'disk_full' : 'failed'
}
