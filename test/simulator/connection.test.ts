import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { systemClock } from '../../src/market/clock.ts'
import { serveConnection } from '../../src/simulator/connection.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { type Client, createState } from '../../src/simulator/state.ts'
import { encode } from '../../src/simulator/wire/frames.ts'
import { QUOTED, stubMarket } from './stub-market.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Peer {
  readonly socket: Socket
  write(bytes: Buffer): void
  /** The fields of every frame of that kind so far. */
  frames(kind: string): string[][]
  /** Resolves with the fields of the first frame of that kind; the greeting is kind `first`. */
  frame(kind: string): Promise<string[]>
  readonly ended: Promise<void>
}

async function simulate(options: object = {}): Promise<Simulator> {
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse(options), {
    clock: systemClock,
    seed: 7,
  })
  closers.push(() => simulator.close())
  return simulator
}

function dial(simulator: Simulator): Peer {
  const socket = connect(simulator.port, simulator.host)
  closers.push(() => void socket.destroy())
  let received = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
  })
  const frames = () => {
    const found: string[][] = []
    for (let at = 0; at + 4 <= received.length; ) {
      const size = received.readUInt32BE(at)
      if (at + 4 + size > received.length) break
      found.push(received.toString('latin1', at + 4, at + 3 + size).split('\0'))
      at += 4 + size
    }
    return found
  }
  return {
    socket,
    write: (bytes) => void socket.write(bytes),
    frames: (kind) =>
      frames()
        .slice(1)
        .filter(([id]) => id === kind),
    frame: async (kind) => {
      for (;;) {
        const [first, ...rest] = frames()
        const found = kind === 'first' ? first : rest.find(([id]) => id === kind)
        if (found) return found
        await systemClock.sleep(2)
      }
    },
    ended: new Promise((resolve) => socket.once('end', () => resolve())),
  }
}

const greeting = (range: string) =>
  Buffer.from(`API\0\0\0\0${String.fromCharCode(range.length)}${range}`, 'latin1')
const message = (...fields: Array<string | number>) => Buffer.from(encode(fields), 'latin1')
const startApi = (clientId: number) => message(71, 2, clientId, '')
const detailsOf = (conId: number) =>
  message(9, 8, 77, conId, '', '', '', '0.0', '', '', '', '', '', '', '', 0, '', '', '')

test('a handshake in single bytes is answered with two fields, version and time', async () => {
  const peer = dial(await simulate())
  for (const byte of Buffer.concat([greeting('v100..176'), startApi(3)])) {
    peer.write(Buffer.from([byte]))
    await new Promise(setImmediate)
  }
  const hello = await peer.frame('first')
  expect(hello).toHaveLength(2)
  expect(hello[0]).toBe('176')
  expect(hello[1]).toMatch(/^\d{8} \d\d:\d\d:\d\d US\/Eastern$/)
  expect(await peer.frame('9')).toEqual(['9', '1', '1'])
})

test('contract data have two more fields in version 193 than in 176, each where the client expects it', async () => {
  const simulator = await simulate()
  const layouts = []
  for (const [clientId, range] of [
    [1, 'v100..176'],
    [2, 'v157..178'],
    [3, 'v100..193'],
  ] as const) {
    const peer = dial(simulator)
    peer.write(Buffer.concat([greeting(range), startApi(clientId), detailsOf(QUOTED.conId)]))
    layouts.push(await peer.frame('10'))
  }
  const [old, middle, newest] = layouts as [string[], string[], string[]]
  expect(old).toEqual([
    ...['10', '77', 'SPY', 'OPT', '20261218', '630', 'C', 'SMART', 'USD', QUOTED.localSymbol],
    ...['SPY', 'SPY', String(QUOTED.conId), '0.01', '100', 'LMT,MKT', 'SMART', '1', '756733'],
    ...['SPDR\\u00ae S&P 500 ETF', '', '202612', '', '', '', 'US/Eastern'],
    ...['20261120:0930-20261120:1615', '20261120:0930-20261120:1615', '', '0', '0', '1'],
    ...['SPY', 'STK', '26', '20261218', '', '1', '1', '1'],
  ])
  expect(middle).toEqual(old)
  expect(newest).toEqual([...old.slice(0, 5), '20261218', ...old.slice(5), '0'])
})

test('an option tick has the layout of the protocol, sentinels included', async () => {
  const peer = dial(await simulate())
  const ask = message(
    1,
    11,
    5,
    QUOTED.conId,
    '',
    '',
    '',
    '',
    '',
    '',
    'SMART',
    '',
    '',
    '',
    '',
    0,
    '',
    0,
    0,
    '',
  )
  peer.write(Buffer.concat([greeting('v100..176'), startApi(1), ask]))
  expect(await peer.frame('21')).toEqual([
    '21',
    '5',
    '13',
    '0',
    '0.1842',
    '0.51',
    '5.05',
    '-1',
    '-2',
    '0.62',
    '-0.21',
    '680',
  ])
  expect((await peer.frame('1')).slice(0, 4)).toEqual(['1', '6', '5', '1'])
  expect(await peer.frame('2')).toEqual(['2', '6', '5', '0', '12'])
})

