import type { Notice } from '../gateway/session/notices.ts'
import type { Session, Subscription } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import type { Underlying } from '../market/contract.ts'
import { applyTick, emptyQuote, type Quote, sideOf, type Tick } from '../market/quote.ts'
import type { EpochMs } from '../market/units.ts'
import { abortable } from '../process/abortable.ts'
import type { UnderlyingPrice } from './harvest.ts'

/** Generic tick that brings IB's 30-day implied volatility of a stock (tick 24). */
const IMPLIED_VOL_TICK = '106'
/** Ticks that bring a price of the underlying. */
const PRICE_FIELDS: ReadonlySet<Tick['field']> = new Set(['bid', 'ask', 'last', 'markPrice'])
/** A spread wider than this says nothing about the price: the last trade is used instead. */
const MAX_SPREAD_FRACTION = 0.01

/** Streams on the underlyings and the VIX that stay open for a whole cycle, on one session after the other. */
export interface UnderlyingStreams {
  /** Opens the streams on a session; on the one they are open on already it does nothing. */
  attach(session: Session): Promise<void>
  /** Opens the streams anew on a session that has lost them. */
  attachAgain(session: Session): Promise<void>
  /** The latest price: middle of bid and ask, else the last trade, else IB's mark; null where none has come. */
  price(symbol: string): UnderlyingPrice | null
  /** IB's 30-day implied volatility, a fraction; null where none has come. */
  impliedVol30Fraction(symbol: string): number | null
  /** The last notice about the symbol's stream. */
  notice(symbol: string): Notice | null
  /**
   * Resolves when every stock has a price (`prices`), or also its volatility and every index its level (`all`);
   * at the latest after so long, or when the session ends.
   */
  settled(what: 'prices' | 'all', timeoutMs: number): Promise<void>
  close(): void
}

/** How long the underlyings may take to say their first price. */
const PRICE_WAIT_MS = 10_000
/** How long their volatility and the VIX are waited for beyond that. */
const VOLATILITY_WAIT_MS = 2_000

/** Waits for what a cycle begins with: the prices, and for a moment more the volatilities and the VIX. */
export async function settle(view: UnderlyingStreams): Promise<void> {
  await view.settled('prices', PRICE_WAIT_MS)
  await view.settled('all', VOLATILITY_WAIT_MS)
}

interface Watched {
  readonly underlying: Underlying
  readonly quote: Quote
  heardAt: EpochMs | null
  notice: Notice | null
  subscription: Subscription | null
}

/** A watch over the underlyings, not yet on any session. What the gateway refuses has no price, and its notice says why. */
export function openUnderlyingStreams(
  underlyings: readonly Underlying[],
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): UnderlyingStreams {
  const watched = new Map<string, Watched>(
    underlyings.map((underlying) => [
      underlying.symbol,
      { underlying, quote: emptyQuote(), heardAt: null, notice: null, subscription: null },
    ]),
  )
  let heard = () => {}
  let attached: { session: Session; done: Promise<void> } | undefined

  async function subscribe(session: Session, one: Watched): Promise<void> {
    one.subscription = await session.subscribe(
      one.underlying,
      {
        genericTicks: one.underlying.secType === 'STK' ? IMPLIED_VOL_TICK : '',
        onTick: (tick: Tick) => {
          const at = clock.now()
          applyTick(one.quote, tick, at)
          if (PRICE_FIELDS.has(tick.field)) one.heardAt = at
          heard()
        },
        onNotice: (notice) => {
          one.notice = notice
          heard()
        },
      },
      signal,
    )
  }

  const price = (symbol: string): UnderlyingPrice | null => {
    const one = watched.get(symbol)
    const value = one ? priceOf(one.quote) : null
    return one?.heardAt != null && value !== null ? { price: value, at: one.heardAt } : null
  }
  const vol = (symbol: string) => watched.get(symbol)?.quote.numbers.impliedVol30Fraction ?? null
  const isSettled = ({ underlying: { symbol, secType }, notice }: Watched, what: 'prices' | 'all') => {
    if (notice?.kind === 'contract') return true
    if (secType === 'IND')
      return what === 'prices' || notice?.kind === 'entitlement' || price(symbol) !== null
    return price(symbol) !== null && (what === 'prices' || vol(symbol) !== null)
  }

  function attachAgain(session: Session): Promise<void> {
    const done = Promise.all([...watched.values()].map((one) => subscribe(session, one))).then(() => {})
    attached = { session, done }
    return done
  }

  return {
    attach: (session) => (attached?.session === session ? attached.done : attachAgain(session)),
    attachAgain: (session) => {
      for (const { subscription } of watched.values()) void subscription?.cancel()
      return attachAgain(session)
    },
    price,
    impliedVol30Fraction: vol,
    notice: (symbol) => watched.get(symbol)?.notice ?? null,
    settled: async (what, timeoutMs) => {
      const given = abortable(signal)
      const enough = new Promise<void>((resolve) => {
        heard = () => {
          if ([...watched.values()].every((one) => isSettled(one, what))) resolve()
        }
        heard()
      })
      const forgetEnd = attached?.session.onEnd(() => given.abort(new Error('the session is over')))
      await Promise.race([enough, clock.sleep(timeoutMs, given.signal).catch(() => {})])
      heard = () => {}
      forgetEnd?.()
      given.abort(new Error('settled'))
    },
    close: () => {
      for (const { subscription } of watched.values()) void subscription?.cancel()
    },
  }
}

function priceOf(quote: Quote): number | null {
  const bid = sideOf(quote, 'bid')
  const ask = sideOf(quote, 'ask')
  if (bid && ask && ask >= bid && (ask - bid) / ask <= MAX_SPREAD_FRACTION) return (bid + ask) / 2
  return positive(quote.numbers.last) ?? positive(quote.numbers.markPrice)
}

function positive(value: number | null | undefined): number | null {
  return value !== null && value !== undefined && value > 0 ? value : null
}
