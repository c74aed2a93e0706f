import type { Notice } from '../gateway/session/notices.ts'
import { lacksLines } from '../gateway/session/sending/line-limit.ts'
import type { Session, Subscription } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import { isOption, type OptionContract, type QuotedContract } from '../market/contract.ts'
import type { Tick } from '../market/quote.ts'
import type { ConId, EpochMs } from '../market/units.ts'
import type { Harvest, UnderlyingPrice } from './harvest.ts'
import type { Journal } from './journal/journal.ts'
import { observe } from './outages.ts'
import {
  type ContractRequest,
  checkWaits,
  closeWindow,
  createWindow,
  finish,
  hasWaiting,
  isInFlight,
  isOver,
  loseSession,
  loseStreams,
  type Released,
  type RequestWaits,
  type RequestWindow,
  recordNotice,
  recordTick,
  repeatEndedSinceData,
  resume,
  stop,
  takeNext,
} from './request-window.ts'

/** Open interest comes only with these generic ticks, of options and of futures. */
const OPTION_OPEN_INTEREST = '101'
const FUTURE_OPEN_INTEREST = '588'
/** How often contracts in flight are checked for timeouts. */
const CHECK_INTERVAL_MS = 20

/** One symbol's contracts in request order, and what is already known about them. */
export interface SymbolRequest<C extends QuotedContract = OptionContract> {
  readonly symbol: string
  readonly order: readonly C[]
  /** Open interest changes once a day, so known values are neither requested nor waited for again. */
  readonly openInterest: ReadonlyMap<ConId, number>
  /** The latest price of a contract's underlying; of futures the level of the index that they are on. */
  underlyingPrice(contract: C): UnderlyingPrice | null
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

export interface CollectContext {
  readonly clock: Clock
  readonly waits: RequestWaits
  /** Ends the collection early, with what it has. */
  readonly signal: AbortSignal
}

/** What has become of one symbol's contracts so far, on one session or on several. */
export interface Collection<C extends QuotedContract = OptionContract> {
  readonly request: SymbolRequest<C>
  readonly window: RequestWindow
  readonly startedAt: EpochMs
}

/** Collects one symbol on one session. What the end of the session leaves open are gaps. */
export async function collect<C extends QuotedContract>(
  session: Session,
  request: SymbolRequest<C>,
  context: CollectContext,
  observers: CollectObservers = {},
): Promise<Harvest<C>> {
  const collection = createCollection(request, context.clock)
  await collectOn(session, collection, context, observers)
  return endCollection(collection, session, context, observers)
}

export function createCollection<C extends QuotedContract>(
  request: SymbolRequest<C>,
  clock: Clock,
): Collection<C> {
  return { request, window: createWindow(request.order, request.openInterest), startedAt: clock.now() }
}

/** Whether the session has ended before everything was requested: it goes on with `collectOn` on the next one. */
export function isCutOff({ window }: Pick<Collection, 'window'>): boolean {
  return window.stopReason === 'connection_lost' && hasWaiting(window)
}

/** The result. What is still open becomes gaps; `session` is the last one. */
export function endCollection<C extends QuotedContract>(
  { request: { symbol, order }, window, startedAt }: Collection<C>,
  session: Session,
  { clock }: Pick<CollectContext, 'clock'>,
  { onProgress }: CollectObservers = {},
): Harvest<C> {
  closeWindow(window, { nowMs: clock.monotonicMs(), lacksLines: lacksLines(session.counters()) })
  onProgress?.(progressOf(symbol, order.length, window))
  // The window takes every kind of contract, and holds those of this request.
  const { answered, gaps } = window as unknown as Pick<Harvest<C>, 'answered' | 'gaps'>
  return { symbol, answered, gaps, startedAt, finishedAt: clock.now() }
}

function progressOf(symbol: string, planned: number, window: RequestWindow): HarvestProgress {
  const answered = window.answered.length
  return { symbol, planned, done: answered + window.gaps.length, answered, complete: window.complete }
}

/**
 * Collects on one session until everything has a result, the time is over or the session has ended: as many contracts
 * at once as there are lines, each cancelled as soon as it is complete. The session paces the messages, writes cancels
 * before requests, and shares lines and rate among the symbols. `request-window.ts` decides what happens to each
 * contract; this function does the I/O. It does not throw when the gateway fails.
 */
export async function collectOn<C extends QuotedContract>(
  session: Session,
  { request: { symbol, order, underlyingPrice }, window }: Collection<C>,
  { clock, waits, signal }: CollectContext,
  { journal, onProgress, onStreamsLost }: CollectObservers = {},
): Promise<void> {
  const subscriptions = new Map<ContractRequest, Subscription>()
  const stopped = new AbortController()
  let wake = () => {}

  function stopAsking(): void {
    if (!stopped.signal.aborted) stopped.abort(new Error(window.stopReason ?? 'stopped'))
    wake()
  }

  function release(released: readonly Released[]): void {
    for (const { request, outcome } of released) {
      void subscriptions.get(request)?.cancel()
      subscriptions.delete(request)
      if (outcome === 'answered') journal?.ended(request.contract)
      if (outcome !== 'retry') onProgress?.(progressOf(symbol, order.length, window))
    }
    if (released.length > 0) wake()
  }

  function onTick(request: ContractRequest, tick: Tick): void {
    if (!isInFlight(window, request)) return
    const at = clock.now()
    const isSide = tick.field === 'bid' || tick.field === 'ask'
    const underlying = isSide ? underlyingPrice(request.contract as C) : request.underlying
    const isDone = recordTick(window, request, tick, { at, underlying })
    journal?.tick(request.contract, tick, { at, underlying })
    // Deferred, because volume and sizes may follow in the same burst as the tick that completes the quote.
    if (isDone) setImmediate(() => release(finish(window, request, 'unanswered')))
  }

  async function ask(request: ContractRequest): Promise<void> {
    const { contract, wantsOpenInterest } = request
    journal?.asked(contract)
    const openInterestTick = isOption(contract) ? OPTION_OPEN_INTEREST : FUTURE_OPEN_INTEREST
    const stream = {
      genericTicks: wantsOpenInterest ? openInterestTick : '',
      onTick: (tick: Tick) => onTick(request, tick),
      onNotice: (notice: Notice) => release(recordNotice(window, request, notice)),
    }
    try {
      subscriptions.set(request, await session.subscribe(contract, stream, stopped.signal))
      request.sentAtMs = clock.monotonicMs()
    } catch (error) {
      if (window.stopReason === null && session.isOpen) throw error
      onSessionEnd()
    }
  }

  async function checkRegularly(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      observeDataFlow()
      release(checkWaits(window, clock.monotonicMs(), waits))
      if (window.stopReason !== null) stopAsking()
      await clock.sleep(CHECK_INTERVAL_MS, until).catch(() => {})
    }
  }

  function observeDataFlow(): void {
    const hasBegun = observe(window.outages, session.dataFlow.blocked(), clock.monotonicMs())
    if (hasBegun) repeatEndedSinceData(window)
    wake()
  }

  function onAbort(): void {
    stop(window, 'stopped')
    stopAsking()
  }

  function onSessionEnd(): void {
    release(loseSession(window))
    stopAsking()
  }

  resume(window)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  const removers = [
    () => signal.removeEventListener('abort', onAbort),
    session.onEnd(onSessionEnd),
    session.dataFlow.onChange(observeDataFlow),
    onStreamsLost?.(() => release(loseStreams(window))),
  ]
  const over = new AbortController()
  const checks = checkRegularly(over.signal)
  try {
    while (window.stopReason === null) {
      const request = takeNext(window, clock.monotonicMs(), waits)
      if (request) await ask(request)
      else if (isOver(window)) break
      else {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
  } finally {
    over.abort()
    await checks
    for (const remove of removers) remove?.()
    for (const subscription of subscriptions.values()) void subscription.cancel()
  }
}
