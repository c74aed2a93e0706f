import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a client and an exchange, and hands on what comes over the orders sockets only after some time. */
export async function slowOrders(url: string, delayMs: number): Promise<string> {
  const { hostname, port } = new URL(url)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const exchange = connect(Number(port), hostname)
    let isOrders = false
    client.on('data', (data) => {
      isOrders ||= data.includes('GET /api/ws/orders')
      exchange.write(data)
    })
    exchange.on('data', (data) => {
      if (isOrders) setTimeout(() => client.write(data), delayMs)
      else client.write(data)
    })
    for (const [one, other] of [
      [client, exchange],
      [exchange, client],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
