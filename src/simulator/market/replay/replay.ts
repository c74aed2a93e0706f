import { newYorkDate, sessionOn } from '../../../market/calendar.ts'
import type { Clock } from '../../../market/clock.ts'
import { tradesLate } from '../../../market/option-hours.ts'
import type { EpochMs } from '../../../market/units.ts'
import { chainRowsOf, matches } from '../contracts.ts'
import { hoursAround } from '../hours.ts'
import { VOLATILITY_INDEX } from '../instruments.ts'
import {
  type Bar,
  type BarKind,
  type BarsRequest,
  type ContractQuery,
  DAY_SECONDS,
  type Market,
  type SimContract,
  type SimQuote,
} from '../market.ts'
import { recordedIndex, stockContract } from '../recorded/contracts.ts'
import { recordedIndexHours } from '../recorded/index-hours.ts'
import type { RecordedSession, Recording } from './recording.ts'
import { openSymbolReplay, type SymbolReplay } from './symbol-replay.ts'

/** A replayed recording. */
export interface Replay {
  readonly market: Market
  /** Resolves with the last slot of the recording when it is served; rejects when a slot cannot be read. */
  readonly ended: Promise<EpochMs>
  close(): void
}

/**
 * Serves a recording as a market: at each time of the clock the newest recorded slot. What a slot does not have is not
 * sent; after the last slot its quotes stay. Slots are read shortly before they are due, so that memory does not grow with
 * the recording. At least one underlying must have a slot by the clock's time.
 */
export async function openReplay(recording: Recording, clock: Clock): Promise<Replay> {
  const symbols = new Map<string, SymbolReplay>()
  for (const one of recording.underlyings) {
    const underlying =
      one.secType === 'IND' ? recordedIndex(one.symbol, one.conId) : stockContract(one.symbol, one.conId)
    symbols.set(one.symbol, await openSymbolReplay(recording, one, { underlying, clock }))
  }
  const stop = new AbortController()
  const ended = Promise.all([...symbols.values()].map((symbol) => symbol.follow(stop.signal))).then(
    (last) =>
      last.reduce<EpochMs | null>((latest, at) => ((at ?? 0) > (latest ?? 0) ? at : latest), null) as EpochMs,
  )
  // Whoever waits for the end gets its error; nobody has to.
  ended.catch(() => {})
  return {
    market: marketOf(symbols, recording, clock),
    ended,
    close: () => stop.abort(new Error('the replay was closed')),
  }
}

