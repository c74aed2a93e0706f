import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import type { Clock } from '../../market/clock.ts'
import type { RunFigures } from './figures.ts'
import type { RunEnd, RunResult } from './results.ts'
import { MAX_FRAME_BYTES } from './rules.ts'
import type { Run, RunOutput } from './run.ts'
import { authenticatedMessage, CONNECTED, errorMessage } from './server-message.ts'

/** Bytes that wait for a client; above them nothing more is read from it until it has read. */
const PAUSE_BYTES = 1_000_000
/** Bytes after which a client that does not read is disconnected: one read can bring some thousand messages. */
const MAX_WAITING_BYTES = 64_000_000
/** How long the orders socket of an ended run still answers, ms. */
const LINGER_MS = 250

/** Codes of RFC 6455, section 7.4.1. */
const CLOSE: Readonly<Record<RunEnd, number>> = { complete: 1000, blowup: 1008, cut: 1001 }

type Channel = 'market' | 'orders'

interface Connection {
  readonly webSocket: WebSocket
  readonly socket: Socket
}

type Outcome = RunFigures &
  Pick<RunResult, 'end' | 'cut_reason' | 'blowup' | 'blowup_reason' | 'total_decision_time_ms'>

/** One run and the two sockets of its client. */
export interface Session {
  /** Whether a socket has been opened for it. */
  readonly isJoined: boolean
  /** False when the socket is there already. */
  hasPlaceFor(channel: Channel): boolean
  join(channel: Channel, connection: Connection): void
  /** Ends the run if its client is too slow or silent. Called again and again. */
  check(): void
  /** Ends the run for a reason that is not in the rules. */
  cut(reason: string): void
}

/**
 * The first snapshot is sent when both sockets are open. From then on, everything that the client gets is a function of
 * what it has sent, in the order of its frames; the clock only ends runs.
 */
