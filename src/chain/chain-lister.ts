import { RequestRefused } from '../gateway/session/errors.ts'
import type { Session } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import type { Underlying } from '../market/contract.ts'
import { collectsOptions, type Instrument, underlyingOf } from '../market/instrument.ts'
import type { SessionDate } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'
import type { Log } from '../process/log.ts'
import {
  emptyCache,
  type Learned,
  renewed,
  withClasses,
  withContracts,
  withFutures,
  withLearned,
} from './cache-updates.ts'
import { type Chain, carryOver, chainOf } from './chain.ts'
import type { ChainCache } from './chain-cache.ts'
import { type ListedContracts, listClasses, listContracts } from './chain-requests.ts'
import { describeSkipped, type SkipReason, skippedClasses } from './collected-classes.ts'
import { expirationKey, type ListedExpiration } from './expiration.ts'
import { listFutures } from './find-underlying.ts'
import { createKeptChains, type KeptChains } from './kept-chains.ts'
import {
  createListingQueue,
  forgetFailures,
  isFailing,
  nextStep,
  type QueuedStep,
  recordAnswer,
  recordFailure,
  recordOtherAnswer,
  recordTurn,
} from './listing-queue.ts'
import { type ListingRound, openSteps } from './listing-steps.ts'
import type { UniverseOptions } from './universe.ts'

/** Where a cycle gets its chains. */
export interface ChainSource {
  /** The chain as far as it is known; null while nothing is. */
  chain(symbol: string, date: SessionDate): Chain | null
  progress(symbol: string): ListingProgress
  /** Resolves when the chain or the progress of a symbol changes; rejects with the signal's reason. */
  changed(symbol: string, signal: AbortSignal): Promise<void>
  /**
   * Saves the lookup of an underlying that is known already. One that has got another contract id begins with an empty
   * list: what is listed is of the old one.
   */
  introduce(underlying: Underlying, date: SessionDate): void
  /** Keeps what a cycle learned for the rest of the day. */
  learn(symbol: string, learned: Learned): void
}

/**
 * Lists the chains of all symbols in the background, beside the cycles, and keeps every answer as it arrives. A
 * deadline, a lost session or a time-out costs at most the request that was open.
 */
export interface ChainLister extends ChainSource {
  /** Resolves once the signal was aborted and the work has ended. */
  readonly done: Promise<void>
}

export interface ListingProgress {
  /** The last failure since an answer, in one line; null if there is none. */
  readonly problem: string | null
  /** Its requests fail again and again: nothing more is expected soon. */
  readonly isFailing: boolean
  /** How long the last completed listing took; null before the first. */
  readonly lastSeconds: number | null
}

interface ListerOptions {
  /** The open session, or the next one. */
  readonly ready: (signal: AbortSignal, timeoutMs: number) => Promise<Session>
  readonly findUnderlying: (
    session: Session,
    instrument: Instrument,
    signal: AbortSignal,
    today?: SessionDate,
  ) => Promise<Underlying>
  /** The current round of listing; null while nothing is to be listed. */
  readonly roundOf: (symbol: string) => ListingRound | null
  readonly universe: UniverseOptions
  /** Folder of the chain caches. */
  readonly folder: string
  readonly clock: Clock
  readonly log: Log
  readonly signal: AbortSignal
  /** A symbol's list is complete, for this round. */
  onListed?(symbol: string): void
}

/** How long one wait for a session lasts. There is no limit to their number. */
const SESSION_WAIT_MS = 60_000
/** How often to look for a new round, or for a step that may be tried again. */
const CHECK_INTERVAL_MS = 5_000
/** How long the supervisor may take to notice that a session has ended. */
const SUPERVISOR_LAG_MS = 500

/** The channel of all requests for contract details of options. */
const DETAILS = 'contract details'

/** What the current round has done for one symbol. */
interface RoundWork {
  readonly round: ListingRound
  readonly startedAtMs: number
  added: number
  /** Contracts that are not collected, by reason. */
  readonly skipped: Map<SkipReason, number>
  isReported: boolean
}

