import { afterEach, expect, test } from 'vitest'
import type { Notice } from '../../../src/gateway/session/notices.ts'
import { type GatewayOptions, gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import type { Tick } from '../../../src/market/quote.ts'
import { conId } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { message, type RawPeer, rawPeer, type Script, WELCOME } from '../../support/raw-peer.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

async function peer(script: Script = {}): Promise<RawPeer> {
  const opened = await rawPeer(script)
  lifetime.onClose(() => opened.close())
  return opened
}

async function session(
  { port }: RawPeer,
  options: Partial<GatewayOptions> = {},
  onNotice: (notice: Notice) => void = () => {},
): Promise<Session> {
  const once = { connectAttempts: 1, connectTimeoutMs: 2000 }
  const parsed = gatewayOptions.parse({ port, ...once, ...options })
  const opened = await openSession(parsed, { clock: systemClock, onNotice })
  lifetime.onClose(() => opened.close())
  return opened
}

const SPY = { conId: conId(756733), exchange: 'SMART' }
const announcing = (lengthBytes: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(lengthBytes)
  return bytes
}

test('a gateway that is not the simulator counts as IB, and its accounts are known', async () => {
  const gate = await session(await peer())
  expect(gate).toMatchObject({ origin: 'ib', serverVersion: 176, accounts: ['DU1234567', 'DU7654321'] })
})

test('without a farm notice the session opens a little later, and counts as IB', async () => {
  const started = performance.now()
  const gate = await session(await peer({ started: WELCOME.slice(0, 2) }))
  expect(gate.origin).toBe('ib')
  expect(performance.now() - started).toBeLessThan(600)
})

test.each([0, 3, 0x1000000, 0xfffffffc, 0xffffffff])(
  'a declared length of %i disconnects within 100 ms, with the reason',
  async (lengthBytes) => {
    const raw = await peer()
    const gate = await session(raw)
    const started = performance.now()
    raw.sockets[0]?.write(announcing(lengthBytes))
    expect(await gate.ended).toMatchObject({ reason: 'bad_frame' })
    expect(performance.now() - started).toBeLessThan(100)
    expect(gate.isOpen).toBe(false)
  },
)

test('a message that makes the library throw ends the session, not the process', async () => {
  const raw = await peer()
  const gate = await session(raw)
  raw.sockets[0]?.write(message(4, 2, 5, 321, 'the details are no JSON', '{'))
  expect(await gate.ended).toMatchObject({ reason: 'bad_message' })
})

test('ticks, rows and end marks of unknown or finished requests are dropped', async () => {
  const raw = await peer({
    asked: (fields, socket) => {
      if (fields[0] !== '78') return
      const id = fields[1]!
      socket.write(
        Buffer.concat([
          message(1, 6, 999, 1, 5.5, 10, 0),
          message(52, 1, 999),
          message(75, 999, 'SMART', 1, 'SPY', 100, 0, 0),
          message(75, id, 'SMART', 756733, 'SPY', 100, 1, '20261218', 1, 680),
          message(76, id),
          message(76, id),
          message(17, 999, 'a', 'b', 0),
        ]),
      )
    },
  })
  const gate = await session(raw)
  const underlying = { symbol: 'SPY', secType: 'STK', conId: 756733 } as const
  expect(await gate.chainListings(underlying)).toMatchObject([{ expirations: ['20261218'], strikes: [680] }])
  expect(await gate.chainListings(underlying)).toHaveLength(1)
  expect(gate.isOpen).toBe(true)
})

test('values that are not numbers reach a subscriber as null', async () => {
  const raw = await peer({
    asked: ([kind, , id], socket) => {
      if (kind !== '1') return
      socket.write(
        Buffer.concat([
          message(1, 6, id!, 1, 'nan', 10, 0),
          message(1, 6, id!, 4, 'Infinity', 1, 0),
          message(1, 6, id!, 9, '1.7976931348623157E308', 0, 0),
          message(2, 6, id!, 8, -1),
          message(21, id!, 13, 0, '-1', '-2', '-1', '-1', '-2', 'nan', '', '-1'),
          message(58, 1, id!, 3),
        ]),
      )
    },
  })
  const gate = await session(raw)
  const ticks: Tick[] = []
  await new Promise<void>((resolve) => {
    const onTick = (tick: Tick) => {
      ticks.push(tick)
      if (tick.field === 'dataType') resolve()
    }
    void gate.subscribe(SPY, { genericTicks: '', onTick, onNotice: () => {} })
  })
  expect(ticks).toEqual([
    { field: 'bid', value: null },
    { field: 'last', value: null },
    { field: 'close', value: null },
    { field: 'volume', value: null },
    {
      field: 'modelGreeks',
      greeks: {
        impliedVolFraction: null,
        delta: null,
        gamma: null,
        vega: null,
        theta: null,
        underlyingPrice: null,
        pvDividend: null,
      },
    },
    { field: 'dataType', dataType: 'delayed' },
  ])
})

test('an expiry with a time after it is read as its date', async () => {
  const contract = [
    'SPY',
    'OPT',
    '20261218 15:00:00 US/Eastern',
    680,
    'C',
    'SMART',
    'USD',
    'local',
    'SPY',
    'SPY',
  ]
  const rest = [
    812,
    '0.01',
    100,
    '',
    '',
    1,
    756733,
    'long',
    '',
    '202612',
    '',
    '',
    '',
    'US/Eastern',
    'hours',
    'liquid',
  ]
  const more = ['', 0, 0, 1, 'SPY', 'STK', '26', '20261218', '', 1, 1, 1]
  const raw = await peer({
    asked: ([kind, , id], socket) => {
      if (kind !== '9') return
      socket.write(Buffer.concat([message(10, id!, ...contract, ...rest, ...more), message(52, 1, id!)]))
    },
  })
  const gate = await session(raw)
  expect(await gate.contractDetails({ symbol: 'SPY', secType: 'OPT' })).toMatchObject([
    {
      conId: 812,
      expiry: '20261218',
      strike: 680,
      minTick: 0.01,
      underlyingConId: 756733,
      liquidHours: 'liquid',
    },
  ])
})

test('notices without a request arrive with accounts masked, and the counts of invented codes stay bounded', async () => {
  const notices: Notice[] = []
  const raw = await peer()
  const gate = await session(raw, {}, (notice) => void notices.push(notice))
  const codes = Array.from({ length: 500 }, (_, i) => message(4, 2, -1, 50_000 + i, 'U7654321 is told', ''))
  raw.sockets[0]?.write(Buffer.concat([message(4, 2, -1, 1100, 'Connectivity lost', ''), ...codes]))
  while (notices.length < 502) await systemClock.sleep(2)
  expect(notices[1]).toMatchObject({ id: null, code: 1100, kind: 'session' })
  expect(notices[2]?.message).toBe('U*** is told')
  expect(Object.keys(gate.counters().notices)).toHaveLength(201)
})

test('the end after three breaches of the message rate has a reason of its own', async () => {
  const raw = await peer()
  const gate = await session(raw)
  const breach = message(4, 2, -1, 100, 'Max rate of messages per second has been exceeded', '')
  raw.sockets[0]?.end(Buffer.concat([breach, breach, breach]))
  expect(await gate.ended).toMatchObject({ reason: 'rate_breaches' })

  const calm = await peer()
  const other = await session(calm)
  calm.sockets[0]?.end(Buffer.concat([breach, breach, breach, ...WELCOME.slice(2)]))
  expect(await other.ended).toMatchObject({ reason: 'connection_lost' })
})

test('a gateway that accepts and sends nothing is unreachable after the time limit', async () => {
  const raw = await peer({ hello: [], started: [] })
  await expect(session(raw, { connectTimeoutMs: 80 })).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringContaining('no answer to the handshake within 80 ms') as string,
  })
})

