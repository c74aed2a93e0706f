import { hasValue } from '../gateway/session/data-flow.ts'
import type { Notice } from '../gateway/session/notices.ts'
import { isOption, type QuotedContract } from '../market/contract.ts'
import { applyTick, emptyQuote, type Quote, type Tick } from '../market/quote.ts'
import type { ConId, EpochMs } from '../market/units.ts'
import {
  type AnsweredContract,
  betterAnswer,
  type Gap,
  type GapReason,
  hasAnswered,
  isComplete,
  openInterestOf,
  sidesSettled,
  type UnderlyingPrice,
} from './harvest.ts'
import {
  createOutages,
  explainingOutage,
  isProbeDue,
  type Outages,
  takeProbe,
  wasDuringOutage,
} from './outages.ts'
import {
  addToSecondPass,
  createSecondPass,
  recordSecondAnswer,
  removeFromSecondPass,
  type SecondPass,
  takeForSecondPass,
} from './second-pass.ts'

/**
 * The rolling window over one symbol's plan: which contracts are waiting, which are in flight, and the results of the
 * others. The functions below only decide: they use no socket, timer or clock. They change the window in place, since
 * a copy for each tick would cost more than the tick, and return the requests that have left it.
 */
export interface RequestWindow {
  /** In the order of the plan; those before `next` have been taken. What has to be requested again returns to its place. */
  readonly queue: ContractRequest[]
  next: number
  readonly inFlight: Map<ConId, ContractRequest>
  readonly answered: AnsweredContract<QuotedContract>[]
  readonly gaps: Gap<QuotedContract>[]
  /** How many of the answered ones are complete. */
  complete: number
  readonly outages: Outages
  /** Those that ended without an answer, or without a complete one, since the last value of any contract arrived. */
  endedSinceData: ContractRequest[]
  readonly secondPass: SecondPass<ContractRequest>
  /** The gateway's last message that it has no line free; null if it sent none. */
  linesNotice: Notice | null
  /** Why no more contracts are requested; null while the window is open. */
  stopReason: GapReason | null
}

/** One contract from its request to its result. */
export interface ContractRequest {
  readonly contract: QuotedContract
  /** Its place in the plan. */
  readonly position: number
  readonly quote: Quote
  readonly wantsOpenInterest: boolean
  /** 2: it stayed unanswered or incomplete once, and nobody said why. */
  readonly attempt: 1 | 2
  /** The best answer of earlier requests. */
  readonly kept: AnsweredContract<QuotedContract> | null
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
  /** `retry`: the contract waits again. */
  readonly outcome: 'answered' | 'gap' | 'retry'
}

export interface RequestWaits {
  /** How long to wait for model greeks, or for the open interest of a future, once both sides are settled. */
  readonly greeksWaitMs: number
  /** Longest wait for any contract. */
  readonly timeoutMs: number
  /** Monotonic ms. Contracts still in flight then end with the data they have. */
  readonly deadlineAtMs: number
}

const NONE: readonly Released[] = []

export function createWindow(
  order: readonly QuotedContract[],
  openInterest: ReadonlyMap<ConId, number>,
): RequestWindow {
  return {
    queue: order.map((contract, position) => ({
      ...{ contract, position, attempt: 1, kept: null },
      quote: emptyQuote(),
      wantsOpenInterest: !openInterest.has(contract.conId),
      underlying: null,
      sentAtMs: Number.POSITIVE_INFINITY,
      notice: undefined,
    })),
    next: 0,
    inFlight: new Map(),
    answered: [],
    gaps: [],
    complete: 0,
    outages: createOutages(),
    endedSinceData: [],
    secondPass: createSecondPass(),
    linesNotice: null,
    stopReason: null,
  }
}

/**
 * Moves the next contract into flight; null if none is to be requested now. While no data can come, only a probe is
 * taken now and then. After the last contract the second pass begins, for as long as its answers can arrive in time.
 */
export function takeNext(window: RequestWindow, nowMs: number, waits: RequestWaits): ContractRequest | null {
  const request = window.stopReason === null ? nextRequest(window, nowMs, waits) : null
  if (request) window.inFlight.set(request.contract.conId, request)
  return request
}

