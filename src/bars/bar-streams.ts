import { leavesStreamWithoutData, type Notice } from '../gateway/session/notices.ts'
import type { Session, Subscription } from '../gateway/session/session.ts'
import type { Clock } from '../market/clock.ts'
import type { Tick } from '../market/quote.ts'
import type { ConId, EpochMs, SessionDate } from '../market/units.ts'
import { barDayAt } from './bar-day.ts'
import { type BarInstrument, type BarSeries, createBarSeries, type Moment } from './bar-series.ts'
import type { BarTarget } from './bar-targets.ts'
import { isSilenced, viewOf } from './stream-silence.ts'

/**
 * `open`: the line is in use; `asked`: the request waits for a line that nobody else needs; `waiting`: for a session or the
 * next attempt; `cut`: lines are scarce, and cycles need them; `refused`: the gateway does not serve it today.
 */
export type BarStreamState = 'open' | 'asked' | 'waiting' | 'cut' | 'refused'

/** What an operator should know about one stream. */
export interface BarStreamStatus {
  readonly instrument: BarInstrument
  readonly state: BarStreamState
  /** The gateway's words about a refusal. */
  readonly detail: string | null
  /** When the last price came that is in a bar. */
  readonly lastPriceAt: EpochMs | null
}

/** What streams need of a session. */
export type StreamSession = Pick<Session, 'subscribe' | 'dataFlow' | 'onEnd'>

/** The streams of all targets on the session of the moment, and the bars that they make. */
export interface BarStreams {
  /**
   * Streams these targets, the most important first, on the session, as far as the lines allow; all others are closed and
   * give their lines back. To be called every few seconds, and when the session has changed.
   */
  balance(
    wanted: readonly BarTarget[],
    on: { readonly session: StreamSession | null; readonly lines: number },
  ): void
  /** The session has lost its streams without a notice about each: the next `balance` opens them again. */
  streamsLost(session: StreamSession): void
  /** The series of every contract that is streamed, or still has bars in memory. */
  series(): readonly BarSeries[]
  /** Forgets what is taken and old. Returns how many bars are lost because they could never be stored. */
  forget(now: EpochMs): number
  /** Of the wanted targets, in their order. */
  status(): readonly BarStreamStatus[]
  /** Lines in use. */
  linesInUse(): number
  /** Ticks that came too late for any bar. */
  ticksDropped(): number
  close(): void
}

interface Stream {
  readonly target: BarTarget
  readonly series: BarSeries
  state: BarStreamState
  detail: string | null
  /** The trade date on which it was refused: it is asked for again on the next. */
  refusedOn: SessionDate | null
  /** Not asked for again before; monotonic ms. */
  retryAtMs: number
  /** Of the open stream, or of the request that waits. */
  request: { subscription: Subscription | null; readonly stop: AbortController } | null
  lastTickMs: number
  /** Nothing can come at the moment. */
  isMuted: boolean
}

/** How long to wait after a refusal for the rate or the lines; ms. */
const RETRY_MS = 60_000