function marketOf(
  symbols: ReadonlyMap<string, SymbolReplay>,
  { observations }: Recording,
  clock: Clock,
): Market {
  const underlyings = new Map([...symbols.values()].map(({ underlying }) => [underlying.conId, underlying]))
  // Its level is recorded beside every chain; with options of its own it is a symbol like others.
  const index = symbols.get(VOLATILITY_INDEX.symbol)?.underlying ?? recordedIndex(VOLATILITY_INDEX.symbol)
  underlyings.set(index.conId, index)
  const onIndices = new Set(
    [...symbols].flatMap(([name, one]) => (one.underlying.secType === 'IND' ? name : [])),
  )

  function candidates(query: ContractQuery): readonly SimContract[] {
    const { conId, symbol, expiry } = query
    if (conId) {
      const found = contractOf(conId)
      return found ? [found] : []
    }
    const now = clock.now()
    const own = [...symbols].filter(([name]) => !symbol || name === symbol)
    const options = own.flatMap(([name, replay]) => {
      const listing = replay.listingAt(now)
      return (expiry?.length === 8 ? listing?.series.get(`${name} ${expiry}`) : listing?.options) ?? []
    })
    return [...underlyings.values(), ...options]
  }

  function contractOf(conId: number): SimContract | undefined {
    const now = clock.now()
    const underlying = underlyings.get(conId)
    if (underlying) return underlying
    for (const replay of symbols.values()) {
      const option = replay.listingAt(now)?.byId.get(conId)
      if (option) return option
    }
    return undefined
  }

  function indexQuote(at: EpochMs): SimQuote {
    const slots = [...symbols.values()].flatMap((replay) => replay.quotesAt(at) ?? [])
    const newest = slots.filter(({ vix }) => vix !== null).sort((a, b) => b.slot - a.slot)[0]
    const own = symbols.get(VOLATILITY_INDEX.symbol)?.quotesAt(at)?.underlying
    return { ...own, ...(newest && { last: newest.vix }), ...previousClose(VOLATILITY_INDEX.symbol, at) }
  }

  function previousClose(symbol: string, at: EpochMs): SimQuote {
    const close = finished(observations.get(symbol) ?? [], { endAt: at, before: newYorkDate(at) }).at(
      -1,
    )?.close
    return close == null ? {} : { close }
  }

  return {
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: contractOf,
    chainRows: (conId) => {
      const underlying = underlyings.get(conId)
      const listing = underlying && symbols.get(underlying.symbol)?.listingAt(clock.now())
      return listing ? chainRowsOf(listing.options, conId) : []
    },
    hours: (contract, at) => {
      const { secType, symbol } = contract
      if (onIndices.has(symbol)) return recordedIndexHours(contract, at)
      return hoursAround(at, { secType, optionsClose: tradesLate(symbol) ? '16:15' : '16:00' })
    },
    quote: (contract, at) => {
      if (contract.conId === index.conId) return indexQuote(at)
      const slot = symbols.get(contract.symbol)?.quotesAt(at)
      if (contract.secType === 'OPT') return slot?.options.get(contract.conId) ?? {}
      return { ...slot?.underlying, ...previousClose(contract.symbol, at) }
    },
    dataType: (contract, at) => symbols.get(contract.symbol)?.quotesAt(at)?.dataTypes.get(contract.conId),
    bars: (contract, what, request) => dailyBars(sessionsOf(contract, what, clock.now()), what, request),
    headTimestamp: (contract, what) => {
      const [first] = sessionsOf(contract, what, clock.now())
      return first ? (sessionOn(first.date)?.openAt ?? null) : null
    },
    trades: () => [],
    quoteChanges: () => [],
  }

  /** The finished sessions of an underlying that have a value of that kind; none of an option. */
  function sessionsOf({ secType, symbol }: SimContract, what: BarKind, now: EpochMs): RecordedSession[] {
    if (secType === 'OPT') return []
    const known = finished(observations.get(symbol) ?? [], { endAt: now })
    return known.filter((session) => levelOf(session, what) !== null)
  }
}

/** The sessions that have closed by a time, and are before a date where one is given. */
function finished(
  sessions: readonly RecordedSession[],
  { endAt, before }: { readonly endAt: EpochMs; readonly before?: string },
): RecordedSession[] {
  return sessions.filter(
    ({ date }) =>
      (before === undefined || date < before) &&
      (sessionOn(date)?.closeAt ?? Number.POSITIVE_INFINITY) <= endAt,
  )
}

/** Of a session the recording has one value, its close: all four prices of the bar are that value. Daily bars only. */
function dailyBars(
  sessions: readonly RecordedSession[],
  what: BarKind,
  { startAt, endAt, barSeconds }: BarsRequest,
): Bar[] {
  if (barSeconds !== DAY_SECONDS) return []
  return sessions.flatMap((session) => {
    const trading = sessionOn(session.date)
    const value = levelOf(session, what)
    if (trading === null || value === null || trading.openAt < startAt || trading.closeAt > endAt) return []
    const prices = { open: value, high: value, low: value, close: value }
    return [{ startAt: trading.openAt, ...prices, volume: null, averagePrice: null, tradeCount: null }]
  })
}

function levelOf(session: RecordedSession, what: BarKind): number | null {
  if (what === 'TRADES') return session.close
  return what === 'OPTION_IMPLIED_VOLATILITY' ? session.impliedVol30Fraction : null
}