export function createSession({
  name,
  runId,
  clock,
  limits,
  createRun,
  onEnd,
  onError,
}: {
  readonly name: string
  readonly runId: string
  readonly clock: Clock
  readonly limits: {
    readonly connectSeconds: number
    readonly idleSeconds: number
    readonly decisionLimitMs: number | null
  }
  /** Makes the run, and with it the market, when both sockets are open. */
  createRun(output: RunOutput): Run
  onEnd(outcome: Outcome): void
  onError(error: unknown): void
}): Session {
  const connections: Partial<Record<Channel, Connection>> = {}
  const createdAtMs = clock.monotonicMs()
  let run: Run | null = null
  let isOver = false
  let isPaused = false
  let heardAtMs = createdAtMs
  let snapshotAtMs = createdAtMs
  let decisionMs = 0
  let lateChecks = 0
  let lastStep = 0

  const output: RunOutput = {
    market: (text) => send('market', text),
    orders: (text) => send('orders', text),
  }

  function send(channel: Channel, text: string): void {
    const connection = connections[channel]
    if (connection?.webSocket.readyState !== 1) return
    connection.webSocket.send(text)
  }

  function finish(end: RunEnd, reason: string | null): void {
    if (isOver) return
    isOver = true
    run?.end(end, reason)
    onEnd({
      ...{ end, cut_reason: end === 'cut' ? reason : null },
      ...{ blowup: end === 'blowup', blowup_reason: end === 'blowup' ? reason : null },
      ...(run?.figures() ?? NO_FIGURES),
      total_decision_time_ms: Math.round(decisionMs),
    })
    resume()
    closeSockets(end, reason ?? 'complete')
  }

  /** What waits for the client is still sent; the library ends a connection that is not closed within 30 s. */
  function closeSockets(end: RunEnd, reason: string): void {
    connections.market?.webSocket.close(CLOSE[end], reason)
    const closeOrders = () => connections.orders?.webSocket.close(CLOSE[end], reason)
    if (end === 'cut') closeOrders()
    else setTimeout(closeOrders, LINGER_MS).unref()
  }

  function begin(): void {
    heardAtMs = clock.monotonicMs()
    attempt(() => {
      run = createRun(output)
      snapshotAtMs = clock.monotonicMs()
      run.start()
    })
    followRun()
  }

  function attempt(work: () => void): void {
    try {
      work()
    } catch (error) {
      onError(error)
      finish('cut', 'internal error of the exchange')
    }
  }

  /** Ends with the run, and notes when a new snapshot was sent. */
  function followRun(): void {
    if (run === null || isOver) return
    if (run.step !== lastStep) {
      lastStep = run.step
      snapshotAtMs = clock.monotonicMs()
    }
    if (run.state.kind === 'ended') finish(run.state.end, run.state.reason)
  }

  function receive(data: RawData, isBinary: boolean): void {
    const text = isBinary ? null : String(data)
    if (run === null) output.orders(NOT_STARTED)
    else if (isOver) run.receive(text)
    else play(run, text)
    limitOutput()
  }

  function play(own: Run, text: string | null): void {
    heardAtMs = clock.monotonicMs()
    const waitedMs = heardAtMs - snapshotAtMs
    if (limits.decisionLimitMs !== null && waitedMs > limits.decisionLimitMs) return void endLate()
    attempt(() => own.receive(text))
    if (own.step !== lastStep) decisionMs += waitedMs
    followRun()
  }

  function endLate(): void {
    const message = `a decision took longer than ${limits.decisionLimitMs} ms: the run has ended`
    output.orders(errorMessage('decision_time_limit', message, null))
    finish('blowup', 'decision_time_limit')
  }

  /** Reads nothing more from a client that does not read what it is sent. */
  function limitOutput(): void {
    if (isOver) return
    const waiting = waitingBytes()
    if (waiting > MAX_WAITING_BYTES) return void cutAtOnce('the client does not read')
    if (isPaused || waiting <= PAUSE_BYTES) return
    isPaused = true
    connections.orders?.webSocket.pause()
    for (const { socket } of Object.values(connections)) socket.on('drain', resumeWhenRead)
  }

  function resumeWhenRead(): void {
    if (waitingBytes() <= PAUSE_BYTES) resume()
  }

  function resume(): void {
    if (!isPaused) return
    isPaused = false
    for (const { socket } of Object.values(connections)) socket.off('drain', resumeWhenRead)
    if (connections.orders?.webSocket.readyState === 1) connections.orders.webSocket.resume()
  }

  function waitingBytes(): number {
    let bytes = 0
    for (const { webSocket } of Object.values(connections)) bytes += webSocket.bufferedAmount
    return bytes
  }

  function cutAtOnce(reason: string): void {
    finish('cut', reason)
    for (const { socket } of Object.values(connections)) socket.destroy()
  }

  return {
    get isJoined() {
      return connections.market !== undefined || connections.orders !== undefined
    },
    hasPlaceFor: (channel) => !isOver && connections[channel] === undefined,
    join: (channel, connection) => {
      const { webSocket } = connection
      connections[channel] = connection
      let wrong: string | null = null
      webSocket.on('error', (error: Error & { code?: string }) => {
        wrong = isTooLong(error) ? `a frame of more than ${MAX_FRAME_BYTES} bytes` : 'a malformed frame'
      })
      webSocket.on('close', () => finish('cut', wrong ?? `the client closed the ${channel} socket`))
      // The answers to pings must not pile up either.
      webSocket.on('ping', limitOutput)
      if (channel === 'orders') webSocket.on('message', receive)
      send(channel, channel === 'market' ? CONNECTED : authenticatedMessage(name, runId))
      if (connections.market && connections.orders) begin()
    },
    check: () => {
      if (isOver) return
      const now = clock.monotonicMs()
      if (run === null) {
        if (now - createdAtMs > limits.connectSeconds * 1_000)
          finish('cut', 'the client did not open both sockets')
        return
      }
      if (now - heardAtMs > limits.idleSeconds * 1_000) {
        return void cutAtOnce(isPaused ? 'the client does not read' : 'the client fell silent')
      }
      const isLate = limits.decisionLimitMs !== null && now - snapshotAtMs > limits.decisionLimitMs
      // Once more, because what the client has sent may not have been read yet when this machine is busy.
      lateChecks = isLate ? lateChecks + 1 : 0
      if (lateChecks > 1) endLate()
    },
    cut: (reason) => finish('cut', reason),
  }
}

function isTooLong({ code }: { code?: string }): boolean {
  return code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH'
}

const NOT_STARTED = errorMessage(
  'not_started',
  'the run begins when both sockets are open: wait for the first snapshot',
  null,
)

/** Of a run that never began. */
const NO_FIGURES: RunFigures = {
  steps: 0,
  final_pnl: 0,
  final_inventory: 0,
  max_inventory: 0,
  notional: 0,
  trade_count: 0,
  aggressive_trade_qty: 0,
}
