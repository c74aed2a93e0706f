import { Socket } from 'node:net'
import { EventName, IBApi } from '@stoqey/ib'
import { EXIT, Failure } from '../../../process/failure.ts'
import { deferred } from '../../deferred.ts'
import type { EndReason, SessionEnd } from '../errors.ts'
import { classify, type Notice, sessionEndOf } from '../notices.ts'
import type { GatewayOptions } from '../options.ts'
import { createFrameGuard } from './frame-guard.ts'
import { lockOrders, type OrderLock } from './order-lock.ts'

/**
 * One connection: one instance of the client library, used once, with its socket behind the frame guard. It ends in
 * the event-loop turn in which something goes wrong; after that the library receives no bytes and emits no events.
 */
export interface Link {
  /**
   * Not in the library's declarations: those of @stoqey/ib do not compile with exactOptionalPropertyTypes.
   * @internal
   */
  readonly api: IBApi
  /** Between the library and the socket: without it no order leaves. */
  readonly orderLock: OrderLock
  /** Resolves when the connection has ended; never rejects. */
  readonly ended: Promise<SessionEnd>
  /** How the connection ended; undefined while it is open. */
  end(): SessionEnd | undefined
  /** Whether the other side has accepted the TCP connection. */
  isAccepted(): boolean
  /** All bytes received; as long as it grows, the other side is alive. */
  bytesReceived(): number
  /**
   * Calls the listener in the event-loop turn of the end, before anything else is written; at once if it has already
   * ended.
   */
  onEnd(listener: (end: SessionEnd) => void): void
  /** Ends the connection; does nothing if it has already ended. */
  close(reason: EndReason, message: string, cause?: unknown): void
  /** Calls a receiver. If it throws, the link ends as a defect and the error does not reach the library. */
  deliver(receive: () => void): void
}

/** Opens the connection. `onNotice` gets every notice, in order, until the end. */
export function openLink(options: GatewayOptions, onNotice: (notice: Notice) => void): Link {
  // High enough to disable the library's own limiter, which lets bursts through and keeps its queue after a
  // disconnect.
  const api = new IBApi({ host: options.host, port: options.port, maxReqPerSec: 1_000_000 })
  const { promise: ended, resolve } = deferred<SessionEnd>()
  const endListeners: Array<(end: SessionEnd) => void> = []
  let end: SessionEnd | undefined
  let rateBreaches = 0
  let lastCode: number | undefined
  let socketFault = ''
  let isAccepted = false
  let bytesReceived = 0

  let orderLock: OrderLock | undefined

  const link: Link = {
    api,
    get orderLock() {
      if (!orderLock) throw new Error('the connection has no socket yet')
      return orderLock
    },
    ended,
    end: () => end,
    isAccepted: () => isAccepted,
    bytesReceived: () => bytesReceived,
    onEnd: (listener) => (end ? listener(end) : void endListeners.push(listener)),
    close: (reason, message, cause) => {
      if (end) return
      end = cause === undefined ? { reason, message } : { reason, message, cause }
      api.removeAllListeners()
      api.disconnect()
      for (const listener of endListeners) listener(end)
      resolve(end)
    },
    deliver: (receive) => {
      if (end) return
      try {
        receive()
      } catch (error) {
        link.close('defect', `a receiver failed: ${error instanceof Error ? error.message : error}`, error)
      }
    },
  }

  function receiveNotice(message: string, code: number, id: number): void {
    const notice = classify(code, id, message)
    if (code === 100) rateBreaches += 1
    lastCode = code
    link.deliver(() => onNotice(notice))
    const reason = sessionEndOf(notice)
    if (reason) link.close(reason, notice.message)
  }

  // The library emits notices without a request as `info`, all others as `error`.
  api.on(EventName.error, (error, code, id) => receiveNotice(error.message, code, id))
  api.on(EventName.info, (message, code) => receiveNotice(message, code, -1))
  api.on(EventName.disconnected, () => {
    const why = socketFault || 'the gateway closed the connection'
    if (!isAccepted) {
      link.close('unreachable', why)
      return
    }
    // After the third breach the gateway sends nothing more and disconnects.
    link.close(lastCode === 100 && rateBreaches >= 3 ? 'rate_breaches' : 'connection_lost', why)
  })
  api.on(EventName.server, (version) => {
    if (!Number.isSafeInteger(version)) link.close('version', 'the server version is not a number')
  })
  api.connect(options.clientId)

  const socket = socketOf(api)
  orderLock = lockOrders(socket, (kind) => {
    const what = `a message of kind ${kind} was to be written without the order entry`
    link.close('defect', what, new Error(what))
  })
  socket.on('error', (error: NodeJS.ErrnoException) => {
    socketFault = error.message || error.code || 'the connection failed'
  })
  socket.once('connect', () => {
    isAccepted = true
    // With Nagle's algorithm every second small message would wait 40 ms for an acknowledgement.
    socket.setNoDelay(true)
    socket.setKeepAlive(true, options.keepAliveMs)
  })
  guardReads(socket, link)
  socket.on('data', (chunk: Buffer) => {
    bytesReceived += chunk.length
  })
  return link
}

/** Puts the frame guard between the socket and the library's reader. */
function guardReads(socket: Socket, link: Link): void {
  const [read, ...others] = socket.listeners('data')
  if (!read || others.length > 0) throw changedLibrary(link.api)
  const guard = createFrameGuard()
  socket.off('data', read as (chunk: Buffer) => void)
  socket.on('data', (chunk: Buffer) => {
    if (link.end()) return
    const { whole, fault } = guard.push(chunk)
    try {
      for (const frames of whole) if (!link.end()) read.call(socket, frames)
    } catch (error) {
      link.close(
        'bad_message',
        `unreadable message: ${error instanceof Error ? error.message : error}`,
        error,
      )
    }
    if (fault) link.close('bad_frame', fault)
  })
}

/** The library does not expose its socket. Version 1.6.10 has it here; any other version is refused. */
function socketOf(api: IBApi): Socket {
  const inner = api as unknown as { controller?: { socket?: { client?: unknown } } }
  const socket = inner.controller?.socket?.client
  if (!(socket instanceof Socket)) throw changedLibrary(api)
  return socket
}

function changedLibrary(api: IBApi): Failure {
  api.disconnect()
  return new Failure(
    EXIT.internal,
    'the installed @stoqey/ib does not keep its socket where version 1.6.10 does: install exactly that version',
  )
}
