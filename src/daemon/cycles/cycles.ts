import type { LatestFigures } from '../../analytics/stored/latest-figures.ts'
import { storeFigures } from '../../analytics/stored/stored-figures.ts'
import type { QuoteHistories } from '../../capture/build-rows.ts'
import { type Captured, capture } from '../../capture/capture.ts'
import { awaitSlot } from '../../capture/current-slot.ts'
import { type CycleError, handleCycleError } from '../../capture/cycle/cycle-errors.ts'
import type { CaptureStage } from '../../capture/options.ts'
import { recoverJournals } from '../../capture/recover-journal.ts'
import type { SessionSource } from '../../capture/session-source.ts'
import { createUnderlyingFinder } from '../../capture/underlying-contracts.ts'
import type { ChainSource } from '../../chain/chain-lister.ts'
import type { FutureSource } from '../../chain/futures/future-source.ts'
import type { Config } from '../../config/config.ts'
import type { Lake } from '../../lake/open.ts'
import { stats } from '../../lake/query/stats.ts'
import { storeFirstLedger } from '../../lake/tables/ledger.ts'
import { recordReports } from '../../lake/write/record-reports.ts'
import type { Clock } from '../../market/clock.ts'
import { instrumentIn } from '../../market/instruments.ts'
import { type DueSlot, slotOf } from '../../market/slot.ts'
import type { EpochMs } from '../../market/units.ts'
import type { Log } from '../../process/log.ts'
import type { Timetable } from '../../schedule/slots.ts'
import type { SlotReason } from '../../snapshot/ledger.ts'
import { reportMissing, type SymbolReport } from '../../snapshot/symbol-report.ts'
import type { EventRecorder } from '../event-recorder.ts'
import { createCycleProgress } from './cycle-progress.ts'
import type { SurfaceQueue } from './surface-queue.ts'

/** Collects the daemon's slots. Every slot given to it ends up in the ledger. */
export interface Cycles {
  /**
   * Collects one slot of its symbols, after any cycle that is already running; a slot that is being collected is not
   * begun twice. Never rejects.
   */
  collect(slot: DueSlot): Promise<CycleResult>
  /**
   * Collects the current slot once no cycle is running, or the next one if too little of it is left. Rejects with a
   * Failure (75) when no slot follows today.
   */
  collectCurrent(): Promise<CycleResult>
  /** Records slots that began and ended while nothing was collecting. */
  recordMissed(slots: readonly DueSlot[]): Promise<void>
}

type CycleResult =
  | { readonly kind: 'captured'; readonly captured: Captured }
  /** No chain could be requested: the ledger has the reasons. */
  | { readonly kind: 'not_collected' }
  /** The lake could not be written: the ledger gets its entry once it can, and the journal keeps the quotes. */
  | { readonly kind: 'not_stored'; readonly error: unknown }

/** Most reports kept until the lake can be written again: a month of slots for three symbols. */
const MAX_WAITING = 5_000

