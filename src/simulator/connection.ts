import type { Socket } from 'node:net'
import { API_ERRORS, type ApiError } from './errors.ts'
import { farmNoticesAtConnect } from './faults/farms.ts'
import { serverNotice } from './faults/inject.ts'
import { orderMessages } from './requests/orders.ts'
import { REQUESTS } from './requests/requests.ts'
import type { Client, Connection, OpenKind, OpenRequest, SimulatorState } from './state.ts'
import {
  createFrameReader,
  Malformed,
  negotiateVersion,
  readFields,
  splitFields,
  UnreadableField,
} from './wire/frames.ts'
import { errorMessage, managedAccounts, nextValidId, serverGreeting } from './wire/messages.ts'
import { formatGatewayTime } from './wire/times.ts'

const START_API = 71
/** A client with more unread data than this is disconnected, as IB disconnects slow readers. */
const BACKLOG_LIMIT_BYTES = 64 * 2 ** 20
/** How long a client may take to close its side after the server has ended the connection. */
const LINGER_MS = 1_000

/** The client's version range comes first, then startApi, then any request. */
type Phase =
  | { readonly name: 'greeting' }
  | { readonly name: 'negotiated'; readonly serverVersion: number }
  | { readonly name: 'started'; readonly client: Client }
  | { readonly name: 'closed' }

