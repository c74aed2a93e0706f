import type { Notice } from '../gateway/session/notices.ts'
import type { Session, Subscription } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import type { OptionContract } from '../market/contract.ts'
import type { Tick } from '../market/quote.ts'
import type { ConId } from '../market/units.ts'
import type { GapReason, Harvest, UnderlyingPrice } from './harvest.ts'
import type { Journal } from './journal/journal.ts'
import {
  type ContractRequest,
  checkWaits,
  createWindow,
  dropQueue,
  finish,
  isInFlight,
  loseStreams,
  type Released,
  type RequestWaits,
  recordNotice,
  recordTick,
  stop,
  takeNext,
} from './request-window.ts'

/** Open interest comes only with this generic tick. */
const OPEN_INTEREST_TICK = '101'
/** How often contracts in flight are checked for timeouts. */
const CHECK_INTERVAL_MS = 20

/** One symbol's contracts in request order, and what is already known about them. */
export interface SymbolRequest {
  readonly symbol: string
  readonly order: readonly OptionContract[]
  /** Open interest changes once a day, so known values are neither requested nor waited for again. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The underlying's latest price. */
  underlyingPrice(): UnderlyingPrice | null
}

export interface CollectObservers {
  readonly journal?: Journal
  onProgress?(progress: HarvestProgress): void
  /** Registers a listener for the loss of all streams of the session; returns a function that removes it. */
  onStreamsLost?(listener: () => void): () => void
}

export interface HarvestProgress {
  readonly symbol: string
  readonly planned: number
  readonly done: number
  readonly answered: number
  readonly complete: number
}

/**
 * Collects one symbol: as many contracts at once as there are lines, each cancelled as soon as it is complete. The
 * session paces the messages, writes cancels before requests, and shares lines and rate among the symbols.
 * `request-window.ts` decides what happens to each contract; this function does the I/O. It does not throw when the
 * gateway fails: a contract that was not collected is a gap with its reason.
 */
export async function collect(
  session: Session,
  { symbol, order, openInterest, underlyingPrice }: SymbolRequest,
  { clock, waits, signal }: { clock: Clock; waits: RequestWaits; signal: AbortSignal },
  { journal, onProgress, onStreamsLost }: CollectObservers = {},
): Promise<Harvest> {
  const startedAt = clock.now()
  const window = createWindow(order, openInterest)
  const subscriptions = new Map<ContractRequest, Subscription>()
  const stopped = new AbortController()
  let wake = () => {}

  function stopFor(reason: GapReason): void {
    stop(window, reason)
    if (!stopped.signal.aborted) stopped.abort(new Error(window.stopReason ?? reason))
    wake()
  }

  function release(released: readonly Released[]): void {
    for (const { request, outcome } of released) {
      void subscriptions.get(request)?.cancel()
      subscriptions.delete(request)
      if (outcome === 'answered') journal?.ended(request.contract)
      if (outcome !== 'retry') reportProgress()
    }
    if (released.length > 0) wake()
  }

  function reportProgress(): void {
    const answered = window.answered.length
    const done = answered + window.gaps.length
    onProgress?.({ symbol, planned: order.length, done, answered, complete: window.complete })
  }

  function onTick(request: ContractRequest, tick: Tick): void {
    if (!isInFlight(window, request)) return
    const at = clock.now()
    const isSide = tick.field === 'bid' || tick.field === 'ask'
    const isDone = recordTick(request, tick, at, isSide ? underlyingPrice() : request.underlying)
    journal?.tick(request.contract, tick, { at, underlying: request.underlying })
    // Deferred, because volume and sizes may follow in the same burst as the tick that completes the quote.
    if (isDone) setImmediate(() => release(finish(window, request, 'unanswered')))
  }

  async function ask(request: ContractRequest): Promise<void> {
    const { contract, wantsOpenInterest } = request
    journal?.asked(contract)
    const stream = {
      genericTicks: wantsOpenInterest ? OPEN_INTEREST_TICK : '',
      onTick: (tick: Tick) => onTick(request, tick),
      onNotice: (notice: Notice) => release(recordNotice(window, request, notice)),
    }
    try {
      subscriptions.set(request, await session.subscribe(contract, stream, stopped.signal))
      request.sentAtMs = clock.monotonicMs()
    } catch (error) {
      if (window.stopReason === null && session.isOpen) throw error
      stopFor('connection_lost')
    }
  }

  async function checkRegularly(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      release(checkWaits(window, clock.monotonicMs(), waits))
      if (window.stopReason !== null) stopFor(window.stopReason)
      await clock.sleep(CHECK_INTERVAL_MS, until).catch(() => {})
    }
  }

  const onAbort = () => stopFor('stopped')
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const removeEndListener = session.onEnd(() => stopFor('connection_lost'))
  const removeLossListener = onStreamsLost?.(() => release(loseStreams(window)))
  const over = new AbortController()
  const checks = checkRegularly(over.signal)
  try {
    while (window.stopReason === null) {
      const request = takeNext(window)
      if (request) await ask(request)
      else if (window.inFlight.size > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else break
    }
  } finally {
    over.abort()
    await checks
    signal.removeEventListener('abort', onAbort)
    removeEndListener()
    removeLossListener?.()
  }
  for (const request of [...window.inFlight.values()]) {
    release(finish(window, request, window.stopReason ?? 'stopped'))
  }
  dropQueue(window)
  const { answered, gaps } = window
  return { symbol, answered, gaps, startedAt, finishedAt: clock.now() }
}
