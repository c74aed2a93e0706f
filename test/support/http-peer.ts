import { connect, type Socket } from 'node:net'

/** What a raw client received until the connection closed or its time was up. */
export interface Received {
  /** Null when there was no status line. */
  readonly status: number | null
  readonly text: string
  readonly seconds: number
  readonly closed: boolean
}

/** Sends bytes and reads until the server closes, for at most `atMostSeconds`. */
export function sendBytes(port: number, bytes: string, atMostSeconds = 4): Promise<Received> {
  return receive(port, atMostSeconds, (socket) => void socket.write(bytes))
}

/** Sends the pieces one at a time, slowly, while the connection is open. */
export function drip(port: number, pieces: Iterable<string>, everyMs: number): Promise<Received> {
  return receive(port, 8, async (socket) => {
    for (const piece of pieces) {
      if (socket.destroyed || !socket.writable) return
      socket.write(piece)
      await new Promise((resolve) => setTimeout(resolve, everyMs))
    }
  })
}

async function receive(
  port: number,
  atMostSeconds: number,
  talk: (socket: Socket) => void | Promise<void>,
): Promise<Received> {
  const startedAtMs = performance.now()
  const socket = connect(port, '127.0.0.1')
  let text = ''
  const closed = await new Promise<boolean>((resolve) => {
    const giveUp = setTimeout(() => resolve(false), atMostSeconds * 1_000)
    const end = () => {
      clearTimeout(giveUp)
      resolve(true)
    }
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1')
    })
    // A reset counts as a close.
    socket.on('error', end).on('close', end)
    socket.on('connect', () => void talk(socket))
  })
  socket.destroy()
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
  return {
    status: status ? Number(status) : null,
    text,
    closed,
    seconds: (performance.now() - startedAtMs) / 1_000,
  }
}

/** The GET of a well-behaved client, with headers overridden. */
export function get(target: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = { Host: 'localhost', Connection: 'close', ...headers }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `GET ${target} HTTP/1.1\r\n${lines.join('')}\r\n`
}
