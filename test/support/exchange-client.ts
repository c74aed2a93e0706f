import { once } from 'node:events'
import { WebSocket } from 'ws'

export interface ProtocolMessage {
  readonly type: string
  readonly [key: string]: unknown
}

/** One socket of a run: the texts that it has received, and those to come. */
export interface Channel {
  readonly socket: WebSocket
  /** Everything received so far, as sent. */
  readonly received: string[]
  /** The next message that was not taken yet. Rejects when the socket closes before there is one. */
  next(): Promise<ProtocolMessage>
  /** Resolves with code and reason when the socket is closed. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export function openChannel(url: string, options: { ca?: string } = {}): Channel {
  const socket = new WebSocket(url, options)
  const received: string[] = []
  let taken = 0
  let wake: (() => void) | null = null
  let isClosed = false
  socket.on('message', (data) => {
    received.push(String(data))
    wake?.()
  })
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      isClosed = true
      wake?.()
      resolve({ code, reason: String(reason) })
    })
  })
  socket.on('error', () => {})
  return {
    socket,
    received,
    closed,
    next: async () => {
      while (taken >= received.length) {
        if (isClosed) throw new Error('the socket was closed')
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
      return JSON.parse(received[taken++] as string) as ProtocolMessage
    },
  }
}

/** A client of one run, both sockets open. */
export interface RunClient {
  readonly runId: string
  readonly token: string
  readonly market: Channel
  readonly orders: Channel
  send(message: unknown): void
  /** Sends DONE and waits for the next snapshot. */
  done(): Promise<ProtocolMessage>
  close(): void
}

export interface StartAnswer {
  readonly status: number
  readonly body: Record<string, unknown>
}

export async function startRun(
  url: string,
  scenario: string,
  { name = 'guest', password = 'optionlake', query = '' } = {},
): Promise<StartAnswer> {
  const response = await fetch(`${url}/api/replays/${scenario}/start${query}`, {
    headers: { Authorization: `Bearer ${name}`, 'X-Team-Password': password },
  })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}

/** The addresses of the sockets of a run. */
export function socketUrls(url: string, { run_id, token }: Record<string, unknown>) {
  const base = url.replace(/^http/, 'ws')
  return {
    market: `${base}/api/ws/market?run_id=${run_id}`,
    orders: `${base}/api/ws/orders?token=${token}&run_id=${run_id}`,
  }
}

/** Starts a run, opens both sockets, and takes their first messages. */
export async function openRun(
  url: string,
  scenario: string,
  options: { name?: string; password?: string; query?: string } = {},
): Promise<RunClient> {
  const { status, body } = await startRun(url, scenario, options)
  if (status !== 200) throw new Error(`start was answered with ${status}: ${JSON.stringify(body)}`)
  const urls = socketUrls(url, body)
  const market = openChannel(urls.market)
  const orders = openChannel(urls.orders)
  await Promise.all([once(market.socket, 'open'), once(orders.socket, 'open')])
  await market.next()
  await orders.next()
  const send = (message: unknown) =>
    orders.socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  return {
    ...{ runId: String(body.run_id), token: String(body.token), market, orders, send },
    done: () => {
      send({ action: 'DONE' })
      return market.next()
    },
    close: () => {
      market.socket.terminate()
      orders.socket.terminate()
    },
  }
}