test('an aborted signal stops the attempts at once, with its own reason', async () => {
  const raw = await peer({ hello: [], started: [] })
  const controller = new AbortController()
  const opening = openSession(gatewayOptions.parse({ port: raw.port }), {
    clock: systemClock,
    signal: controller.signal,
  })
  setTimeout(() => controller.abort(new Error('asked to stop')), 20)
  await expect(opening).rejects.toThrow('asked to stop')
})

test('an unsupported protocol version fails at once, without further attempts', async () => {
  const raw = await peer({ hello: [message(250, 'now')] })
  await expect(session(raw, { connectAttempts: 5 })).rejects.toMatchObject({
    exitCode: 69,
    message: expect.stringContaining(
      'a protocol version this program does not (Unsupported Version 250)',
    ) as string,
  })
  expect(raw.sockets).toHaveLength(1)
  const strange = await peer({ hello: [message('none', 'now')] })
  await expect(session(strange)).rejects.toMatchObject({ exitCode: 69 })
})

test('request ids start above the first order id, and none is used twice', async () => {
  const ids: number[] = []
  const raw = await peer({ asked: (fields) => void ids.push(Number(fields[2])) })
  const gate = await session(raw)
  const request = { genericTicks: '', onTick: () => {}, onNotice: () => {} }
  const open = await Promise.all([1, 2, 3].map(() => gate.subscribe(SPY, request)))
  while (ids.length < 3) await systemClock.sleep(2)
  expect(ids).toEqual([42, 43, 44])
  expect(open.map((subscription) => subscription.requestId)).toEqual(ids)
})

test('two small messages in a row arrive together, without a wait for an acknowledgement', async () => {
  let unanswered = 0
  const raw = await peer({
    asked: ([kind], socket) => {
      if (kind === '59') unanswered += 1
      if (kind === '49') socket.write(message(49, 1, 1_795_000_000))
    },
  })
  const gate = await session(raw, { messagesPerSecond: 5000 })
  const started = performance.now()
  const rounds = 40
  for (let round = 0; round < rounds; round += 1) {
    void gate.setMarketDataType(1)
    await gate.currentTime()
  }
  // With Nagle's algorithm the second message of a round waits 40 ms for the first one to be acknowledged.
  expect(performance.now() - started).toBeLessThan(rounds * 15)
  expect(unanswered).toBe(rounds)
})