/** Serves one client until its socket closes. */
export function serveConnection(socket: Socket, state: SimulatorState): void {
  const reader = createFrameReader()
  const open = new Map<number, OpenRequest>()
  const subscriptions = new Map<OpenKind, OpenRequest>()
  let phase: Phase = { name: 'greeting' }
  let outgoing = ''
  let breaches = 0
  let isPaused = false
  let isHalfOpen = false
  /** More was to be sent while the gateway was frozen than a connection holds: it ends when the gateway goes on. */
  let isOverrun = false
  /** Frames above the rate that are read later, in order. While there are any, the socket is not read. */
  const delayed: string[] = []

  function send(frames: string): void {
    if (phase.name === 'closed' || isHalfOpen || isOverrun) return
    if (outgoing === '') setImmediate(flush)
    outgoing += frames
    state.counters.bytesSent += frames.length
    if (!isPaused || outgoing.length <= BACKLOG_LIMIT_BYTES) return
    isOverrun = true
    outgoing = ''
  }

  function flush(): void {
    if (outgoing === '' || socket.destroyed || isPaused) return
    socket.write(outgoing, 'latin1')
    outgoing = ''
    if (socket.writableLength > BACKLOG_LIMIT_BYTES) dropForBacklog()
  }

  function dropForBacklog(): void {
    state.counters.droppedForBacklog++
    socket.destroy()
  }

  /** Sends what is queued, then ends the connection. */
  function end(): void {
    flush()
    release()
    socket.end()
    // Closing with unread bytes would reset the connection, and the client would lose the error just sent.
    state.timeline.after(LINGER_MS, () => socket.destroy())
  }

  const connection: Connection = {
    client: () => (phase.name === 'started' ? phase.client : null),
    drop: () => {
      release()
      socket.destroy()
    },
    goHalfOpen: () => {
      // Drops what is queued: a network does not wait for the end of a message.
      outgoing = ''
      isHalfOpen = true
      socket.pause()
      release()
    },
    pause: () => {
      isPaused = true
      socket.pause()
    },
    resume: () => {
      isPaused = false
      if (isOverrun) {
        dropForBacklog()
        return
      }
      if (delayed.length === 0) socket.resume()
      else readGuarded(readDelayed)
      flush()
    },
  }

  function release(): void {
    state.connections.delete(connection)
    if (phase.name === 'started') state.clientIds.delete(phase.client.clientId)
    for (const request of [...open.values(), ...subscriptions.values()]) request.close()
    phase = { name: 'closed' }
  }

  function sendError(requestId: number, { code, text }: ApiError): void {
    state.counters.errors[code] = (state.counters.errors[code] ?? 0) + 1
    send(errorMessage(requestId, code, text))
  }

  /** Serves a frame now, or later if the rate is used up and the gateway delays what is above it. */
  function admit(frame: string): void {
    const waitMs = delayed.length > 0 ? null : delayMs()
    if (waitMs === 0) {
      onFrame(frame)
      return
    }
    delayed.push(frame)
    if (waitMs === null) return
    socket.pause()
    readLater(waitMs)
  }

  function readLater(ms: number): void {
    state.timeline.after(ms, () => {
      if (!isPaused && phase.name !== 'closed') readGuarded(readDelayed)
    })
  }

  function readDelayed(): void {
    while (delayed.length > 0) {
      const waitMs = delayMs()
      if (waitMs > 0) {
        readLater(waitMs)
        return
      }
      onFrame(delayed.shift() as string)
    }
    if (phase.name !== 'closed' && !isHalfOpen) socket.resume()
  }

  /** How long the next message has to wait, ms; 0: it is served at once, or refused. */
  function delayMs(): number {
    const { aboveRate, messagesPerSecond } = state.options
    if (aboveRate === 'refuse' || phase.name !== 'started') return 0
    const nowMs = state.clock.monotonicMs()
    return state.rate.roomAtMs(nowMs, messagesPerSecond) - nowMs
  }

  function onFrame(frame: string): void {
    if (phase.name === 'greeting') negotiate(frame)
    else if (phase.name !== 'closed') onMessage(splitFields(frame))
  }

  function negotiate(range: string): void {
    const serverVersion = negotiateVersion(range)
    if (serverVersion === null) {
      end()
      return
    }
    send(serverGreeting(serverVersion, formatGatewayTime(state.gatewayTime())))
    phase = { name: 'negotiated', serverVersion }
  }

  function onMessage(values: readonly string[]): void {
    const messageId = readFields(values).integer()
    if (phase.name === 'negotiated') {
      // A gateway ignores requests before startApi.
      if (messageId === START_API) start(values, phase.serverVersion)
      return
    }
    if (phase.name !== 'started') return
    const request = REQUESTS[messageId]
    count(state.counters.received, request?.name ?? 'unknown')
    const idField = request?.idField
    const requestId = idField === undefined ? -1 : readFields(values, idField).integer()
    if (isAboveRate(requestId)) return
    if (!request) {
      sendError(-1, API_ERRORS.invalid(`message ${messageId} is not simulated`))
      return
    }
    try {
      request.answer(phase.client, readFields(values, 1), state)
    } catch (error) {
      if (!(error instanceof UnreadableField)) throw error
      sendError(requestId, API_ERRORS.unreadable(messageId, error.message))
    }
  }

  /** `71|2|clientId|optional capabilities` */
  function start(values: readonly string[], serverVersion: number): void {
    // The gateway waits for the login to be confirmed.
    if (state.faults.has('second_factor')) return
    const clientId = readFields(values, 2).integer()
    if (state.clientIds.has(clientId) || state.faults.has('client_id_in_use')) {
      sendError(-1, API_ERRORS.clientIdInUse())
      end()
      return
    }
    state.clientIds.add(clientId)
    const client: Client = {
      ...{ clientId, serverVersion, requestedDataType: 'live', bindsOrders: false },
      ...{ open, subscriptions, send, sendError },
    }
    phase = { name: 'started', client }
    send(managedAccounts(state.options.account) + nextValidId(state.broker.nextOrderId(clientId)))
    for (const { code, text } of [...farmNoticesAtConnect(state.faults), ...state.options.noticesAtConnect]) {
      send(errorMessage(-1, code, text))
    }
    const lost = serverNotice(state.faults)
    if (lost) sendError(-1, lost)
    // As a gateway with the setting "Download open orders on connection", which is on by default.
    const own = state.broker
      .openOrders()
      .filter((order) => order.clientId === clientId && order.orderId !== 0)
    send(orderMessages(own, client))
  }

  /** Counts the message. A message above the rate is refused; after too many, the connection ends. */
  function isAboveRate(requestId: number): boolean {
    const { messagesPerSecond, breachesBeforeDrop } = state.options
    const inWindow = state.rate.record(state.clock.monotonicMs())
    if (inWindow <= messagesPerSecond) return false
    breaches++
    sendError(requestId, API_ERRORS.rate(messagesPerSecond, { inWindow, breach: breaches }))
    if (breaches >= breachesBeforeDrop) {
      state.counters.droppedForRate++
      end()
    }
    return true
  }

  /** A malformed frame ends the connection. */
  function readGuarded(read: () => void): void {
    if (phase.name === 'closed') return
    try {
      read()
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      state.counters.malformed++
      end()
    }
  }

  state.counters.connections++
  state.connections.add(connection)
  socket.setNoDelay(true)
  socket.on('data', (chunk) => {
    readGuarded(() => {
      for (const frame of reader.push(chunk)) admit(frame)
    })
  })
  // A reset by the client is an ordinary end; `close` follows.
  socket.on('error', () => socket.destroy())
  socket.on('close', release)
  if (state.faults.has('freeze')) connection.pause()
}

function count(counters: Record<string, number>, name: string): void {
  counters[name] = (counters[name] ?? 0) + 1
}
