import type { Notice } from '../gateway/session/notices.ts'
import type { Session, Subscription } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import type { OptionContract } from '../market/contract.ts'
import { applyTick, emptyQuote, type Quote, type Tick } from '../market/quote.ts'
import type { ConId } from '../market/units.ts'
import {
  type Gap,
  type GapReason,
  type Harvest,
  type Harvested,
  hasAnswered,
  isComplete,
  openInterestOf,
  sidesSettled,
  type UnderlyingPrice,
} from './harvest.ts'
import type { Journal } from './journal/journal.ts'

/** Open interest comes only with this generic tick. */
const OPEN_INTEREST_TICK = '101'
/** How often the waits of the contracts in flight are looked at. */
const SCAN_MS = 20
/** How often a contract refused for want of a line, or for haste, is asked again. */
const MAX_ATTEMPTS = 3

export interface CollectEnv {
  readonly clock: Clock
  readonly greeksWaitMs: number
  readonly timeoutMs: number
  /** On the monotonic clock: what is in flight then is let go with what it has. */
  readonly deadlineAtMs: number
  readonly signal: AbortSignal
  /** The underlying's latest price. */
  underlying(): UnderlyingPrice | null
  /** Open interest is a fact of the day: what is known is not asked for, nor waited for, again. */
  readonly openInterest: ReadonlyMap<ConId, number>
  readonly spool?: Journal
  onProgress?(progress: HarvestProgress): void
  /** Tells when the session's streams have ended without a word; returns what stops the telling. */
  onStreamsLost?(listener: () => void): () => void
}

export interface HarvestProgress {
  readonly symbol: string
  readonly planned: number
  readonly done: number
  readonly answered: number
  readonly complete: number
}

interface Asked {
  readonly contract: OptionContract
  readonly quote: Quote
  readonly wantsOpenInterest: boolean
  attempts: number
  underlying: UnderlyingPrice | null
  /** Monotonic; Infinity until the request is on the wire. */
  sentAtMs: number
  subscription: Subscription | undefined
  /** The last notice about this contract, for the gap's reason. */
  notice: Notice | undefined
}

/**
 * Runs one symbol's plan: a rolling window over the lines, each contract let go the moment it is complete.
 * The session paces the messages, writes cancels before requests, and shares lines and rate among the symbols.
 * Never throws for what the gateway does: what was not collected is a gap with its reason.
 */