function nextRequest(window: RequestWindow, nowMs: number, waits: RequestWaits): ContractRequest | null {
  const { queue, outages } = window
  if (outages.current) {
    if (!hasWaiting(window) || !isProbeDue(outages, nowMs)) return null
    const [probe] = queue.splice(window.next + takeProbe(outages, queue.length - window.next, nowMs), 1)
    return probe ?? null
  }
  if (hasWaiting(window)) return queue[window.next++] as ContractRequest
  if (nowMs + waits.timeoutMs > waits.deadlineAtMs) return null
  const request = takeForSecondPass(window.secondPass, window)
  if (!request) return null
  forgetResult(window, request)
  window.endedSinceData = window.endedSinceData.filter((one) => one !== request)
  return { ...request, attempt: 2 }
}

export function hasWaiting({ queue, next }: RequestWindow): boolean {
  return next < queue.length
}

/** Whether nothing is in flight and nothing will be requested any more: call it when `takeNext` has returned null. */
export function isOver(window: RequestWindow): boolean {
  if (window.inFlight.size > 0) return false
  return window.outages.current === null || !hasWaiting(window)
}

export function isInFlight(window: RequestWindow, request: ContractRequest): boolean {
  return window.inFlight.get(request.contract.conId) === request
}

/** Adds one tick to a request's quote. Returns whether the request is now done. */
export function recordTick(
  window: RequestWindow,
  request: ContractRequest,
  tick: Tick,
  { at, underlying }: { readonly at: EpochMs; readonly underlying: UnderlyingPrice | null },
): boolean {
  const { quote, contract, wantsOpenInterest } = request
  applyTick(quote, tick, at)
  request.underlying = underlying
  if (window.endedSinceData.length > 0 && hasValue(tick)) window.endedSinceData = []
  return isComplete(quote, contract) && (!wantsOpenInterest || openInterestOf(quote, contract) !== undefined)
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
      window.linesNotice = notice
      return putBack(window, [request])
    case 'pacing':
      // The message was not served, which says nothing about the contract. The session sends less from now on.
      return putBack(window, [request])
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

/**
 * Queues every contract in flight again after the gateway has dropped all streams, and those that ended without a
 * complete answer since the last data arrived. Unwritten requests stay.
 */
export function loseStreams(window: RequestWindow): readonly Released[] {
  const written = [...window.inFlight.values()].filter(
    ({ sentAtMs }) => sentAtMs !== Number.POSITIVE_INFINITY,
  )
  const released = putBack(window, written)
  repeatEndedSinceData(window)
  return released
}

/** The session has ended: what it left open waits for the next one. */
export function loseSession(window: RequestWindow): readonly Released[] {
  stop(window, 'connection_lost')
  if (window.stopReason !== 'connection_lost') return NONE
  const released = putBack(window, [...window.inFlight.values()])
  repeatEndedSinceData(window)
  return released
}

/** Opens a window again that the end of a session has stopped. */
export function resume(window: RequestWindow): void {
  if (window.stopReason === 'connection_lost') window.stopReason = null
}

/** Requests that ended without a complete answer since the last data arrived: the outage had begun before its notice. */
export function repeatEndedSinceData(window: RequestWindow): void {
  for (const request of window.endedSinceData) {
    removeFromSecondPass(window.secondPass, request)
    forgetResult(window, request)
    enqueue(window, request)
  }
  window.endedSinceData = []
}

/** Stops taking contracts. The first reason is kept. */
export function stop(window: RequestWindow, reason: GapReason): void {
  window.stopReason ??= reason
}

/**
 * Ends a request with the data it has, or with a gap for the given reason if it has none. One that stayed unanswered or
 * incomplete because of an outage waits again instead.
 */
export function finish(
  window: RequestWindow,
  request: ContractRequest,
  reason: GapReason,
  detail: string | null = request.notice?.message ?? null,
): readonly Released[] {
  if (!isInFlight(window, request)) return NONE
  const own = answerOf(request)
  const mayBringMore = reason === 'unanswered' && !isFinal(request) && request.kept?.complete !== true
  if (mayBringMore && wasDuringOutage(window.outages, request.sentAtMs)) return putBack(window, [request])
  window.inFlight.delete(request.contract.conId)
  if (request.attempt === 2) recordSecondAnswer(window.secondPass, request, own)
  const answer = betterAnswer(request.kept, own)
  recordResult(window, request.contract, answer, {
    ...{ reason, detail },
    ...(request.notice && { code: request.notice.code }),
  })
  if (mayBringMore) {
    const next = { ...again(request), kept: answer }
    window.endedSinceData.push(next)
    if (request.attempt === 1) addToSecondPass(window.secondPass, next)
  }
  return [{ request, outcome: answer ? 'answered' : 'gap' }]
}

/** Turns every contract still in flight or waiting into a result, after the end of the window. */
export function closeWindow(
  window: RequestWindow,
  { nowMs, lacksLines }: { readonly nowMs: number; readonly lacksLines: boolean },
): readonly Released[] {
  const rest = reasonOfRest(window, { nowMs, lacksLines })
  const released = [...window.inFlight.values()].flatMap((request) =>
    request.attempt === 2
      ? finish(window, request, 'unanswered')
      : finish(window, request, rest.reason, request.notice?.message ?? rest.detail),
  )
  for (const { contract, kept } of window.queue.slice(window.next)) {
    recordResult(window, contract, kept, rest)
  }
  window.next = window.queue.length
  return released
}

/** Why the rest was not collected. A deadline is explained by what had cost the time: an outage, or missing lines. */
function reasonOfRest(
  { stopReason, outages, linesNotice }: RequestWindow,
  { nowMs, lacksLines }: { readonly nowMs: number; readonly lacksLines: boolean },
): Omit<Gap, 'contract'> {
  if (stopReason !== 'deadline') return { reason: stopReason ?? 'stopped', detail: null }
  const outage = explainingOutage(outages, nowMs)
  if (outage) return outage
  return lacksLines && linesNotice
    ? { reason: 'lines_exhausted', detail: linesNotice.message, code: linesNotice.code }
    : { reason: 'deadline', detail: null }
}

/** What the request has received; null if nothing. */
function answerOf({ contract, quote, underlying }: ContractRequest): AnsweredContract<QuotedContract> | null {
  return hasAnswered(quote) ? { contract, quote, underlying, complete: isComplete(quote, contract) } : null
}

/** Whether the gateway has said everything, also where it said that there is no quote or no volatility. */
function isFinal({ quote, contract }: ContractRequest): boolean {
  return sidesSettled(quote) && (!isOption(contract) || quote.greeks !== undefined)
}

function recordResult(
  window: RequestWindow,
  contract: QuotedContract,
  answer: AnsweredContract<QuotedContract> | null,
  gap: Omit<Gap<QuotedContract>, 'contract'>,
): void {
  if (answer === null) window.gaps.push({ contract, ...gap })
  else {
    window.answered.push(answer)
    if (answer.complete) window.complete += 1
  }
}

/** The contract is requested again, so it has no result yet. Only complete answers are counted, and they are kept. */
function forgetResult({ answered, gaps }: RequestWindow, { contract }: ContractRequest): void {
  for (const results of [answered, gaps]) {
    const at = results.findIndex((one) => one.contract === contract)
    if (at >= 0) results.splice(at, 1)
  }
}

/** Requests in flight return to their places in the queue; their answers so far are kept. Complete ones are done. */
function putBack(window: RequestWindow, requests: readonly ContractRequest[]): readonly Released[] {
  return requests
    .filter((request) => isInFlight(window, request))
    .flatMap((request): readonly Released[] => {
      const kept = betterAnswer(request.kept, answerOf(request))
      if (kept?.complete) return finish(window, request, 'unanswered')
      window.inFlight.delete(request.contract.conId)
      enqueue(window, { ...again(request), kept })
      return [{ request, outcome: 'retry' }]
    })
}

function again(request: ContractRequest): ContractRequest {
  return { ...request, quote: emptyQuote(), sentAtMs: Number.POSITIVE_INFINITY, notice: undefined }
}

function enqueue({ queue, next }: RequestWindow, request: ContractRequest): void {
  let at = next
  while (at < queue.length && (queue[at] as ContractRequest).position < request.position) at += 1
  queue.splice(at, 0, request)
}