/** Lists the option chains of these instruments; futures without their options have none. */
export function startChainLister(instruments: readonly Instrument[], options: ListerOptions): ChainLister {
  const { ready, findUnderlying, roundOf, universe, folder, clock, log, signal } = options
  const kept = createKeptChains(folder, log)
  const byName = new Map(instruments.filter(collectsOptions).map((one) => [one.symbol, one]))
  const symbols = [...byName.keys()]
  const instrumentOf = (symbol: string) => byName.get(symbol) as Instrument
  /** Of each symbol the chain that was asked for last: health asks for all of them, and every HTTP answer for health. */
  const chosen = new Map<
    string,
    { readonly cache: ChainCache; readonly today: SessionDate; readonly chain: Chain }
  >()
  const termsOf = (symbol: string) => ({ options: universe, instrument: instrumentOf(symbol) })
  /** The kept cache, unless it is of something else under the same name: ES was configured as a stock before, say. */
  const cacheOf = (symbol: string) => {
    const cache = kept.read(symbol)
    return cache?.underlying.secType === underlyingOf(instrumentOf(symbol)).secType ? cache : null
  }
  const queue = createListingQueue(symbols)
  const said = new Set<string>()
  const work = new Map<string, RoundWork>()
  const problems = new Map<string, string>()
  const seconds = new Map<string, number>()

  /** Requests under way, by channel. */
  const busy = new Set<string>()
  let wake = () => {}
  let followed: Session | null = null

  async function run(): Promise<void> {
    const running = new Set<Promise<void>>()
    while (!signal.aborted) {
      const session = startable().length > 0 ? await sessionOrNull() : null
      if (session) follow(session)
      // Chosen again: the wait for a session may have been long.
      for (const chosen of session ? startable() : []) {
        const channel = channelOf(chosen)
        busy.add(channel)
        const done = request(session as Session, chosen).finally(() => {
          busy.delete(channel)
          running.delete(done)
          wake()
        })
        running.add(done)
      }
      await pause()
    }
    await Promise.all(running)
  }

  /** After an outage nothing is held back: neither on the same session nor on the next one. */
  function follow(session: Session): void {
    if (session === followed) return
    followed = session
    const retry = () => {
      forgetFailures(queue)
      wake()
    }
    session.onEnd(retry)
    session.dataFlow.onChange(() => {
      if (session.dataFlow.blocked() === null) retry()
    })
  }

  /** IB answers contract details of options one at a time; the other requests are answered beside them. */
  function startable(): QueuedStep[] {
    const known = { cacheOf, instrumentOf, options: universe, nowMs: clock.monotonicMs() }
    const details = busy.has(DETAILS) ? null : nextStep(queue, { ...known, roundOf, kinds: ['contracts'] })
    const others = symbols
      .filter((symbol) => !busy.has(symbol))
      .map((only) =>
        nextStep(queue, {
          ...known,
          roundOf: (symbol) => (symbol === only ? roundOf(symbol) : null),
          kinds: ['underlying', 'futures', 'expirations'],
        }),
      )
    return [details, ...others].filter((step) => step !== null)
  }

  /** Null if there is none now. An outage is the supervisor's to report. */
  async function sessionOrNull(): Promise<Session | null> {
    try {
      return await ready(signal, SESSION_WAIT_MS)
    } catch {
      return null
    }
  }

  /** Until a request has ended, or it is time to look again. */
  async function pause(): Promise<void> {
    const waiting = abortable(signal)
    const ended = new Promise<void>((resolve) => {
      wake = resolve
    })
    await Promise.race([ended, clock.sleep(CHECK_INTERVAL_MS, waiting.signal).catch(() => {})])
    waiting.abort(new Error('no longer waiting'))
  }

  async function request(session: Session, chosen: QueuedStep): Promise<void> {
    const { symbol, step, round } = chosen
    if (channelOf(chosen) === DETAILS) recordTurn(queue, symbol)
    const mine = workOf(symbol, round)
    try {
      await answer(session, chosen, mine)
      answered(chosen)
    } catch (error) {
      if (signal.aborted) return
      if (!session.isOpen) {
        await clock.sleep(SUPERVISOR_LAG_MS, signal).catch(() => {})
        return
      }
      if (step.kind === 'expirations' && error instanceof RequestRefused) {
        if (await hasNewContract(session, symbol, round)) return
      }
      const message = error instanceof Error ? error.message : String(error)
      const isFirst = !problems.has(symbol)
      problems.set(symbol, message)
      recordFailure(queue, chosen, clock.monotonicMs())
      log[isFirst ? 'warn' : 'debug']({ symbol, step: step.kind }, `${symbol} is not listed yet: ${message}`)
      kept.touch(symbol)
    }
    report(symbol, mine)
  }

  /** Looks up an underlying that the gateway refused: after a corporate action it may have another contract id. */
  async function hasNewContract(session: Session, symbol: string, { date }: ListingRound): Promise<boolean> {
    const known = cacheOf(symbol)
    const instrument = instrumentOf(symbol)
    if (!known || instrument.kind === 'FOP') return false
    // Whatever goes wrong, the request that was refused is the failure to name.
    const now = await findUnderlying(session, instrument, signal, date).catch(() => null)
    if (now === null || now.conId === known.underlying.conId) return false
    renew(known, now)
    return true
  }

  function renew(known: ChainCache, underlying: Underlying): void {
    const { symbol } = underlying
    const ids = { before: known.underlying.conId, now: underlying.conId }
    log.warn({ symbol, ...ids }, `${symbol} has got another contract id: its chain is listed anew`)
    recordOtherAnswer(queue, symbol)
    kept.keep(symbol, renewed(known, underlying))
    wake()
  }

  function answered(chosen: QueuedStep): void {
    recordAnswer(queue, chosen)
    problems.delete(chosen.symbol)
  }

  async function answer(session: Session, chosen: QueuedStep, mine: RoundWork): Promise<void> {
    const { symbol, step, round } = chosen
    const cache = cacheOf(symbol)
    const instrument = instrumentOf(symbol)
    const terms = { ...termsOf(symbol), today: round.date }
    if (step.kind === 'underlying' || cache === null) {
      const underlying = await findUnderlying(session, instrument, signal, round.date)
      // A lookup of another part may have been faster.
      if (cacheOf(symbol) === null) kept.keep(symbol, emptyCache(underlying, round.date))
      return
    }
    if (step.kind === 'futures') {
      const futures = await listFutures(session, instrument, signal, round.date)
      const listed = { at: clock.now(), frontMonths: instrument.frontMonths }
      update(kept, symbol, (now) => withFutures(carryOver(now, round.date), futures, listed))
      return
    }
    if (step.kind === 'expirations') {
      const { underlyings } = chainOf(cache, terms)
      const listed = await listClasses(session, underlyings, signal)
      const at = clock.now()
      update(kept, symbol, (now) => withClasses(now, listed, { at, ...terms }))
      sayUnlisted(symbol, round.date)
      return
    }
    const keep = (listed: ListedContracts) => {
      const before = countOf(kept, symbol, step)
      update(kept, symbol, (now) => withContracts(now, step, listed, clock.now()))
      mine.added += countOf(kept, symbol, step) - before
      for (const [reason, count] of listed.skipped ?? [])
        mine.skipped.set(reason, (mine.skipped.get(reason) ?? 0) + count)
    }
    const onListed = (listed: ListedContracts) => {
      keep(listed)
      if (!listed.isWhole) return
      // It came after its time limit.
      answered(chosen)
      report(symbol, mine)
      wake()
    }
    keep(await listContracts(session, cache, { expiration: step, instrument, signal, onListed }))
  }

  function workOf(symbol: string, round: ListingRound): RoundWork {
    const before = work.get(symbol)
    if (before?.round.since === round.since) return before
    const begun = { round, startedAtMs: clock.monotonicMs(), added: 0, skipped: new Map(), isReported: false }
    work.set(symbol, begun)
    return begun
  }

  /** One line for each completed round of a symbol. */
  function report(symbol: string, mine: RoundWork): void {
    const cache = cacheOf(symbol)
    if (mine.isReported || !cache || openSteps(cache, mine.round, termsOf(symbol)).length > 0) return
    mine.isReported = true
    const took = (clock.monotonicMs() - mine.startedAtMs) / 1_000
    seconds.set(symbol, took)
    const { expirations, contracts } = chainOf(cache, { today: mine.round.date, ...termsOf(symbol) })
    const skipped = skippedClasses(cache.classes, instrumentOf(symbol))
    const facts = {
      ...{ symbol, expirations: expirations.length, contracts: contracts.length, added: mine.added },
      ...{ unlisted: cache.unlisted.length, seconds: Math.round(took * 10) / 10 },
      ...(skipped.length > 0 && { skippedClasses: skipped.map(describeSkipped) }),
      ...(mine.skipped.size > 0 && { skippedContracts: Object.fromEntries(mine.skipped) }),
    }
    log.info(facts, `the chain of ${symbol} is listed`)
    kept.touch(symbol)
    options.onListed?.(symbol)
  }

  /** Once for each class while this process runs: each list would repeat it. */
  function sayUnlisted(symbol: string, today: SessionDate): void {
    const cache = cacheOf(symbol)
    const unlisted = cache ? chainOf(cache, { today, ...termsOf(symbol) }).unlistedClasses : []
    for (const tradingClass of unlisted) {
      const name = `${symbol} ${tradingClass}`
      if (said.has(name)) continue
      said.add(name)
      log.warn(
        { symbol, tradingClass },
        `${symbol}: class ${tradingClass} is to be collected, and the gateway does not list it: check "classes" of this symbol`,
      )
    }
  }

  return {
    chain: (symbol, today) => {
      const cache = byName.has(symbol) ? cacheOf(symbol) : null
      if (cache === null) return null
      const known = chosen.get(symbol)
      if (known?.cache === cache && known.today === today) return known.chain
      const chain = chainOf(cache, { today, ...termsOf(symbol) })
      chosen.set(symbol, { cache, today, chain })
      return chain
    },
    progress: (symbol) => ({
      problem: problems.get(symbol) ?? null,
      isFailing: isFailing(queue, symbol),
      lastSeconds: seconds.get(symbol) ?? null,
    }),
    changed: (symbol, until) => {
      // Somebody waits: a new round should not be noticed only at the next look.
      wake()
      return kept.changed(symbol, until)
    },
    introduce: (underlying, date) => {
      const known = cacheOf(underlying.symbol)
      const isOnFutures = known !== null && instrumentOf(underlying.symbol).kind === 'FOP'
      if (known?.underlying.conId === underlying.conId || isOnFutures) return
      if (known) return renew(known, underlying)
      // The lookup that found it was a later one than those that failed here.
      recordOtherAnswer(queue, underlying.symbol)
      kept.keep(underlying.symbol, emptyCache(underlying, date))
      wake()
    },
    learn: (symbol, learned) => update(kept, symbol, (cache) => withLearned(cache, learned)),
    done: run(),
  }
}

function update(kept: KeptChains, symbol: string, change: (cache: ChainCache) => ChainCache): void {
  const cache = kept.read(symbol)
  if (cache) kept.keep(symbol, change(cache))
}

function countOf(kept: KeptChains, symbol: string, expiration: ListedExpiration): number {
  return kept.read(symbol)?.contracts.get(expirationKey(expiration))?.length ?? 0
}

function channelOf({ symbol, step }: QueuedStep): string {
  return step.kind === 'contracts' ? DETAILS : symbol
}
