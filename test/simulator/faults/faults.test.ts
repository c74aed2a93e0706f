import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Notice } from '../../../src/gateway/session/notices.ts'
import { gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { fastClock } from '../../../src/market/fast-clock.ts'
import type { Tick } from '../../../src/market/quote.ts'
import { conId, epochMs } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { MALFORMED_FORMS } from '../../../src/simulator/faults/faults.ts'
import { type SimulatorOptions, simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { QUOTED, SPY, stubMarket } from '../stub-market.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

/** Three times as fast as the wall clock; slower when the machine is busy. */
const clock = fastClock(epochMs(Date.UTC(2026, 10, 20, 17)), 3)

async function simulate(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const fast = { updateIntervalMs: 10, underlyingUpdateIntervalMs: 10, ...options }
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse(fast), {
    clock,
    seed: 7,
  })
  lifetime.onClose(() => simulator.close())
  return simulator
}

interface Client extends Session {
  readonly notices: Notice[]
}

async function client({ port }: Simulator, clientId = 1, connectTimeoutMs = 300): Promise<Client> {
  const notices: Notice[] = []
  const limits = { messagesPerSecond: 1_000, connectAttempts: 1, connectTimeoutMs, requestTimeoutMs: 200 }
  const session = await openSession(gatewayOptions.parse({ port, clientId, ...limits }), {
    clock,
    onNotice: (notice) => void notices.push(notice),
  })
  lifetime.onClose(() => session.close())
  return Object.assign(session, { notices })
}

interface Received {
  readonly ticks: Tick[]
  readonly codes: number[]
}

async function stream(session: Session, contract: { conId: number; exchange: string }): Promise<Received> {
  const received: Received = { ticks: [], codes: [] }
  await session.subscribe(
    { conId: conId(contract.conId), exchange: contract.exchange },
    {
      genericTicks: '',
      onTick: (tick) => void received.ticks.push(tick),
      onNotice: ({ code }) => void received.codes.push(code),
    },
  )
  // The data type arrives at once, whatever the fault.
  while (received.ticks.length === 0) await pause(2)
  return received
}

const pause = (ms: number) => clock.sleep(ms)
const codes = ({ notices }: Client) => notices.map(({ code }) => code)
/** Ticks that arrive during a short wait, after those already under way. */
async function flow({ ticks }: Received, ms = 80): Promise<number> {
  await pause(40)
  const before = ticks.length
  await pause(ms)
  return ticks.length - before
}

test.each([
  ['market', 2103, 2104],
  ['history', 2105, 2106],
  ['definitions', 2157, 2158],
] as const)('a broken %s farm sends %i, and %i when it recovers', async (farm, broken, ok) => {
  const simulator = await simulate()
  const session = await client(simulator)
  const option = await stream(session, QUOTED)
  const recover = simulator.inject({ kind: 'farm_broken', farm })
  const during = await flow(option)
  expect(codes(session).filter((code) => code === broken)).toHaveLength(1)
  expect(during > 0).toBe(farm !== 'market')
  const before = codes(session).filter((code) => code === ok).length
  recover()
  expect(await flow(option, 300)).toBeGreaterThan(0)
  expect(codes(session).filter((code) => code === ok)).toHaveLength(before + 1)
})

test('1101 ends the streams silently, 1102 keeps them, and without a notice they stay silent', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const flows: boolean[] = []
  for (const streams of ['kept', 'unsaid', 'lost'] as const) {
    const option = await stream(session, QUOTED)
    const restore = simulator.inject({ kind: 'server_lost', streams })
    expect(await flow(option)).toBe(0)
    restore()
    flows.push((await flow(option, 300)) > 0)
  }
  expect(flows).toEqual([true, false, false])
  expect(codes(session).filter((code) => code >= 1100 && code < 1200)).toEqual([1100, 1102, 1100, 1100, 1101])
  // The streams that ended freed their lines.
  expect(simulator.stats().lines).toBe(0)
})

test('a competing session silences streams for good; streams requested afterwards work', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const before = await stream(session, QUOTED)
  const over = simulator.inject({ kind: 'competing_session' })
  const during = await stream(session, SPY)
  expect([await flow(before), await flow(during)]).toEqual([0, 0])
  expect([before.codes, during.codes]).toEqual([[10_197], [10_197]])
  over()
  expect(await flow(before, 300)).toBe(0)
  expect(await flow(await stream(session, QUOTED))).toBeGreaterThan(0)
})

test('a restart drops connections, refuses new ones for its duration, and starts again at order id 1', async () => {
  const simulator = await simulate({ firstOrderId: 500 })
  const session = await client(simulator)
  const idOf = async (gate: Session) => {
    const request = { genericTicks: '', onTick: () => {}, onNotice: () => {} }
    return (await gate.subscribe({ conId: conId(SPY.conId), exchange: 'SMART' }, request)).requestId
  }
  expect(await idOf(session)).toBe(501)
  simulator.inject({ kind: 'restart', seconds: 0.15 })
  expect(await session.ended).toMatchObject({ reason: 'connection_lost' })
  await expect(client(simulator)).rejects.toThrow('ECONNREFUSED')
  await pause(200)
  expect(await idOf(await client(simulator))).toBe(2)
})

