import { Socket } from 'node:net'
import { EventName, IBApi } from '@stoqey/ib'
import { EXIT, Failure } from '../../../process/failure.ts'
import { deferred } from '../../deferred.ts'
import type { EndReason, SessionEnd } from '../errors.ts'
import { classify, type Notice } from '../notices.ts'
import type { GatewayOptions } from '../options.ts'
import { createFrameGuard } from './frame-guard.ts'

/**
 * One connection: one instance of the client library, used once, and its socket under guard. It ends once, in the
 * turn in which something goes wrong, and from then on the library neither gets a byte nor tells anything.
 */
export interface Link {
  readonly api: IBApi
  /** Resolves once, never rejects. */
  readonly ended: Promise<SessionEnd>
  /** The same at once: undefined while the connection lives. */
  end(): SessionEnd | undefined
  /** Whether TCP has been accepted by the other side, ever. */
  isAccepted(): boolean
  /** Everything that came over the socket so far: while it grows, the other side lives. */
  bytesReceived(): number
  /** Runs in the turn of the end, before anything else can be written; at once where it has ended already. */
  onEnd(listener: (end: SessionEnd) => void): void
  /** Ends it for that reason, unless it has ended already. */
  close(reason: EndReason, message: string, cause?: unknown): void
  /** Runs a receiver; what it throws ends the link as a defect and does not reach the library. */
  handOver(receive: () => void): void
}

/** Opens the connection; `onNotice` gets every notice, in order, until the end. */
export function openLink(options: GatewayOptions, onNotice: (notice: Notice) => void): Link {
  // In effect no limiter: the library's own lets bursts through and keeps its queue over a disconnect.
  const api = new IBApi({ host: options.host, port: options.port, maxReqPerSec: 1_000_000 })
  const { promise: ended, resolve } = deferred<SessionEnd>()
  const endListeners: Array<(end: SessionEnd) => void> = []
  let end: SessionEnd | undefined
  let rateBreaches = 0
  let lastCode: number | undefined
  let socketFault = ''
  let accepted = false
  let bytesReceived = 0

  const link: Link = {
    api,
    ended,
    end: () => end,
    isAccepted: () => accepted,
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
    handOver: (receive) => {
      if (end) return
      try {
        receive()
      } catch (error) {
        link.close('defect', `a receiver failed: ${error instanceof Error ? error.message : error}`, error)
      }
    },
  }

  function hear(message: string, code: number, id: number): void {
    const notice = classify(code, id, message)
    if (code === 100) rateBreaches += 1
    lastCode = code
    link.handOver(() => onNotice(notice))
    if (code === 326) link.close('client_id_in_use', notice.message)
    if (code === 506 || code === 503) link.close('version', notice.message)
  }

  // What has no request comes as `info`, the rest as `error`.
  api.on(EventName.error, (error, code, id) => hear(error.message, code, id))
  api.on(EventName.info, (message, code) => hear(message, code, -1))
  api.on(EventName.disconnected, () => {
    const why = socketFault || 'the gateway closed the connection'
    // The third breach is the last thing such a gateway says.
    link.close(lastCode === 100 && rateBreaches >= 3 ? 'rate_breaches' : 'connection_lost', why)
  })
  api.on(EventName.server, (version) => {
    if (!Number.isSafeInteger(version)) link.close('version', 'its version is not a number')
  })
  api.connect(options.clientId)

  const socket = socketOf(api)
  socket.on('error', (error: NodeJS.ErrnoException) => {
    socketFault = error.message || error.code || 'the connection failed'
  })
  socket.once('connect', () => {
    accepted = true
    // Without it every second small message waits 40 ms for an acknowledgement.
    socket.setNoDelay(true)
    socket.setKeepAlive(true, options.keepAliveMs)
  })
  guardReading(socket, link)
  socket.on('data', (chunk: Buffer) => {
    bytesReceived += chunk.length
  })
  return link
}

/** Puts the frame guard between the socket and the library's reader. */
function guardReading(socket: Socket, link: Link): void {
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
      link.close('bad_message', `unreadable: ${error instanceof Error ? error.message : error}`, error)
    }
    if (fault) link.close('bad_frame', fault)
  })
}

/** The library keeps its socket to itself; this looks where version 1.6.10 has it, and says so if it has moved. */
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
