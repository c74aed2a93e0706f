import type { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { isAllowedSource } from './origin.ts'
import { MAX_FRAME_BYTES } from './rules.ts'
import type { Runs } from './runs.ts'
import type { Session } from './session.ts'

interface Place {
  readonly session: Session
  readonly channel: 'market' | 'orders'
}

interface Refusal {
  readonly status: '400 Bad Request' | '401 Unauthorized' | '403 Forbidden' | '404 Not Found' | '409 Conflict'
  readonly message: string
}

/** Takes the requests for WebSockets: each belongs to one channel of one run. */
export function createUpgrade(
  runs: Pick<Runs, 'find' | 'isToken'>,
  allowedHosts: ReadonlySet<string>,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    // One frame in each turn of the event loop: a flood on one socket delays the other runs by one step at a time.
    allowSynchronousEvents: false,
  })
  // Answers a malformed handshake and closes the connection; without a listener it would end the process.
  server.on('wsClientError', (_, socket) => refuse(socket, BAD_HANDSHAKE))
  return (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const place = placeOf(request, runs, allowedHosts)
    if ('status' in place) return refuse(socket, place)
    server.handleUpgrade(request, socket, head, (webSocket) => {
      if (!(socket instanceof Socket)) return webSocket.terminate()
      place.session.join(place.channel, { webSocket, socket })
    })
  }
}

function placeOf(
  { headers, url = '' }: IncomingMessage,
  runs: Pick<Runs, 'find' | 'isToken'>,
  allowedHosts: ReadonlySet<string>,
): Place | Refusal {
  if (!isAllowedSource(headers, allowedHosts)) {
    return {
      status: '403 Forbidden',
      message: 'the host name or the origin is not in exchange.allowedHosts',
    }
  }
  const [path = '', query = ''] = url.split('?', 2)
  const channel = /^\/api\/ws\/(market|orders)\/?$/.exec(path)?.[1]
  if (channel === undefined) return { status: '404 Not Found', message: 'no such path' }
  const parameters = new URLSearchParams(query)
  const runId = parameters.get('run_id') ?? ''
  const session = runs.find(runId)
  if (session === null) return { status: '404 Not Found', message: 'no such run, or it has ended' }
  if (channel === 'orders' && !runs.isToken(runId, parameters.get('token') ?? '')) {
    return { status: '401 Unauthorized', message: 'the token is not that of the run' }
  }
  const isChannel = (name: string): name is Place['channel'] => name === 'market' || name === 'orders'
  if (!isChannel(channel) || !session.hasPlaceFor(channel)) {
    return { status: '409 Conflict', message: `the ${channel} socket of this run is open already` }
  }
  return { session, channel }
}

const BAD_HANDSHAKE: Refusal = { status: '400 Bad Request', message: 'not a WebSocket handshake' }

function refuse(socket: Duplex, { status, message }: Refusal): void {
  const body = JSON.stringify({ error: { message } })
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
