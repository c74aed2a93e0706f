import type { Clock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Venue, VenueEnd, VenueFill, VenueRefusal, VenueRequest, VenueStep } from '../run/venue.ts'
import type { StepMarket } from '../strategies/strategy.ts'
import { addressText } from './address.ts'
import { type Channel, openChannel } from './channel.ts'
import { endOfRun, type SocketClose } from './run-end.ts'
import { createSentOrders } from './sent-orders.ts'
import { MalformedMessage, parseServerMessage } from './server-message.ts'
import { type ExchangeAccess, type StartedRun, startRun } from './start-run.ts'

const DONE = '{"action":"DONE"}'
/** An exchange that says nothing for this long is taken for dead, ms. */
const SILENCE_LIMIT_MS = 60_000
/** How long the other socket of a closed run may still bring what belongs to its last step, ms. */
const LAST_WORDS_MS = 500
/** After the snapshot; an exchange that answers no ping in this time is asked no more, ms. */
const PONG_LIMIT_MS = 2_000
const CHECK_INTERVAL_MS = 250
/** Fills and errors in one step; more is no exchange but a flood. */
const MAX_ANSWERS_A_STEP = 100_000

export interface ExchangeVenueOptions {
  readonly access: ExchangeAccess
  readonly scenario: string
  /** What the run is asked for; null for what the exchange has. */
  readonly seed: number | null
  readonly steps: number | null
  /**
   * Whether each ping is sure to be answered, behind the fills of what was sent before it, as by the exchange of this
   * project. Another one that does not answer is asked no more, and its fills count as `as_read`.
   */
  readonly answersPings: boolean
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * A run at an exchange that speaks the protocol of docs/exchange.md. Orders and snapshots have a socket each, so a fill of a
 * step may be read after that step's snapshot. A ping that is sent behind DONE is answered behind the fills of the step: a
 * step is whole when both the snapshot and that answer have come. None is sent while no order is open.
 * @throws Failure when the run cannot be started.
 */
export async function openExchangeVenue(options: ExchangeVenueOptions): Promise<Venue> {
  const { access, scenario, seed, steps, signal } = options
  const started = await startRun(access, scenario, { seed, steps }, signal)
  if (seed !== null && started.seed !== null && started.seed !== seed) {
    throw new Failure(
      EXIT.refused,
      `${addressText(access.address)} has started ${scenario} with the seed ${started.seed} instead of ${seed}: it has seeds of its own, so leave them out`,
    )
  }
  const session = createSession(options, started)
  try {
    await session.connect()
  } catch (error) {
    await session.venue.close()
    throw error
  }
  return session.venue
}

/** What is awaited; null between two steps. */
interface Waiting {
  readonly sinceMs: number
  /** The text of the ping whose answer ends the step; null when none was sent. */
  readonly pong: string | null
  readonly cancels: readonly string[]
  resolve(step: VenueStep | VenueEnd): void
  reject(reason: unknown): void
}

function createSession(
  { access, answersPings, clock, signal }: ExchangeVenueOptions,
  { runId, token, seed, steps }: StartedRun,
): { readonly venue: Venue; connect(): Promise<void> } {
  const sent = createSentOrders(clock)
  const channels: { market: Channel | null; orders: Channel | null } = { market: null, orders: null }
  const closes: { market: SocketClose | null; orders: SocketClose | null } = { market: null, orders: null }
  let waiting: Waiting | null = null
  let snapshot: { readonly market: StepMarket; readonly atMs: number } | null = null
  let fills: VenueFill[] = []
  let refusals: VenueRefusal[] = []
  /** Whether the next snapshot is due: the first one, and one after each DONE. */
  let isExpected = true
  let hasPong = false
  let asksForPong = true
  let pings = 0
  let lastStep: number | null = null
  let closedAtMs: number | null = null
  /** Why nothing more is believed of this exchange. */
  let broken: string | null = null
  const timer = setInterval(check, CHECK_INTERVAL_MS)

  function onMessage(text: string): void {
    if (broken !== null) return
    try {
      receive(text)
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error
      broken = `the exchange has sent ${error.message}`
    }
    settle()
  }

  function receive(text: string): void {
    const message = parseServerMessage(text)
    if (message.kind === 'other') return
    if (message.kind === 'snapshot') return void takeSnapshot(message.market)
    if (fills.length + refusals.length >= MAX_ANSWERS_A_STEP)
      throw new MalformedMessage(`more than ${MAX_ANSWERS_A_STEP} answers in one step`)
    if (message.kind === 'fill') fills.push(sent.fill(message))
    else {
      if (message.orderId !== null) sent.close(message.orderId)
      refusals.push({ orderId: message.orderId, code: message.code, message: message.message })
    }
  }

  function takeSnapshot(market: StepMarket): void {
    if (!isExpected) throw new MalformedMessage(`a snapshot that was not asked for (step ${market.step})`)
    if (lastStep !== null && market.step <= lastStep)
      throw new MalformedMessage(`step ${market.step} after step ${lastStep}`)
    isExpected = false
    snapshot = { market, atMs: clock.monotonicMs() }
  }

  /** Ends the step that is awaited once all of it has come. */
  function settle(): void {
    if (waiting === null) return
    if (broken !== null) finish({ kind: 'cut', reason: `${broken}, ${placeText()}` })
    else if (snapshot !== null) {
      if (waiting.pong === null || hasPong || closes.orders !== null) answer(waiting, snapshot.market)
    } else if (closes.market !== null && closes.orders !== null) finishClosed()
  }

  function answer(own: Waiting, market: StepMarket): void {
    const open = own.cancels.filter((id) => !refusals.some((one) => one.orderId === id))
    const step: VenueStep = {
      kind: 'step',
      ...{ market, fills, refusals, cancelled: open },
      stepMs: milliseconds(clock.monotonicMs() - own.sinceMs),
    }
    for (const id of open) sent.close(id)
    lastStep = market.step
    forget()
    own.resolve(step)
  }

  function finishClosed(): void {
    const close = closes.market ?? closes.orders ?? { code: 1006, reason: '' }
    const lastError = refusals.at(-1) ?? null
    finish(endOfRun({ close, lastError, step: lastStep, steps }))
  }

  function finish(end: VenueEnd['end']): void {
    const own = waiting
    if (own === null) return
    const ended: VenueEnd = { kind: 'end', end, fills, refusals }
    forget()
    own.resolve(ended)
  }

  function forget(): void {
    waiting = null
    snapshot = null
    hasPong = false
    fills = []
    refusals = []
  }

  /** Called now and then: what does not come is given up. */
  function check(): void {
    if (waiting === null) return
    const now = clock.monotonicMs()
    if (closedAtMs !== null && snapshot === null && now - closedAtMs > LAST_WORDS_MS) finishClosed()
    else if (snapshot !== null && !answersPings && now - snapshot.atMs > PONG_LIMIT_MS) {
      asksForPong = false
      answer(waiting, snapshot.market)
    } else if (now - Math.max(waiting.sinceMs, snapshot?.atMs ?? 0) > SILENCE_LIMIT_MS)
      finish({
        kind: 'cut',
        reason: `the exchange has not answered for ${SILENCE_LIMIT_MS / 1_000} s, ${placeText()}`,
      })
  }

  function placeText(): string {
    return lastStep === null ? 'before the first step' : `after step ${lastStep}`
  }

  function onClose(which: 'market' | 'orders', close: SocketClose): void {
    closes[which] = close
    closedAtMs ??= clock.monotonicMs()
    settle()
  }

  function onAbort(): void {
    waiting?.reject(signal.reason)
    forget()
    for (const channel of [channels.market, channels.orders]) channel?.close('at once')
  }

  function wait(
    requests: Pick<Waiting, 'pong' | 'cancels'>,
    send: () => void,
  ): Promise<VenueStep | VenueEnd> {
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise((resolve, reject) => {
      waiting = { sinceMs: clock.monotonicMs(), ...requests, resolve, reject }
      send()
      settle()
    })
  }

  async function open(which: 'market' | 'orders', path: string): Promise<void> {
    channels[which] = await openChannel(
      access,
      path,
      {
        onMessage,
        onPong: (text) => {
          if (waiting?.pong !== text) return
          hasPong = true
          settle()
        },
        onClose: (close) => onClose(which, close),
      },
      signal,
    )
  }

  const query = `run_id=${encodeURIComponent(runId)}`
  return {
    connect: async () => {
      signal.addEventListener('abort', onAbort, { once: true })
      await open('market', `/api/ws/market?${query}`)
      await open('orders', `/api/ws/orders?token=${encodeURIComponent(token)}&${query}`)
    },
    venue: {
      run: { runId, seed, steps },
      cancelsAtOnce: true,
      get fillAttribution() {
        return asksForPong ? 'exact' : 'as_read'
      },
      open: () => wait({ pong: null, cancels: [] }, () => {}),
      step: (requests) => {
        const cancels = requests.flatMap(({ kind, orderId }) => (kind === 'cancel' ? [orderId] : []))
        for (const one of requests) if (one.kind === 'order') sent.add(one)
        const pong = asksForPong && (requests.length > 0 || sent.areOpen) ? String(++pings) : null
        return wait({ pong, cancels }, () => {
          isExpected = true
          channels.orders?.send([...requests.map(requestText), DONE], pong)
        })
      },
      close: async () => {
        clearInterval(timer)
        signal.removeEventListener('abort', onAbort)
        await closeChannels(channels, closes)
      },
    },
  }
}

async function closeChannels(
  channels: Readonly<Record<'market' | 'orders', Channel | null>>,
  closes: Readonly<Record<'market' | 'orders', SocketClose | null>>,
): Promise<void> {
  const each = ['market', 'orders'] as const
  for (const which of each) if (closes[which] === null) channels[which]?.close('politely')
  for (let waits = 0; waits < 20; waits++) {
    if (each.every((which) => channels[which] === null || closes[which] !== null)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  for (const which of each) channels[which]?.close('at once')
}

function requestText(request: VenueRequest): string {
  const { orderId: order_id } = request
  if (request.kind === 'cancel') return JSON.stringify({ action: 'CANCEL', order_id })
  const { side, price, qty } = request
  return JSON.stringify({ order_id, side, price, qty })
}

/** Microseconds are as fine as it gets. */
function milliseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
