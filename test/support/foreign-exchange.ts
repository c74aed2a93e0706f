import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

/** What a foreign exchange does with the two sockets of a run. */
export interface ForeignBehaviour {
  /** The answer to a start; by default one that is accepted. */
  readonly start?: { readonly status: number; readonly body: unknown }
  readonly answersPings?: boolean
  /** Called once both sockets are open. */
  onOpen?(market: WebSocket, orders: WebSocket): void
  /** Called with each message of the client on the orders socket. */
  onMessage?(message: Record<string, unknown>, market: WebSocket, orders: WebSocket): void
}

export interface ForeignExchange {
  readonly url: string
  close(): void
}

const STARTED = { run_id: 'r', token: 't', seed: 12345, duration_sec: 0.3 }

/** A stand-in for exchanges other than our own, for one run at a time. It knows the paths of the protocol and nothing else. */
export async function openForeignExchange(behaviour: ForeignBehaviour): Promise<ForeignExchange> {
  const http = createServer((request, response) => {
    const isStart = request.url?.includes('/start')
    const { status, body } = isStart
      ? (behaviour.start ?? { status: 200, body: STARTED })
      : { status: 200, body: [] }
    response.writeHead(status, { 'Content-Type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const sockets: Partial<Record<'market' | 'orders', WebSocket>> = {}
  const server = new WebSocketServer({ server: http, autoPong: behaviour.answersPings ?? true })
  server.on('connection', (socket, { url = '' }) => {
    const which = url.includes('/market') ? 'market' : 'orders'
    sockets[which] = socket
    socket.on('error', () => {})
    socket.send(JSON.stringify({ type: which === 'market' ? 'CONNECTED' : 'AUTHENTICATED' }))
    const { market, orders } = sockets
    if (!market || !orders) return
    orders.on('message', (data) => behaviour.onMessage?.(JSON.parse(String(data)), market, orders))
    behaviour.onOpen?.(market, orders)
  })
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    close: () => {
      for (const client of server.clients) client.terminate()
      http.closeAllConnections()
      http.close()
    },
  }
}

/** A snapshot as the original exchange sends it. */
export function foreignSnapshot(step: number, change: Record<string, unknown> = {}): string {
  return JSON.stringify({
    ...{ type: 'MARKET_DATA', step, timestamp: '2025-01-01T00:00:00Z', bid: 99.5, ask: 100, spread: 0.5 },
    ...{ bid_size: 300, ask_size: 200, bids: [{ price: 99.5, qty: 300 }], asks: [{ price: 100, qty: 200 }] },
    ...{ trades: [], last_trade: 0 },
    ...change,
  })
}
