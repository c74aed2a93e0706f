import type { Notice } from '../gateway/session/notices.ts'
import type { Session, Subscription } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import type { OptionContract, Underlying } from '../market/contract.ts'
import { applyTick, emptyQuote, type Quote, sideOf, type Tick } from '../market/quote.ts'
import type { ConId, EpochMs } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'
import type { UnderlyingPrice } from './harvest.ts'

/** Generic ticks of a stock: IB's 30-day implied volatility (tick 24), and the mark price (tick 37). */
const STOCK_TICKS = '106,232'
/** Ticks with a price of the underlying. */
const PRICE_FIELDS: ReadonlySet<Tick['field']> = new Set(['bid', 'ask', 'last', 'markPrice'])
/** With a wider spread the midpoint is not a usable price; the last trade is used instead. */
const MAX_SPREAD_FRACTION = 0.01
/** How long to wait for the first prices. */
const PRICE_WAIT_MS = 10_000
/** How long to wait beyond that for the volatilities and the VIX. */
const VOLATILITY_WAIT_MS = 2_000

/** Streams of the underlyings and the VIX, open for a whole cycle, on successive sessions. */
export interface UnderlyingStreams {
  /** Adds an underlying and opens its stream on a session; does nothing if it is already open on it. */
  open(underlying: Underlying, session: Session): Promise<void>
  /** Ends the stream of a contract, and forgets what it sent. */
  remove(conId: ConId): void
  /** Opens all streams on a session, except those that are already open on it. */
  attach(session: Session): Promise<void>
  /** Opens the streams again on a session that has lost them; once, although each symbol of the cycle asks for it. */
  reattach(session: Session): Promise<void>
  /**
   * The latest price: midpoint of bid and ask, else the last trade, else IB's mark price; null while there is none. Of a
   * symbol with several futures that of the nearest one that has a price.
   */
  price(symbol: string): UnderlyingPrice | null
  /** The same of one contract. */
  priceOf(conId: ConId): UnderlyingPrice | null
  /** IB's 30-day implied volatility, a fraction; null while there is none. */
  impliedVol30Fraction(symbol: string): number | null
  /** The last notice about a stream of the symbol. */
  notice(symbol: string): Notice | null
  /**
   * `prices`: resolves when every stock and future has a price; `all`: when every stock also has its volatility, and every
   * index its level. With a symbol, only that one is waited for, and an index for its level in both cases. Resolves in any
   * case after the timeout or when a session ends.
   */
  waitFor(what: 'prices' | 'all', timeoutMs: number, symbol?: string): Promise<void>
  close(): void
}

/** Waits for the price and, for a little longer, the volatility: of one symbol, or of all and then also for the VIX. */
export async function waitForFirstPrices(streams: UnderlyingStreams, symbol?: string): Promise<void> {
  await streams.waitFor('prices', PRICE_WAIT_MS, symbol)
  await streams.waitFor('all', VOLATILITY_WAIT_MS, symbol)
}

/** The price under an option: of its own future, else of the symbol's one underlying. */
export function underlyingPriceOf(
  { symbol, underlyingType, underlyingConId }: OptionContract,
  streams: Pick<UnderlyingStreams, 'price' | 'priceOf'>,
): UnderlyingPrice | null {
  if (underlyingType !== 'FUT') return streams.price(symbol)
  return underlyingConId == null ? null : streams.priceOf(underlyingConId)
}

interface Stream {
  readonly underlying: Underlying
  readonly quote: Quote
  /** When the last price arrived. */
  pricedAt: EpochMs | null
  /** When the stream last sent anything after its first price: until then that price held. */
  confirmedAt: EpochMs | null
  notice: Notice | null
  subscription: Subscription | null
  /** The session it is open on or being opened on; null before the first. */
  opened: { readonly session: Session; readonly done: Promise<void> } | null
}

/**
 * Streams start out detached from any session. An underlying that the gateway refuses has no price; its notice
 * says why.
 */