test('a login that waits for its second factor sends the greeting but never an order id', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const confirm = simulator.inject({ kind: 'second_factor' })
  expect(await session.ended).toMatchObject({ reason: 'connection_lost' })
  await expect(client(simulator, 1, 100)).rejects.toThrow('no answer to the handshake within 100 ms')
  confirm()
  expect((await client(simulator)).isOpen).toBe(true)
})

test('a half-open connection stays open and silent; a new one is served', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const option = await stream(session, QUOTED)
  simulator.inject({ kind: 'half_open' })
  expect(await flow(option)).toBe(0)
  await expect(session.currentTime()).rejects.toThrow('no answer within 200 ms')
  expect(session.isOpen).toBe(true)
  expect(await (await client(simulator)).currentTime()).toBeGreaterThan(0)
})

test('a frozen gateway accepts connections, answers nothing, and catches up afterwards', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const thaw = simulator.inject({ kind: 'freeze' })
  await expect(session.currentTime()).rejects.toThrow('no answer within 200 ms')
  await expect(client(simulator, 2, 100)).rejects.toThrow('no answer to the handshake')
  thaw()
  expect(await session.currentTime()).toBeGreaterThan(0)
})

test('options fall silent while underlyings and the time continue', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const [option, stock] = [await stream(session, QUOTED), await stream(session, SPY)]
  const over = simulator.inject({ kind: 'option_silence' })
  expect([await flow(option), (await flow(stock)) > 0]).toEqual([0, true])
  expect(await session.currentTime()).toBeGreaterThan(0)
  over()
  expect(await flow(option, 300)).toBeGreaterThan(0)
})

test('client ids and history are refused, and the gateway version is warned about, by their codes', async () => {
  const simulator = await simulate()
  const session = await client(simulator)
  const over = simulator.inject({ kind: 'client_id_in_use' })
  await expect(client(simulator, 2)).rejects.toThrow('client id 2 is in use')
  over()
  simulator.inject({ kind: 'history_refused' })
  simulator.inject({ kind: 'version_warning' })
  const spy = { conId: conId(SPY.conId), exchange: 'SMART' }
  await expect(session.dailyBars(spy, { days: 3, what: 'TRADES' })).rejects.toThrow('162')
  expect(codes(session)).toContain(2172)
})

test.each([
  [354, false],
  [10_089, false],
  [10_090, true],
  [10_091, true],
  [10_168, false],
  [10_167, true],
] as const)('an option stream without entitlement draws %i, with data: %s', async (code, hasData) => {
  const simulator = await simulate()
  simulator.inject({ kind: 'entitlement', code })
  const option = await stream(await client(simulator), QUOTED)
  expect((await flow(option)) > 0).toBe(hasData)
  expect(option.codes).toEqual([code])
  const kind = code === 10_167 ? 'delayed' : 'live'
  expect(option.ticks.find((tick) => tick.field === 'dataType')).toMatchObject({ dataType: kind })
})

test.each(MALFORMED_FORMS)('malformed bytes (%s) reach every client as bytes', async (form) => {
  const simulator = await simulate()
  const socket = connect(simulator.port, simulator.host)
  lifetime.onClose(() => void socket.destroy())
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write('API\0\0\0\0\x09v100..193')
  const hello = Buffer.from('71\x002\x001\0\0')
  socket.write(Buffer.concat([Buffer.from([0, 0, 0, hello.length]), hello]))
  while (!Buffer.concat(chunks).includes('2158')) await pause(5)
  const before = Buffer.concat(chunks).length
  simulator.inject({ kind: 'malformed', form })
  await pause(30)
  expect(Buffer.concat(chunks).length).toBeGreaterThan(before)
})

test('a flood of errors and hostile values arrive, and a fault can be scheduled after the start', async () => {
  const scheduled = { atSeconds: 0.2, fault: { kind: 'hostile_values' } } as const
  const simulator = await simulate({ faults: [scheduled] })
  const session = await client(simulator)
  const option = await stream(session, QUOTED)
  simulator.inject({ kind: 'error_flood', count: 2_000 })
  const hostile = () => option.ticks.filter((tick) => 'value' in tick && tick.value === null)
  await expect.poll(() => hostile().length).toBeGreaterThan(10)
  await expect.poll(() => session.notices.length).toBeGreaterThan(2_000)
  expect(await Promise.race([session.ended, pause(0)])).toBeUndefined()
  const numbers = option.ticks.flatMap((tick) => ('value' in tick ? [tick.value ?? 0] : []))
  expect(numbers.every((value) => Number.isFinite(value) && value < 1e300)).toBe(true)
})

test('an invalid fault is refused', async () => {
  const simulator = await simulate()
  expect(() => simulator.inject({ kind: 'earthquake' } as never)).toThrow()
})
