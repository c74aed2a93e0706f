import { centreFor } from '../../chain/strike-window.ts'
import { SessionEnded } from '../../gateway/session/errors.ts'
import type { Session } from '../../gateway/session/session.ts'
import type { Harvest } from '../../harvest/harvest.ts'
import { plan } from '../../harvest/plan.ts'
import { waitForFirstPrices } from '../../harvest/underlying-streams.ts'
import type { Underlying } from '../../market/contract.ts'
import { instrumentIn } from '../../market/instruments.ts'
import { slotOf } from '../../market/slot.ts'
import type { ConId } from '../../market/units.ts'
import { type Share, windowCentresOf } from '../cycle/budget.ts'
import type { Cycle } from '../cycle/cycle.ts'
import { DeadlineOver } from '../cycle/cycle-errors.ts'
import type { CaptureOptions } from '../options.ts'
import {
  chainNote,
  learnedFrom,
  nextPart,
  shortestPassMs,
  volAtTheMoney,
  withUnpriced,
} from './chain-parts.ts'
import { collectAll } from './collect-all.ts'
import type { FetchedSymbol } from './fetched-symbol.ts'

/**
 * Collects one symbol in passes. The first has every contract that is known, from today's list or from yesterday's;
 * expirations that the gateway lists while it runs have a pass of their own each, while there is time.
 */
export async function collectPasses(
  session: Session,
  underlying: Underlying,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedSymbol> {
  const { chains } = options
  const { slot, startedAt, deadline, streams, budget, journal } = cycle
  const { symbol } = underlying
  const { date } = slotOf(slot, symbol)
  chains.introduce(underlying, date)
  const isLate = deadline.leftMs() < shortestPassMs(options.config)
  const lateSeconds = Math.round((startedAt - slot.at) / 1_000)
  const planned = new Set<ConId>()
  let opened = underlying
  let harvest: Harvest | null = null
  let requested = 0
  let skipped = 0
  /** Futures whose options could not be chosen. */
  const unpriced = new Set<ConId>()
  for (;;) {
    const chain = await nextPart(symbol, planned, cycle, options)
    if (chain === null) break
    if (chain.underlying.conId !== opened.conId && chain.underlying.secType !== 'FUT') {
      // It was looked up again, because the gateway refused it.
      streams.remove(opened.conId)
      opened = chain.underlying
    }
    // Those of a pass before are open already.
    await Promise.all(chain.underlyings.map((one) => streams.open(one, session)))
    if (!harvest) await waitForFirstPricesOn(session, symbol, cycle)
    const spots = windowCentresOf(chain, streams)
    const [spot] = spots
    if (!spot) {
      if (harvest) break
      options.signal.throwIfAborted()
      if (!session.isOpen) throw new SessionEnded(await session.ended)
      if (isLate) throw new DeadlineOver(lateSeconds)
      const outage = options.sessions.outage()
      if (outage) return { symbol, ...outage }
      const notice = streams.notice(symbol)
      if (notice?.kind === 'contract' && (await hasNewContract(chain.underlying, session, cycle, options)))
        continue
      const detail = notice ? `${notice.code} ${notice.message}` : 'the underlying sent no price'
      return { symbol, reason: notice?.kind === 'lines' ? 'lines_exhausted' : 'no_market_data', detail }
    }
    const share: Share = await budget.join({ symbol, chain, spots })
    for (const one of chain.underlyings) if (streams.priceOf(one.conId) === null) unpriced.add(one.conId)
    for (const { conId } of chain.contracts) planned.add(conId)
    requested += share.wanted.length
    skipped += share.skipped.length
    journal.planned({ symbol, requested, skipped })
    const order = plan(share.wanted, (contract) => (centreFor(contract, spots) ?? spot).price)
    const { openInterest } = chain.cache
    const part: Harvest = await collectAll(session, { symbol, order, openInterest }, cycle, {
      ...options,
      onProgress: (progress) => {
        budget.progress(symbol, progress.planned - progress.done)
        options.onProgress?.(progress)
      },
    })
    harvest = harvest ? joined(harvest, part) : part
    const impliedVolFraction = volAtTheMoney(part)
    chains.learn(symbol, { date, ...learnedFrom(part), windows: share.windows, impliedVolFraction })
  }
  if (!harvest) options.signal.throwIfAborted()
  if (!harvest && isLate) throw new DeadlineOver(lateSeconds)
  const chain = chains.chain(symbol, date)
  const note = withUnpriced(chainNote(chain, chains.progress(symbol)), chain, unpriced)
  if (!chain || !harvest) {
    return { symbol, reason: 'no_chain', detail: note?.detail ?? 'no expiration of the policy is listed' }
  }
  return { symbol, chain, note, harvest, skipped }
}

/**
 * Looks the underlying up again that the gateway refused: after a corporate action it may have another contract id. Its
 * chain is then listed anew.
 */
async function hasNewContract(
  refused: Underlying,
  session: Session,
  { slot, deadline }: Pick<Cycle, 'slot' | 'deadline'>,
  { config, chains, finder }: CaptureOptions,
): Promise<boolean> {
  const { symbol } = refused
  const now = await finder.findAgain(instrumentIn(config.symbols, symbol), session, deadline.signal)
  if (now.conId === refused.conId) return false
  chains.introduce(now, slotOf(slot, symbol).date)
  return true
}

/** How long a stream may be silent although nothing is known against it, ms. After it no price is expected in this slot. */
const SILENCE_MS = 60_000

/**
 * Waits for the symbol's price and its volatility, while the slot has time: a minute if the gateway says nothing. If it
 * says that no data can come, the wait has no other end, and the streams are requested again: they may have been lost.
 */
export async function waitForFirstPricesOn(
  session: Session,
  symbol: string,
  { streams, deadline }: Pick<Cycle, 'streams' | 'deadline'>,
): Promise<void> {
  const leftAtStartMs = deadline.leftMs()
  let wasBlocked = false
  const stopWatching = session.dataFlow.onChange(() => {
    wasBlocked = true
  })
  try {
    for (;;) {
      wasBlocked = session.dataFlow.blocked() !== null
      await waitForFirstPrices(streams, symbol)
      const isOver = deadline.signal.aborted || deadline.leftMs() === 0 || !session.isOpen
      const notice = streams.notice(symbol)
      if (streams.price(symbol) !== null || isOver || notice?.kind === 'contract') return
      if (wasBlocked) await streams.reattach(session).catch(() => {})
      else if (notice || leftAtStartMs - deadline.leftMs() >= SILENCE_MS) return
    }
  } finally {
    stopWatching()
  }
}

/** Two passes have no contract in common. */
function joined(earlier: Harvest, later: Harvest): Harvest {
  return {
    symbol: earlier.symbol,
    answered: [...earlier.answered, ...later.answered],
    gaps: [...earlier.gaps, ...later.gaps],
    startedAt: earlier.startedAt,
    finishedAt: later.finishedAt,
  }
}