export function openUnderlyingStreams(
  underlyings: readonly Underlying[],
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): UnderlyingStreams {
  /** In the order in which they were opened. */
  const streams = new Map<ConId, Stream>()
  const ofSymbol = (symbol: string) =>
    [...streams.values()].filter(({ underlying }) => underlying.symbol === symbol)
  const listeners = new Set<() => void>()
  const onChange = () => {
    for (const listener of [...listeners]) listener()
  }
  for (const underlying of underlyings) add(underlying)

  function add(underlying: Underlying): Stream {
    const known = streams.get(underlying.conId)
    if (known) return known
    const stream: Stream = {
      underlying,
      quote: emptyQuote(),
      pricedAt: null,
      confirmedAt: null,
      notice: null,
      subscription: null,
      opened: null,
    }
    streams.set(underlying.conId, stream)
    return stream
  }

  /** Counts the rounds of requests: a stream of an earlier round is cancelled as soon as it opens. */
  let round = 0
  /** What was opened again in this turn. */
  let reattached: Stream['opened'] = null

  async function subscribe(session: Session, stream: Stream): Promise<void> {
    const requestedIn = round
    let isPriced = false
    const subscription = await session.subscribe(
      stream.underlying,
      {
        genericTicks: stream.underlying.secType === 'STK' ? STOCK_TICKS : '',
        onTick: (tick: Tick) => {
          const at = clock.now()
          applyTick(stream.quote, tick, at)
          if (PRICE_FIELDS.has(tick.field)) {
            stream.pricedAt = at
            isPriced = true
          }
          // A new stream says nothing about a price of the one before, and a kind of data nothing about any price.
          if (isPriced && tick.field !== 'dataType') stream.confirmedAt = at
          onChange()
        },
        onNotice: (notice) => {
          stream.notice = notice
          onChange()
          if (requestedIn !== round || (notice.kind !== 'lines' && notice.kind !== 'pacing')) return
          // It waits for the next free line, or until the rate allows it: the session bounds how often.
          void stream.subscription?.cancel()
          subscribe(session, stream).catch(() => {})
        },
      },
      signal,
    )
    if (requestedIn === round) stream.subscription = subscription
    else void subscription.cancel()
  }

  function openOn(session: Session, stream: Stream): Promise<void> {
    const opened = { session, done: subscribe(session, stream) }
    stream.opened = opened
    opened.done.catch(() => {
      if (stream.opened === opened) stream.opened = null
    })
    return opened.done
  }

  function openUnlessOpen(session: Session, stream: Stream): Promise<void> {
    return stream.opened?.session === session ? stream.opened.done : openOn(session, stream)
  }

  async function openAll(open: (stream: Stream) => Promise<void>): Promise<void> {
    await Promise.all([...streams.values()].map(open))
  }

  function cancelAll(): void {
    round += 1
    for (const { subscription } of streams.values()) void subscription?.cancel()
  }

  return {
    open: (underlying, session) => openUnlessOpen(session, add(underlying)),
    remove: (conId) => {
      void streams.get(conId)?.subscription?.cancel()
      streams.delete(conId)
    },
    attach: (session) => openAll((stream) => openUnlessOpen(session, stream)),
    reattach: (session) => {
      if (reattached?.session === session) return reattached.done
      cancelAll()
      const done = openAll((stream) => openOn(session, stream))
      reattached = { session, done }
      // All symbols hear of a loss in the same turn of the event loop.
      queueMicrotask(() => {
        reattached = null
      })
      return done
    },
    price: (symbol) => firstKnown(ofSymbol(symbol), priceOf),
    priceOf: (conId) => {
      const stream = streams.get(conId)
      return stream ? priceOf(stream) : null
    },
    impliedVol30Fraction: (symbol) =>
      firstKnown(ofSymbol(symbol), ({ quote }) => quote.numbers.impliedVol30Fraction ?? null),
    notice: (symbol) => firstKnown(ofSymbol(symbol).reverse(), ({ notice }) => notice),
    waitFor: async (what, timeoutMs, symbol) => {
      const awaited = symbol === undefined ? [...streams.values()] : ofSymbol(symbol)
      const isNamed = symbol !== undefined
      const waiting = abortable(signal)
      let listener = () => {}
      const settled = new Promise<void>((resolve) => {
        listener = () => {
          if (awaited.every((stream) => isSettled(stream, what, isNamed))) resolve()
        }
        listener()
      })
      listeners.add(listener)
      const stop = () => waiting.abort(new Error('the session is over'))
      const sessions = new Set(awaited.flatMap(({ opened }) => opened?.session ?? []))
      const removeListeners = [...sessions].map((session) => session.onEnd(stop))
      await Promise.race([settled, clock.sleep(timeoutMs, waiting.signal).catch(() => {})])
      listeners.delete(listener)
      for (const remove of removeListeners) remove()
      waiting.abort(new Error('no longer waiting'))
    },
    close: cancelAll,
  }
}

/** The first value that is not null. */
function firstKnown<Value>(streams: readonly Stream[], read: (stream: Stream) => Value | null): Value | null {
  for (const stream of streams) {
    const value = read(stream)
    if (value !== null) return value
  }
  return null
}

function isSettled(stream: Stream, what: 'prices' | 'all', isNamed: boolean): boolean {
  const { underlying, quote, notice } = stream
  if (notice?.kind === 'contract') return true
  const hasPrice = priceOf(stream) !== null
  if (underlying.secType === 'IND')
    return hasPrice || notice?.kind === 'entitlement' || (what === 'prices' && !isNamed)
  if (underlying.secType === 'FUT') return hasPrice || notice?.kind === 'entitlement'
  return hasPrice && (what === 'prices' || (quote.numbers.impliedVol30Fraction ?? null) !== null)
}

function priceOf({ quote, pricedAt, confirmedAt }: Stream): UnderlyingPrice | null {
  const price = midPrice(quote) ?? positive(quote.numbers.last) ?? positive(quote.numbers.markPrice)
  if (pricedAt === null || price === null) return null
  return { price, at: pricedAt, confirmedAt: confirmedAt ?? pricedAt }
}

/** The middle between bid and ask; null without both, and where they are too far apart. */
export function midPrice(quote: Quote): number | null {
  const bid = sideOf(quote, 'bid')
  const ask = sideOf(quote, 'ask')
  return bid && ask && ask >= bid && (ask - bid) / ask <= MAX_SPREAD_FRACTION ? (bid + ask) / 2 : null
}

function positive(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value > 0 ? value : null
}
