import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { EXIT, Failure } from '../../process/failure.ts'
import { addressText } from './address.ts'
import { connectTo } from './connect.ts'
import type { SocketClose } from './run-end.ts'
import { printable } from './server-message.ts'
import type { ExchangeAccess } from './start-run.ts'

/** Who is told what one socket of a run receives. */
export interface ChannelListener {
  onMessage(text: string): void
  /** The answer to a ping, with its text. */
  onPong(text: string): void
  /** Called once. */
  onClose(close: SocketClose): void
}

/** One of the two WebSockets of a run. */
export interface Channel {
  /** Sends texts, and after them a ping if there is one, in one piece. */
  send(texts: readonly string[], ping: string | null): void
  /** Closes it politely, or at once. */
  close(how: 'politely' | 'at once'): void
}

const HANDSHAKE_LIMIT_MS = 10_000
/** Bytes of one message: a snapshot of 10,000 levels has 600 kB. */
const MAX_MESSAGE_BYTES = 4_000_000

/**
 * @param path with the query, which has the token.
 * @throws Failure when it cannot be opened.
 */
export async function openChannel(
  { address, trust }: Pick<ExchangeAccess, 'address' | 'trust'>,
  path: string,
  listener: ChannelListener,
  signal: AbortSignal,
): Promise<Channel> {
  const where = addressText(address)
  const socket = await connectTo(address, trust, signal)
  const webSocket = new WebSocket(`${address.secure ? 'wss' : 'ws'}://${where}${path}`, {
    createConnection: () => socket,
    handshakeTimeout: HANDSHAKE_LIMIT_MS,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  let wrong = ''
  webSocket.on('message', (data, isBinary) => {
    if (!isBinary) listener.onMessage(String(data))
  })
  webSocket.on('pong', (data) => listener.onPong(String(data)))
  webSocket.on('error', (error) => {
    wrong = printable(error.message) ?? ''
  })
  const closed = new EventEmitter()
  webSocket.on('close', (code, reason) => {
    closed.emit('close')
    listener.onClose({ code, reason: printable(String(reason)) || wrong })
  })
  await new Promise<void>((resolve, reject) => {
    webSocket.once('open', resolve)
    closed.once('close', () => {
      const [channel] = path.split('?')
      reject(new Failure(EXIT.unreachable, `${where} does not open ${channel}: ${wrong || 'it closed it'}`))
    })
  })
  return { send: sender(webSocket, socket), close: closer(webSocket) }
}

function sender(webSocket: WebSocket, socket: Socket): Channel['send'] {
  return (texts, ping) => {
    if (webSocket.readyState !== WebSocket.OPEN) return
    socket.cork()
    for (const text of texts) webSocket.send(text)
    if (ping !== null) webSocket.ping(ping)
    socket.uncork()
  }
}

function closer(webSocket: WebSocket): Channel['close'] {
  return (how) => {
    if (how === 'politely') webSocket.close(1000)
    else webSocket.terminate()
  }
}