test('a malformed client is disconnected, and others are not affected', async () => {
  const simulator = await simulate()
  const good = dial(simulator)
  good.write(Buffer.concat([greeting('v100..176'), startApi(1)]))
  await good.frame('9')

  const hello = Buffer.concat([greeting('v100..176'), startApi(2)])
  const broken = [
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    greeting('x100'),
    Buffer.concat([hello, Buffer.from([0xff, 0xff, 0xff, 0xfc])]),
    Buffer.concat([hello, message(1, 11, 'not an id', '')]),
    Buffer.concat([hello, message('reqMktData')]),
    Buffer.concat([hello, message(9, 8, 1)]),
    Buffer.concat([hello, Buffer.from('\0\0\0\x0249', 'latin1')]),
  ]
  for (const bytes of broken) {
    const peer = dial(simulator)
    peer.write(bytes)
    await peer.ended
  }
  good.write(message(49, 1))
  await good.frame('49')
  expect(simulator.stats()).toMatchObject({ malformed: broken.length, clients: 1 })
})

test('a field that is no number is error 320 with the id of the request, and the connection goes on', async () => {
  const simulator = await simulate()
  const peer = dial(simulator)
  peer.write(Buffer.concat([greeting('v100..193'), startApi(1)]))
  await peer.frame('9')
  peer.write(message(94, 77, 'DU1234567', '', 'SPY'))
  peer.write(message(49, 1))
  await peer.frame('49')
  expect(peer.frames('4').filter(([, , id]) => id === '77')).toEqual([
    ['4', '2', '77', '320', expect.stringContaining('"SPY" where an integer belongs'), ''],
  ])
  expect(simulator.stats()).toMatchObject({ malformed: 0, clients: 1, errors: { 320: 1 } })
})

test('a client without a common version is disconnected silently', async () => {
  const simulator = await simulate()
  for (const range of ['v100..160', 'v200..220']) {
    const peer = dial(simulator)
    peer.write(greeting(range))
    await peer.ended
    expect(peer.socket.bytesRead).toBe(0)
  }
})

test('requests before startApi are ignored, and unknown messages are error 321 without further effect', async () => {
  const simulator = await simulate()
  const peer = dial(simulator)
  peer.write(Buffer.concat([greeting('v100..176'), message(49, 1), startApi(1), message(4_711, 'x')]))
  const isNotice = (fields: string[]) => ['2104', '2106', '2158'].includes(fields[3] as string)
  expect(isNotice(await peer.frame('4'))).toBe(true)
  peer.write(message(61, 1))
  await peer.frame('62')
  expect(simulator.stats()).toMatchObject({
    received: { unknown: 1, reqPositions: 1 },
    errors: { 321: 1 },
  })
})

/** Requests for contract details, all in one chunk. */
const burst = (count: number) =>
  Buffer.concat(
    Array.from({ length: count }, (_, at) =>
      message(9, 8, 1_000 + at, QUOTED.conId, '', '', '', '0.0', '', '', '', '', '', '', '', 0, '', '', ''),
    ),
  )

test('a gateway that delays what is above its rate serves every message, in order, and never above the rate', async () => {
  const simulator = await simulate({ messagesPerSecond: 20, aboveRate: 'delay' })
  const peer = dial(simulator)
  const startedAtMs = performance.now()
  peer.write(Buffer.concat([greeting('v100..176'), startApi(1), burst(45)]))
  for (;;) {
    if (simulator.stats().received.reqContractDetails === 45) break
    await systemClock.sleep(5)
  }
  expect(performance.now() - startedAtMs).toBeGreaterThan(1_990)
  const { peakMessagesPerSecond, error100, droppedForRate, clients } = simulator.stats()
  expect({ peakMessagesPerSecond, error100, droppedForRate, clients }).toEqual({
    ...{ peakMessagesPerSecond: 20, error100: 0, droppedForRate: 0, clients: 1 },
  })
})

test('a gateway that refuses what is above its rate ends the connection after the third such message', async () => {
  const simulator = await simulate({ messagesPerSecond: 20 })
  const peer = dial(simulator)
  peer.write(Buffer.concat([greeting('v100..176'), startApi(1), burst(45)]))
  await peer.ended
  const { error100, droppedForRate } = simulator.stats()
  expect({ error100, droppedForRate }).toEqual({ error100: 3, droppedForRate: 1 })
})

test('what a frozen gateway has to send does not pile up: the connection ends afterwards', async () => {
  const state = createState(stubMarket(), simulatorOptions.parse({}), { clock: systemClock, seed: 7 })
  const server = createServer((socket) => serveConnection(socket, state))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  closers.push(
    () => void server.close(),
    () => state.timeline.close(),
  )
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  closers.push(() => void socket.destroy())
  let received = 0
  socket.on('data', (chunk) => {
    received += chunk.length
  })
  socket.write(Buffer.concat([greeting('v100..193'), startApi(1)]))
  const connection = await vi.waitFor(() => {
    const [one] = state.connections
    if (!one?.client() || received < 100) throw new Error('not started')
    return one
  })
  const client = connection.client() as Client
  await new Promise((resolve) => setTimeout(resolve, 20))
  connection.pause()
  received = 0
  for (let sent = 0; sent < 70; sent++) client.send('x'.repeat(2 ** 20))
  connection.resume()
  await new Promise((resolve) => socket.on('close', resolve))
  expect(received).toBe(0)
  expect(state.counters.droppedForBacklog).toBe(1)
})
