import type { Session } from '../../gateway/session/session.ts'
import { type Harvest, openInterestOf } from '../../harvest/harvest.ts'
import type { FutureContract } from '../../market/contract.ts'
import { nearFutures } from '../../market/front-futures.ts'
import type { Instrument } from '../../market/instrument.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import { slotOf } from '../../market/slot.ts'
import type { ConId } from '../../market/units.ts'
import type { Cycle } from '../cycle/cycle.ts'
import { handleCycleError } from '../cycle/cycle-errors.ts'
import type { CaptureOptions } from '../options.ts'
import { collectAll } from '../symbol/collect-all.ts'
import { type FetchedFutures, isIndexOpen, isOpening, NoNearFuture } from './fetched-futures.ts'

/** How long the first level of the spot index is waited for, ms. */
const FIRST_LEVEL_MS = 2_000

/** Fetches a symbol's futures, unless an earlier attempt of this cycle has got some of them. */
export async function fetchFuturesOnce(
  instrument: Instrument,
  session: Session,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedFutures> {
  const { symbol } = instrument
  const before = cycle.futures.get(symbol)
  if (before && before.harvest.answered.length > 0) return before
  const fetched = await fetchFutures(instrument, session, cycle, options)
  cycle.futures.set(symbol, fetched)
  return fetched
}

/** The same beside the chain of the symbol, which goes on whatever becomes of the futures: their gap has a reason. */
export async function fetchBeside(
  instrument: Instrument,
  session: Session,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<void> {
  try {
    await fetchFuturesOnce(instrument, session, cycle, options)
  } catch (error) {
    const { log, signal, sessions } = options
    const { symbol } = instrument
    const fault = handleCycleError(error, { log, signal, sessions, symbol: `futures of ${symbol}` })
    cycle.futureFaults.set(symbol, fault)
  }
}

/**
 * Fetches one symbol's near futures on one session: takes the list, finds which are near, opens the stream of the index
 * and collects each future until both sides are settled and its open interest is known. One that the gateway does not
 * know any more is a gap, and the others go on.
 */
async function fetchFutures(
  instrument: Instrument,
  session: Session,
  cycle: Cycle,
  options: CaptureOptions,
): Promise<FetchedFutures> {
  const { symbol, spotIndex } = instrument
  const { deadline, journal } = cycle
  const { futures, config } = options
  const { rollDays } = config.futures
  const slot = slotOf(cycle.slot, symbol)
  const pricedBy = spotIndex !== null && isIndexOpen(spotIndex, slot.at) ? spotIndex : null
  const [{ cache, openInterest, detail }] = await Promise.all([
    futures.list(instrument, slot.date, { session, signal: deadline.signal }),
    pricedBy === null ? null : openSpot(pricedBy, session, cycle, options),
  ])
  const near = nearFutures(cache.futures, slot, { ...instrument, rollDays })
  if (near.length === 0) throw new NoNearFuture(symbol, slot)
  const ranks = near.map(({ future, rank }) => [future.conId, rank] as const)
  const opening = isOpening(slot, instrument)
  journal.plannedFutures({ symbol, rollDays, spotIndex, opening, ranks })
  const order = near.map(({ future }) => future)
  // Its progress is that of a few contracts among hundreds: nobody needs to see it.
  const { onProgress: _, ...quiet } = options
  const harvest = await collectAll(session, { symbol, order, openInterest, pricedBy }, cycle, quiet)
  futures.learn(symbol, slot.date, learnedFrom(harvest))
  return { harvest, ranks: new Map(ranks), rollDays, spotIndex, opening, openInterest, detail }
}

/** Opens the stream of the index and waits for its first level. Without one the rows say so; nothing else fails. */
async function openSpot(
  symbol: string,
  session: Session,
  { deadline, streams }: Cycle,
  { finder }: Pick<CaptureOptions, 'finder'>,
): Promise<void> {
  try {
    const index = await finder.find(instrumentNamed(symbol), session, deadline.signal)
    await streams.open(index, session)
    await streams.waitFor('all', Math.min(FIRST_LEVEL_MS, deadline.leftMs()), symbol)
  } catch {
    // The end of the session or of the slot also ends the harvest, which reports it.
  }
}

function learnedFrom({ answered, gaps }: Harvest<FutureContract>) {
  const openInterest = new Map<ConId, number>()
  for (const { contract, quote } of answered) {
    const value = openInterestOf(quote, contract)
    if (value != null) openInterest.set(contract.conId, value)
  }
  const refused = gaps
    .filter(({ reason }) => reason === 'no_such_contract')
    .map(({ contract }) => contract.conId)
  return { openInterest, refused }
}