export function openBarStreams({
  clock,
  onRefused,
}: {
  readonly clock: Clock
  /** The gateway does not serve a contract: once on each trade date. */
  readonly onRefused: (target: BarTarget, notice: Notice) => void
}): BarStreams {
  const streams = new Map<ConId, Stream>()
  let order: readonly ConId[] = []
  let session: StreamSession | null = null
  let stopFollowing = () => {}
  let dropped = 0

  const moment = (): Moment => ({ at: clock.now(), steadyMs: clock.monotonicMs() })

  function streamOf(target: BarTarget): Stream {
    const { conId } = target.instrument
    const known = streams.get(conId)
    if (known) return known
    const stream: Stream = {
      target,
      series: createBarSeries(target.instrument, (startAt) => barDayAt(startAt, target.hours)),
      ...{ state: 'waiting', detail: null, refusedOn: null, retryAtMs: Number.NEGATIVE_INFINITY },
      ...{ request: null, lastTickMs: Number.NEGATIVE_INFINITY, isMuted: false },
    }
    streams.set(conId, stream)
    return stream
  }

  /** Closes the stream, or takes the request back that waits. */
  function end(stream: Stream, state: BarStreamState): void {
    const { request } = stream
    stream.request = null
    stream.state = state
    stream.series.lost()
    request?.stop.abort(new Error('the stream is not wanted'))
    void request?.subscription?.cancel()
  }

  function open(stream: Stream, on: StreamSession): void {
    const request: NonNullable<Stream['request']> = { subscription: null, stop: new AbortController() }
    const isCurrent = () => stream.request === request
    stream.request = request
    stream.state = 'asked'
    const asked = {
      ...{ genericTicks: '', spare: true as const },
      onTick: (tick: Tick) => {
        if (isCurrent()) onTick(stream, tick, on)
      },
      onNotice: (notice: Notice) => {
        if (isCurrent()) onNotice(stream, notice)
      },
    }
    on.subscribe(stream.target.contract, asked, request.stop.signal).then(
      (subscription) => {
        request.subscription = subscription
        if (!isCurrent()) void subscription.cancel()
        else if (stream.state === 'asked') {
          stream.state = 'open'
          stream.isMuted = false
          stream.series.opened(moment())
        }
      },
      // The session has ended, or too many messages wait: the next balance asks again.
      () => {
        if (!isCurrent()) return
        stream.retryAtMs = clock.monotonicMs() + RETRY_MS
        end(stream, 'waiting')
      },
    )
  }

  function onTick(stream: Stream, tick: Tick, on: StreamSession): void {
    const now = moment()
    stream.lastTickMs = now.steadyMs
    checkSilence(on)
    if (stream.isMuted && tick.field !== 'dataType') return
    for (const other of streams.values()) {
      if (other.state === 'open' && !other.isMuted) other.series.heard(now)
    }
    if (!stream.series.tick(tick, now.at)) dropped += 1
  }

  /** While nothing can come, nothing is covered; afterwards the first price is that of the outage. */
  function checkSilence(on: StreamSession): void {
    const view = viewOf(on.dataFlow)
    for (const stream of streams.values()) {
      if (stream.state !== 'open') continue
      const { lastTickMs, target, series } = stream
      const isMuted = isSilenced(view, { kind: target.instrument.kind, lastTickMs })
      if (isMuted === stream.isMuted) continue
      stream.isMuted = isMuted
      if (isMuted) series.lost()
      else series.resumed(moment())
    }
  }

  function onNotice(stream: Stream, notice: Notice): void {
    if (notice.kind === 'lines' || notice.kind === 'pacing') {
      stream.retryAtMs = clock.monotonicMs() + RETRY_MS
      end(stream, 'waiting')
    } else if (leavesStreamWithoutData(notice)) {
      stream.refusedOn = dateOf(stream)
      stream.detail = `${notice.code} ${notice.message}`
      end(stream, 'refused')
      onRefused(stream.target, notice)
    }
  }

  function follow(next: StreamSession | null): void {
    if (next === session) return
    stopFollowing()
    session = next
    for (const stream of streams.values()) if (stream.request !== null) end(stream, 'waiting')
    if (next === null) return
    const removeFlow = next.dataFlow.onChange(() => checkSilence(next))
    const removeEnd = next.onEnd(() => {
      if (session === next) follow(null)
    })
    stopFollowing = () => {
      stopFollowing = () => {}
      removeFlow()
      removeEnd()
    }
  }

  function dateOf({ target }: Stream): SessionDate | null {
    return barDayAt(clock.now(), target.hours)?.date ?? null
  }

  function mayAsk(stream: Stream): boolean {
    if (stream.state === 'refused' && stream.refusedOn === dateOf(stream)) return false
    stream.detail = null
    return clock.monotonicMs() >= stream.retryAtMs
  }

  function give(stream: Stream, on: StreamSession | null): void {
    if (stream.request !== null || !mayAsk(stream)) return
    // A request would only prolong what another session holds.
    if (on === null || viewOf(on.dataFlow).isBlocked) stream.state = 'waiting'
    else open(stream, on)
  }

  return {
    balance: (wanted, on) => {
      follow(on.session)
      if (session) checkSilence(session)
      order = wanted.map(({ instrument }) => instrument.conId)
      const kept = new Set(order)
      for (const stream of streams.values()) {
        if (!kept.has(stream.target.instrument.conId)) end(stream, 'cut')
      }
      let left = on.lines
      for (const target of wanted) {
        const stream = streamOf(target)
        if (left > 0) give(stream, session)
        else if (stream.state !== 'refused') end(stream, 'cut')
        if (stream.request !== null) left -= 1
      }
    },
    streamsLost: (lost) => {
      if (lost !== session) return
      for (const stream of streams.values()) if (stream.state === 'open') end(stream, 'waiting')
    },
    series: () => [...streams.values()].map(({ series }) => series),
    forget: (now) => {
      let lost = 0
      for (const [conId, { series }] of streams) {
        lost += series.forget(now)
        if (!order.includes(conId) && series.size() === 0) streams.delete(conId)
      }
      return lost
    },
    status: () =>
      order.flatMap((conId) => {
        const stream = streams.get(conId)
        if (!stream) return []
        const { state, detail, series } = stream
        return [{ instrument: series.instrument, state, detail, lastPriceAt: series.lastPriceAt() }]
      }),
    linesInUse: () => [...streams.values()].filter(({ state }) => state === 'open').length,
    ticksDropped: () => dropped,
    close: () => follow(null),
  }
}