export async function collect(
  session: Session,
  { symbol, order }: { symbol: string; order: readonly OptionContract[] },
  env: CollectEnv,
): Promise<Harvest> {
  const { clock } = env
  const startedAt = clock.now()
  const answered: Harvested[] = []
  const gaps: Gap[] = []
  const inFlight = new Map<ConId, Asked>()
  const waiting = order.map((contract) => newAsked(contract, env))
  const halt = new AbortController()
  let haltReason: GapReason = 'stopped'
  let next = 0
  let complete = 0
  let wake = () => {}

  const stop = (reason: GapReason) => {
    if (halt.signal.aborted) return
    haltReason = reason
    halt.abort(new Error(reason))
    wake()
  }
  const onAbort = () => stop('stopped')
  env.signal.addEventListener('abort', onAbort, { once: true })
  if (env.signal.aborted) stop('stopped')
  const forgetEnd = session.onEnd(() => stop('connection_lost'))

  /** Frees its line; false where it was let go before. */
  function letGo(asked: Asked): boolean {
    if (inFlight.get(asked.contract.conId) !== asked) return false
    inFlight.delete(asked.contract.conId)
    void asked.subscription?.cancel()
    return true
  }

  function finish(asked: Asked, otherwise: GapReason): void {
    if (!letGo(asked)) return
    const { contract, quote, underlying } = asked
    if (hasAnswered(quote)) {
      const whole = isComplete(quote)
      if (whole) complete++
      answered.push({ contract, quote, underlying, complete: whole })
      env.spool?.ended(contract)
    } else gaps.push({ contract, reason: otherwise, detail: asked.notice?.message ?? null })
    env.onProgress?.({
      symbol,
      planned: order.length,
      done: answered.length + gaps.length,
      answered: answered.length,
      complete,
    })
    wake()
  }

  function onTick(asked: Asked, tick: Tick): void {
    if (inFlight.get(asked.contract.conId) !== asked) return
    const at = clock.now()
    applyTick(asked.quote, tick, at)
    if (tick.field === 'bid' || tick.field === 'ask') asked.underlying = env.underlying()
    env.spool?.tick(asked.contract, tick, { at, underlying: asked.underlying })
    // The rest of the burst is in the same turn: volume and sizes may stand behind the tick that completes it.
    if (isDone(asked)) setImmediate(() => finish(asked, 'unanswered'))
  }

  function onNotice(asked: Asked, notice: Notice): void {
    asked.notice = notice
    if (notice.kind === 'contract') finish(asked, 'no_such_contract')
    else if (notice.kind === 'lines' || notice.kind === 'pacing') askAgain(asked)
    else if (notice.kind === 'bug' || notice.kind === 'request') finish(asked, 'failed')
  }

  /** Refused unheard, for want of a line or for haste, or its stream was lost: it goes to the end of the plan. */
  function askAgain(asked: Asked): void {
    if (asked.attempts >= MAX_ATTEMPTS) {
      finish(asked, asked.notice?.kind === 'lines' ? 'lines_exhausted' : 'failed')
      return
    }
    if (!letGo(asked)) return
    waiting.push({
      ...asked,
      quote: emptyQuote(),
      sentAtMs: Number.POSITIVE_INFINITY,
      subscription: undefined,
    })
    wake()
  }

  async function ask(asked: Asked): Promise<void> {
    asked.attempts++
    inFlight.set(asked.contract.conId, asked)
    env.spool?.asked(asked.contract)
    const request = {
      genericTicks: asked.wantsOpenInterest ? OPEN_INTEREST_TICK : '',
      onTick: (tick: Tick) => onTick(asked, tick),
      onNotice: (notice: Notice) => onNotice(asked, notice),
    }
    try {
      asked.subscription = await session.subscribe(asked.contract, request, halt.signal)
      asked.sentAtMs = clock.monotonicMs()
    } catch (error) {
      if (!halt.signal.aborted && session.isOpen) throw error
      stop('connection_lost')
      finish(asked, haltReason)
    }
  }

  function scan(): void {
    const now = clock.monotonicMs()
    if (now >= env.deadlineAtMs) stop('deadline')
    for (const asked of inFlight.values()) {
      const waited = now - asked.sentAtMs
      if (waited >= env.timeoutMs)
        finish(asked, asked.notice?.kind === 'entitlement' ? 'not_entitled' : 'unanswered')
      else if (waited >= env.greeksWaitMs && sidesSettled(asked.quote)) finish(asked, 'unanswered')
    }
  }

  const stopListening = env.onStreamsLost?.(() => {
    for (const asked of [...inFlight.values()]) askAgain(asked)
  })
  const scanning = new AbortController()
  const scanner = (async () => {
    while (!scanning.signal.aborted) {
      scan()
      await clock.sleep(SCAN_MS, scanning.signal).catch(() => {})
    }
  })()

  try {
    while (!halt.signal.aborted) {
      const asked = waiting[next]
      if (asked) {
        next++
        await ask(asked)
      } else if (inFlight.size > 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      } else break
    }
  } finally {
    scanning.abort()
    await scanner
    env.signal.removeEventListener('abort', onAbort)
    forgetEnd()
    stopListening?.()
  }
  for (const asked of [...inFlight.values()]) finish(asked, haltReason)
  for (const { contract } of waiting.slice(next)) gaps.push({ contract, reason: haltReason, detail: null })
  return { symbol, answered, gaps, startedAt, finishedAt: clock.now() }
}

function newAsked(contract: OptionContract, env: CollectEnv): Asked {
  return {
    contract,
    quote: emptyQuote(),
    wantsOpenInterest: !env.openInterest.has(contract.conId),
    attempts: 0,
    underlying: null,
    sentAtMs: Number.POSITIVE_INFINITY,
    subscription: undefined,
    notice: undefined,
  }
}

function isDone({ quote, contract, wantsOpenInterest }: Asked): boolean {
  return isComplete(quote) && (!wantsOpenInterest || openInterestOf(quote, contract) !== undefined)
}