export function createCycles(
  {
    config,
    lake,
    sessions,
    chains,
    futures,
    figures,
    surfaces,
    timetable,
  }: {
    readonly config: Config
    readonly lake: Lake
    readonly sessions: SessionSource
    readonly chains: ChainSource
    readonly futures: FutureSource
    readonly figures: LatestFigures
    readonly surfaces: SurfaceQueue
    readonly timetable: Timetable
  },
  {
    recorder,
    log,
    signal,
  }: { readonly recorder: EventRecorder; readonly log: Log; readonly signal: AbortSignal },
): Cycles {
  const { clock } = lake
  const finder = createUnderlyingFinder(lake.layout.contracts)
  const quoteHistories: QuoteHistories = new Map()
  /** Reports that could not be written yet. */
  let waiting: readonly SymbolReport[] = []
  /** Journals of cycles that could not be stored are left in the folder. */
  let journalsLeft = false
  let running: Promise<unknown> = Promise.resolve()
  /** The last cycle that was begun and has not ended. */
  let last: { readonly at: EpochMs; readonly result: Promise<CycleResult> } | null = null

  async function collect(slot: DueSlot): Promise<CycleResult> {
    const startedAtMs = clock.monotonicMs()
    try {
      await writeWaiting()
      const captured = await captureAndStore(slot)
      if (captured.estimate === null && captured.received.length === 0) return { kind: 'not_collected' }
      recorder.cycle((clock.monotonicMs() - startedAtMs) / 1_000)
      return { kind: 'captured', captured }
    } catch (error) {
      const why = handleCycleError(error, { log, signal, sessions })
      enqueue(slot, why)
      journalsLeft = true
      recorder.lakeFault(why.detail, clock.now())
      return { kind: 'not_stored', error }
    }
  }

  async function captureAndStore(slot: DueSlot): Promise<Captured> {
    const timeStage = stageTimer(clock, recorder.stage)
    const realMs = () => performance.now()
    const progress = createCycleProgress(slot.at, { clock, realMs, publish: recorder.progress })
    const onStage = (stage: CaptureStage) => {
      timeStage(stage)
      progress.stage(stage)
    }
    const common = { config, sessions, finder, chains, futures, lake, log, signal, quoteHistories }
    // Open pages learn of the slot before the maintenance of the log, which takes hundreds of milliseconds.
    const told = { onStage, onProgress: progress.harvest, onStored: recorder.stored }
    const captured = await capture(slot, { ...common, ...told }).finally(progress.end)
    recorder.harvested(slot, captured)
    stats(lake).then(recorder.lakeSize, (error: unknown) =>
      // The slot is stored: if the disk fails now, the next cycle reports it.
      log.warn({ err: error }, 'the size of the lake could not be read'),
    )
    const { received } = captured
    const symbols = received.map(({ symbol }) => symbol)
    if (received.length > 0) {
      const options = config.analytics
      recorder.figured(slot.at, await figures.keepFrom(() => storeFigures(lake, slot, { received, options })))
    }
    surfaces.add(slot, symbols)
    await storeFirstLedger(lake).catch((error: unknown) =>
      log.warn({ err: error }, 'the ledger could not be copied to slots; retrying after the next slot'),
    )
    return captured
  }

  /** Writes what earlier cycles could not write. Throws while the lake still cannot be written. */
  async function writeWaiting(): Promise<void> {
    if (waiting.length > 0) {
      recorder.reported(await recordReports(lake, waiting))
      waiting = []
    }
    const recovered = journalsLeft ? await recoverJournals(lake, log, config.analytics) : []
    for (const { slot: at, dates, symbols } of recovered) surfaces.add({ at, dates }, symbols)
    journalsLeft = false
    recorder.lakeFault(null, clock.now())
  }

  /** Keeps the first reason for a slot. */
  function enqueue(slot: DueSlot, why: CycleError): void {
    if (waiting.some(({ timestamp }) => timestamp === slot.at)) return
    waiting = [...waiting, ...missing(slot, why.reason, why.detail)].slice(-MAX_WAITING)
  }

  function missing(slot: DueSlot, reason: SlotReason, detail: string | null): SymbolReport[] {
    return slot.symbols.map((symbol) => {
      const { at, date } = slotOf(slot, symbol)
      const { kind } = instrumentIn(config.symbols, symbol)
      return reportMissing(symbol, reason, { slot: at, date, detail, startedAt: null, kind })
    })
  }

  function begin(slot: DueSlot): Promise<CycleResult> {
    if (last?.at === slot.at) return last.result
    const begun = { at: slot.at, result: running.then(() => collect(slot)) }
    last = begun
    // A defect in one cycle must not stop the next.
    running = begun.result
      .catch(() => {})
      .then(() => {
        if (last === begun) last = null
      })
    return begun.result
  }

  return {
    collect: begin,
    collectCurrent: async () => {
      await running
      return begin(
        await awaitSlot(
          { timetable, harvest: config.harvest },
          { clock, signal, say: (line) => log.warn(line) },
        ),
      )
    },
    recordMissed: async (slots) => {
      const [from, to] = [slots[0]?.at, slots.at(-1)?.at]
      const facts = { slots: slots.length, from, to }
      const isNew = lake.snapshots.state.files.size === 0
      if (isNew)
        log.info(facts, 'the lake is new: the slots of today before now are in its ledger as missing')
      else log.warn(facts, 'slots were missed: nothing was collecting')
      const reports = slots.flatMap((slot) => missing(slot, 'not_running', null))
      recorder.reported(await recordReports(lake, reports))
    },
  }
}

/** Reports how long each stage took when the next one begins. */
function stageTimer(clock: Clock, report: (stage: CaptureStage, seconds: number) => void) {
  let current: CaptureStage | null = null
  let fromMs = clock.monotonicMs()
  return (next: CaptureStage) => {
    const nowMs = clock.monotonicMs()
    if (current) report(current, (nowMs - fromMs) / 1_000)
    current = next
    fromMs = nowMs
  }
}
