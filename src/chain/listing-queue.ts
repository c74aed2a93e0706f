import type { Instrument } from '../market/instrument.ts'
import type { ChainCache } from './chain-cache.ts'
import { expirationKey } from './expiration.ts'
import { type ListingRound, type ListingStep, openSteps, urgencyOf } from './listing-steps.ts'
import type { UniverseOptions } from './universe.ts'

/**
 * Which request comes next, over all symbols: on the one channel for contract details of options, and beside it. The
 * functions only decide: they use no session and no clock.
 */
export interface ListingQueue {
  readonly symbols: ReadonlyMap<string, QueuedSymbol>
  /** Requests so far: the order in which symbols were served. */
  turns: number
}

/** What has been tried for one symbol. */
interface QueuedSymbol {
  servedAtTurn: number
  /** Failures since the last answer. */
  failures: number
  /** Monotonic ms: nothing is requested for the symbol before. */
  retryAtMs: number
  /** The same for single steps, by name; an answer removes its entry. */
  readonly steps: Map<string, { failures: number; retryAtMs: number }>
}

export interface QueuedStep {
  readonly symbol: string
  readonly step: ListingStep
  readonly round: ListingRound
}

/** After a failed request, ms; doubles with each further failure. */
const RETRY_MS = 30_000
const MAX_RETRY_MS = 15 * 60_000
/** So many failures in a row hold back the whole symbol, so that it does not take the turns of the others. */
const SYMBOL_FAILURES = 2

export function createListingQueue(symbols: readonly string[]): ListingQueue {
  const fresh = () => ({ servedAtTurn: 0, failures: 0, retryAtMs: 0, steps: new Map() })
  return { symbols: new Map(symbols.map((symbol) => [symbol, fresh()])), turns: 0 }
}

/**
 * The most urgent step; among equally urgent ones that of the symbol that was served least recently, those with
 * failures last. Null if nothing may be requested now.
 */
export function nextStep(
  queue: ListingQueue,
  known: {
    readonly cacheOf: (symbol: string) => ChainCache | null
    readonly roundOf: (symbol: string) => ListingRound | null
    readonly instrumentOf: (symbol: string) => Instrument
    readonly options: UniverseOptions
    readonly kinds: readonly ListingStep['kind'][]
    readonly nowMs: number
  },
): QueuedStep | null {
  const { cacheOf, roundOf, instrumentOf, options, kinds, nowMs } = known
  const candidates: (QueuedStep & { readonly order: readonly number[] })[] = []
  for (const [symbol, state] of queue.symbols) {
    const round = roundOf(symbol)
    if (!round || state.retryAtMs > nowMs) continue
    const terms = { options, instrument: instrumentOf(symbol) }
    const step = openSteps(cacheOf(symbol), round, terms).find(
      (one) => kinds.includes(one.kind) && (state.steps.get(nameOf(one))?.retryAtMs ?? 0) <= nowMs,
    )
    const order = step && [urgencyOf(step), Math.min(state.failures, 1), state.servedAtTurn]
    if (step && order) candidates.push({ symbol, step, round, order })
  }
  return candidates.sort((a, b) => compare(a.order, b.order))[0] ?? null
}

/** The step is being requested: other symbols come first from now on. */
export function recordTurn(queue: ListingQueue, symbol: string): void {
  const state = queue.symbols.get(symbol)
  if (state) state.servedAtTurn = ++queue.turns
}

export function recordAnswer(queue: ListingQueue, { symbol, step }: QueuedStep): void {
  const state = queue.symbols.get(symbol)
  if (!state) return
  state.failures = 0
  state.retryAtMs = 0
  state.steps.delete(nameOf(step))
}

/** The gateway has answered somebody else about the symbol: nothing is held back any more. */
export function recordOtherAnswer(queue: ListingQueue, symbol: string): void {
  const state = queue.symbols.get(symbol)
  if (!state) return
  state.failures = 0
  state.retryAtMs = 0
  state.steps.clear()
}

/** An outage is over: what failed in it says nothing any more. */
export function forgetFailures(queue: ListingQueue): void {
  for (const symbol of queue.symbols.keys()) recordOtherAnswer(queue, symbol)
}

/** The step failed: it is tried again later, and after a second failure in a row so is the whole symbol. */
export function recordFailure(queue: ListingQueue, { symbol, step }: QueuedStep, nowMs: number): void {
  const state = queue.symbols.get(symbol)
  if (!state) return
  state.failures += 1
  const failures = (state.steps.get(nameOf(step))?.failures ?? 0) + 1
  state.steps.set(nameOf(step), { failures, retryAtMs: nowMs + retryDelayMs(failures) })
  if (state.failures >= SYMBOL_FAILURES) {
    state.retryAtMs = nowMs + retryDelayMs(state.failures - SYMBOL_FAILURES + 1)
  }
}

/** Whether the symbol's requests have failed so often in a row that nobody should wait for it. */
export function isFailing(queue: ListingQueue, symbol: string): boolean {
  return (queue.symbols.get(symbol)?.failures ?? 0) >= SYMBOL_FAILURES
}

function retryDelayMs(failures: number): number {
  return Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** (failures - 1))
}

function nameOf(step: ListingStep): string {
  return step.kind === 'contracts' ? `contracts ${expirationKey(step)}` : step.kind
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, value] of a.entries()) {
    const other = b[at] ?? 0
    if (value !== other) return value - other
  }
  return 0
}
