import type { Notice } from '../../gateway/session/notices.ts'
import type { DepthBook } from '../../gateway/session/requests/depth-rows.ts'
import type { Session } from '../../gateway/session/session.ts'
import type { SessionSupervisor } from '../../gateway/supervisor/supervisor.ts'
import type { Clock } from '../../market/clock.ts'
import type { Underlying } from '../../market/contract.ts'
import { applyTick, emptyQuote, type Quote, sideOf } from '../../market/quote.ts'

/** What is known of the stock at a moment. */
export interface FeedView {
  readonly quote: Quote
  /** Null where the gateway sends no depth. */
  readonly book: DepthBook | null
}

/** Price and depth of one stock, on every session of a supervisor. */
export interface StockFeed {
  /** Of the session of the moment; null until both sides have been told on it, even if one is told to be empty. */
  view(): FeedView | null
  /** Why nothing has come, in the gateway's words; null where it has said nothing. */
  refusal(): string | null
  close(): void
}

interface OpenFeed {
  readonly quote: Quote
  depth: (() => DepthBook | null) | null
  end(): void
}

/** Rows of depth a side: as many as a record of a step keeps. */
const DEPTH_ROWS = 10
/** 316: the depth has ended and can be requested again. */
const DEPTH_HALTED = 316
const ASK_AGAIN_MS = 5_000
/** More than these halts and the session goes on without depth. */
const MOST_HALTS = 10

/** `report` gets one line when the depth is refused: strategies then see the touch alone. */
export function openStockFeed(
  supervisor: SessionSupervisor,
  stock: Underlying,
  { clock, report }: { readonly clock: Clock; readonly report: (line: string) => void },
): StockFeed {
  let current: { readonly session: Session; readonly feed: OpenFeed } | null = null
  let refusal: string | null = null
  let isDepthRefused = false

  function attach(session: Session): void {
    current?.feed.end()
    current = { session, feed: follow(session) }
  }

  function follow(session: Session): OpenFeed {
    const ending = new AbortController()
    const { signal } = ending
    const quote = emptyQuote()
    const feed: OpenFeed = { quote, depth: null, end: () => ending.abort(new Error('no longer followed')) }
    const streaming = session.subscribe(
      stock,
      {
        genericTicks: '',
        onTick: (tick) => applyTick(quote, tick, clock.now()),
        onNotice: (notice) => {
          if (notice.kind !== 'information') refusal = wordsOf(notice)
        },
      },
      signal,
    )
    cancelAtEnd(streaming, signal)
    let halts = 0
    const followDepth = () => {
      const following = session.followDepth(stock, { rows: DEPTH_ROWS, onNotice }, signal)
      following.then(
        (depth) => {
          feed.depth = depth.book
        },
        () => {},
      )
      cancelAtEnd(following, signal)
    }
    const onNotice = (notice: Notice) => {
      if (notice.code === DEPTH_HALTED && halts < MOST_HALTS) {
        halts += 1
        clock.sleep(ASK_AGAIN_MS, signal).then(followDepth, () => {})
      } else if (notice.kind !== 'information' && !isDepthRefused) {
        isDepthRefused = true
        report(
          `no market depth of ${stock.symbol} (${wordsOf(notice)}): strategies see the best prices alone`,
        )
      }
    }
    followDepth()
    return feed
  }

  const removeListener = supervisor.onResubscribe(attach)
  const session = supervisor.session()
  if (session) attach(session)

  return {
    view: () => {
      if (!current || current.session !== supervisor.session() || !current.session.isOpen) return null
      const { quote, depth } = current.feed
      if (sideOf(quote, 'bid') === undefined || sideOf(quote, 'ask') === undefined) return null
      const book = depth?.() ?? null
      return { quote, book: book && book.bids.length + book.asks.length > 0 ? book : null }
    },
    refusal: () => refusal,
    close: () => {
      removeListener()
      current?.feed.end()
      current = null
    },
  }
}

/** A request that was still waiting is withdrawn by the signal itself, and one that the session ended needs no cancel. */
function cancelAtEnd(opening: Promise<{ cancel(): Promise<void> }>, signal: AbortSignal): void {
  opening.then(
    (opened) => {
      const cancel = () => void opened.cancel()
      if (signal.aborted) cancel()
      else signal.addEventListener('abort', cancel, { once: true })
    },
    () => {},
  )
}

function wordsOf({ code, message }: Notice): string {
  return `${code}: ${message}`
}
