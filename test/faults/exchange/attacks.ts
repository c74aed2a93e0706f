import { connect } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { openChannel, openRun, type RunClient, socketUrls, startRun } from '../../support/exchange-client.ts'

/** What a hostile client works with. */
interface Means {
  /** Numbers in [0, 1). */
  readonly random: () => number
  /** Frames of a flood. */
  readonly flood: number
}

/** What a hostile client does. Its run must be cut afterwards. */
export interface Attack {
  readonly name: string
  /** Resolves when the client has done its worst; returns the frames it sent. */
  run(url: string, means: Means): Promise<number>
}

const SCENARIO = 'normal_market'
const MAX_WAIT_MS = 20_000

/** Waits until the exchange has closed both sockets. */
async function untilClosed(client: RunClient): Promise<void> {
  await Promise.race([Promise.all([client.market.closed, client.orders.closed]), delay(MAX_WAIT_MS)])
}

async function withRun(url: string, act: (client: RunClient) => Promise<number> | number): Promise<number> {
  const client = await openRun(url, SCENARIO, { name: 'hostile' })
  try {
    return await act(client)
  } finally {
    client.close()
    await untilClosed(client)
  }
}

/** Bytes on a raw connection that say they are a WebSocket's. */
async function rawOrders(url: string, bytes: (key: string) => Buffer): Promise<number> {
  const { body } = await startRun(url, SCENARIO, { name: 'hostile' })
  const { market, orders } = socketUrls(url, body)
  const other = new WebSocket(market)
  other.on('error', () => {})
  const address = new URL(orders)
  const socket = connect(Number(address.port), address.hostname)
  socket.on('error', () => {})
  const head = [
    `GET ${address.pathname}${address.search} HTTP/1.1`,
    `Host: ${address.host}`,
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    'Sec-WebSocket-Version: 13',
  ]
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  socket.resume()
  socket.write(bytes('sample'))
  await Promise.race([ended, delay(MAX_WAIT_MS)])
  socket.destroy()
  other.terminate()
  return 1
}

export const ATTACKS: readonly Attack[] = [
  {
    name: 'dies in the middle of a step',
    run: (url, { random }) =>
      withRun(url, async (client) => {
        const steps = Math.floor(random() * 20)
        for (let step = 0; step < steps; step++) await client.done()
        client.send({ order_id: 'last', side: 'BUY', price: 1000, qty: 100 })
        client.send('{"action":"DONE"}')
        return steps + 2
      }),
  },
  {
    name: 'closes the market socket and goes on sending',
    run: (url) =>
      withRun(url, async (client) => {
        client.market.socket.close()
        for (let at = 0; at < 500; at++) client.send('{"action":"DONE"}')
        await client.market.closed
        return 500
      }),
  },
  {
    name: 'floods with orders and never steps',
    run: (url, { flood }) =>
      withRun(url, async (client) => {
        for (let at = 0; at < flood; at++) {
          client.send({ order_id: `f${at}`, side: 'SELL', price: 900 + at / 100, qty: 100 })
        }
        await client.done().catch(() => {})
        return flood + 1
      }),
  },
  {
    name: 'floods with DONE and never reads',
    run: (url, { flood }) =>
      withRun(url, async (client) => {
        client.market.socket.pause()
        for (let at = 0; at < flood; at++) client.send('{"action":"DONE"}')
        await delay(300)
        return flood
      }),
  },
  {
    name: 'floods before the market socket is open, and never reads',
    run: async (url, { flood }) => {
      const { body } = await startRun(url, SCENARIO, { name: 'hostile' })
      const orders = openChannel(socketUrls(url, body).orders)
      await orders.next()
      orders.socket.pause()
      for (let at = 0; at < flood; at++) orders.socket.send('{"action":"DONE"}')
      await delay(100)
      orders.socket.terminate()
      return flood
    },
  },
  {
    name: 'floods the market socket, which takes no orders',
    run: (url, { flood }) =>
      withRun(url, async (client) => {
        for (let at = 0; at < flood; at++) client.market.socket.send('{"action":"DONE"}')
        await client.done()
        return flood + 1
      }),
  },
  {
    name: 'sends binary frames and broken JSON',
    run: (url, { random }) =>
      withRun(url, async (client) => {
        for (let at = 0; at < 1_000; at++) {
          const bytes = Buffer.from(Array.from({ length: 20 }, () => Math.floor(random() * 256)))
          client.orders.socket.send(random() < 0.5 ? bytes : `{${bytes.toString('base64')}`)
        }
        await client.done()
        return 1_001
      }),
  },
  {
    name: 'sends a frame of a megabyte',
    run: (url) =>
      withRun(url, async (client) => {
        client.send('x'.repeat(1_000_000))
        await client.orders.closed
        return 1
      }),
  },
  {
    name: 'pings without an end',
    run: (url, { flood }) =>
      withRun(url, async (client) => {
        for (let at = 0; at < flood; at++) client.orders.socket.ping()
        await client.done()
        return flood + 1
      }),
  },
  {
    name: 'sends frames without a mask',
    run: (url) => rawOrders(url, () => Buffer.from([0x81, 0x02, 0x7b, 0x7d])),
  },
  {
    name: 'sends rubbish after the handshake',
    run: (url, { random }) =>
      rawOrders(url, () =>
        Buffer.from([0xff, ...Array.from({ length: 200 }, () => Math.floor(random() * 256))]),
      ),
  },
  {
    name: 'sends text that is not UTF-8',
    run: (url) => rawOrders(url, () => Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe])),
  },
]

/** Connections that never become a run: garbage instead of HTTP, half a handshake, wrong paths. */
export async function knock(url: string, random: () => number): Promise<void> {
  const { port, hostname } = new URL(url)
  const texts = [
    '\x16\x03\x01\x02\x00\x01\x00',
    'GET /api/ws/market?run_id=x HTTP/1.1\r\nHost: localhost\r\n',
    'GET /api/ws/orders HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
    'GET /api/replays HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999999\r\n\r\n',
    `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
  ]
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  socket.write(texts[Math.floor(random() * texts.length)] as string)
  await delay(5)
  socket.destroy()
}
