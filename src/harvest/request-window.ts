import type { Notice } from '../gateway/session/notices.ts'
import type { OptionContract } from '../market/contract.ts'
import { applyTick, emptyQuote, type Quote, type Tick } from '../market/quote.ts'
import type { ConId, EpochMs } from '../market/units.ts'
import {
  type AnsweredContract,
  type Gap,
  type GapReason,
  hasAnswered,
  isComplete,
  openInterestOf,
  sidesSettled,
  type UnderlyingPrice,
} from './harvest.ts'

/**
 * The rolling window over one symbol's plan: which contracts are waiting, which are in flight, and the results of the
 * others. The functions below only decide: they use no socket, timer or clock. They change the window in place, since
 * a copy for each tick would cost more than the tick, and return the requests that have left it.
 */
export interface RequestWindow {
  /** In the order of the plan; those before `next` have been taken. Retries are appended. */
  readonly queue: ContractRequest[]
  next: number
  readonly inFlight: Map<ConId, ContractRequest>
  readonly answered: AnsweredContract[]
  readonly gaps: Gap[]
  /** How many of the answered ones are complete. */
  complete: number
  /** Why no more contracts are requested; null while the window is open. */
  stopReason: GapReason | null
}

/** One contract from its request to its result. */
export interface ContractRequest {
  readonly contract: OptionContract
  readonly quote: Quote
  readonly wantsOpenInterest: boolean
  attempts: number
  /** The underlying when the bid or the ask last changed. */
  underlying: UnderlyingPrice | null
  /** Monotonic ms; Infinity until the request has been written to the socket. */
  sentAtMs: number
  /** The last notice about this contract, for the gap's reason. */
  notice: Notice | undefined
}

/** A request that has left the window, so that its stream can be cancelled. */
export interface Released {
  readonly request: ContractRequest
  /** `retry`: the contract waits again, at the end of the queue. */
  readonly outcome: 'answered' | 'gap' | 'retry'
}

export interface RequestWaits {
  /** How long to wait for model greeks once both sides are settled. */
  readonly greeksWaitMs: number
  /** Longest wait for any contract. */
  readonly timeoutMs: number
  /** Monotonic ms. Contracts still in flight then end with the data they have. */
  readonly deadlineAtMs: number
}

/** Most requests for a contract that the gateway refuses for lack of a line or because of the message rate. */
const MAX_ATTEMPTS = 3

const NONE: readonly Released[] = []

export function createWindow(
  order: readonly OptionContract[],
  openInterest: ReadonlyMap<ConId, number>,
): RequestWindow {
  return {
    queue: order.map((contract) => ({
      contract,
      quote: emptyQuote(),
      wantsOpenInterest: !openInterest.has(contract.conId),
      attempts: 0,
      underlying: null,
      sentAtMs: Number.POSITIVE_INFINITY,
      notice: undefined,
    })),
    next: 0,
    inFlight: new Map(),
    answered: [],
    gaps: [],
    complete: 0,
    stopReason: null,
  }
}

/** Moves the next contract into flight; null if none is waiting or the window has stopped. */
export function takeNext(window: RequestWindow): ContractRequest | null {
  const request = window.stopReason === null ? window.queue[window.next] : undefined
  if (!request) return null
  window.next += 1
  request.attempts += 1
  window.inFlight.set(request.contract.conId, request)
  return request
}

export function isInFlight(window: RequestWindow, request: ContractRequest): boolean {
  return window.inFlight.get(request.contract.conId) === request
}

/** Adds one tick to a request's quote. Returns whether the request is now done. */
export function recordTick(
  request: ContractRequest,
  tick: Tick,
  at: EpochMs,
  underlying: UnderlyingPrice | null,
): boolean {
  const { quote, contract, wantsOpenInterest } = request
  applyTick(quote, tick, at)
  request.underlying = underlying
  return isComplete(quote) && (!wantsOpenInterest || openInterestOf(quote, contract) !== undefined)
}

export function recordNotice(
  window: RequestWindow,
  request: ContractRequest,
  notice: Notice,
): readonly Released[] {
  request.notice = notice
  switch (notice.kind) {
    case 'contract':
      return finish(window, request, 'no_such_contract')
    case 'lines':
    case 'pacing':
      return retry(window, request)
    case 'bug':
    case 'request':
      return finish(window, request, 'failed')
    default:
      return NONE
  }
}

/** Ends requests that have waited long enough, and stops the window at the deadline. */
export function checkWaits(window: RequestWindow, nowMs: number, waits: RequestWaits): readonly Released[] {
  if (nowMs >= waits.deadlineAtMs) stop(window, 'deadline')
  let released: Released[] | undefined
  for (const request of window.inFlight.values()) {
    const reason = overdueReason(request, nowMs, waits)
    if (reason === null) continue
    released ??= []
    released.push(...finish(window, request, reason))
  }
  return released ?? NONE
}

/** The gap reason if nothing was answered; null while the request may continue. */
function overdueReason(
  { quote, sentAtMs, notice }: ContractRequest,
  nowMs: number,
  { greeksWaitMs, timeoutMs }: RequestWaits,
): GapReason | null {
  const waitedMs = nowMs - sentAtMs
  if (waitedMs >= timeoutMs) return notice?.kind === 'entitlement' ? 'not_entitled' : 'unanswered'
  return waitedMs >= greeksWaitMs && sidesSettled(quote) ? 'unanswered' : null
}

/** Queues every contract in flight again after the gateway has dropped all streams. Unwritten requests stay. */
export function loseStreams(window: RequestWindow): readonly Released[] {
  return [...window.inFlight.values()]
    .filter(({ sentAtMs }) => sentAtMs !== Number.POSITIVE_INFINITY)
    .flatMap((request) => retry(window, request))
}

/** Stops taking contracts. The first reason is kept. */
export function stop(window: RequestWindow, reason: GapReason): void {
  window.stopReason ??= reason
}

/** Ends a request with the data it has, or with a gap for the given reason if it has none. */
export function finish(
  window: RequestWindow,
  request: ContractRequest,
  reason: GapReason,
): readonly Released[] {
  if (!isInFlight(window, request)) return NONE
  const { contract, quote, underlying, notice } = request
  window.inFlight.delete(contract.conId)
  if (!hasAnswered(quote)) {
    window.gaps.push({ contract, reason, detail: notice?.message ?? null })
    return [{ request, outcome: 'gap' }]
  }
  const complete = isComplete(quote)
  if (complete) window.complete += 1
  window.answered.push({ contract, quote, underlying, complete })
  return [{ request, outcome: 'answered' }]
}

/** Turns every contract still waiting into a gap, after the end of the window. */
export function dropQueue(window: RequestWindow): void {
  const reason = window.stopReason ?? 'stopped'
  for (const { contract } of window.queue.slice(window.next)) {
    window.gaps.push({ contract, reason, detail: null })
  }
  window.next = window.queue.length
}

function retry(window: RequestWindow, request: ContractRequest): readonly Released[] {
  if (request.attempts >= MAX_ATTEMPTS) {
    return finish(window, request, request.notice?.kind === 'lines' ? 'lines_exhausted' : 'failed')
  }
  if (!isInFlight(window, request)) return NONE
  window.inFlight.delete(request.contract.conId)
  window.queue.push({ ...request, quote: emptyQuote(), sentAtMs: Number.POSITIVE_INFINITY })
  return [{ request, outcome: 'retry' }]
}
