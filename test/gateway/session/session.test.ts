import { createServer } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { Notice } from '../../../src/gateway/session/notices.ts'
import { type GatewayOptions, gatewayOptions } from '../../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { systemClock } from '../../../src/market/clock.ts'
import type { Tick } from '../../../src/market/quote.ts'
import { conId, epochMs } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { type SimulatorOptions, simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { EXPIRIES, OPTIONS, QUOTED, SPY, stubMarket, VIX, WINGED } from '../../simulator/stub-market.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

async function gateway(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse(options), {
    clock: systemClock,
    seed: 7,
  })
  lifetime.onClose(() => simulator.close())
  return simulator
}

async function session(
  { port }: { port: number },
  options: Partial<GatewayOptions> = {},
  settings: Partial<Parameters<typeof openSession>[1]> = {},
): Promise<Session> {
  const opened = await openSession(gatewayOptions.parse({ port, ...options }), {
    clock: systemClock,
    ...settings,
  })
  lifetime.onClose(() => opened.close())
  return opened
}

async function until(isSo: () => boolean, timeoutMs = 2000): Promise<void> {
  const deadline = performance.now() + timeoutMs
  while (!isSo()) {
    if (performance.now() > deadline) throw new Error(`not so after ${timeoutMs} ms`)
    await systemClock.sleep(2)
  }
}

const subscribable = (contract: { conId: number; exchange: string }) => ({
  conId: conId(contract.conId),
  exchange: contract.exchange,
})
const silent = { genericTicks: '', onTick: () => {}, onNotice: () => {} }

test('a session knows whether its gateway is simulated, its protocol version and its accounts', async () => {
  const simulator = await gateway()
  const gate = await session(simulator)
  expect(gate).toMatchObject({
    endpoint: `127.0.0.1:${simulator.port}`,
    origin: 'simulated',
    serverVersion: 193,
    accounts: ['DU1234567'],
    isOpen: true,
  })
  expect(gate.counters()).toMatchObject({ messagesSent: 1, linesInUse: 0, linesLimit: 100 })
  expect(gate.counters().notices[2104]).toBe(1)
  expect(Math.abs((await gate.currentTime()) - Date.now())).toBeLessThan(2000)
})

test('contract details have a clean expiry, the real tick size, and null where a field does not apply', async () => {
  const gate = await session(await gateway())
  const options = await gate.contractDetails({
    symbol: 'SPY',
    secType: 'OPT',
    expiry: EXPIRIES[0] as `${number}`,
    tradingClass: 'SPY',
    exchange: 'SMART',
  })
  expect(options).toHaveLength(200)
  expect(options[0]).toMatchObject({
    conId: QUOTED.conId,
    secType: 'OPT',
    expiry: '20261218',
    strike: 630,
    right: 'C',
    multiplier: 100,
    minTick: 0.01,
    underlyingConId: SPY.conId,
    liquidHours: '20261120:0930-20261120:1615',
  })
  const [etf] = await gate.contractDetails({ symbol: 'SPY', secType: 'STK', exchange: 'SMART' })
  expect(etf).toMatchObject({ expiry: null, strike: null, right: null, multiplier: null })
})

test('an unknown contract is an empty list, and lookups are sent one after the other', async () => {
  const gate = await session(await gateway())
  const [none, spy, vix] = await Promise.all([
    gate.contractDetails({ symbol: 'NONE', secType: 'STK' }),
    gate.contractDetails({ symbol: 'SPY', secType: 'STK' }),
    gate.contractDetails({ symbol: 'VIX', secType: 'IND' }),
  ])
  expect(none).toEqual([])
  expect([spy?.[0]?.conId, vix?.[0]?.conId]).toEqual([SPY.conId, VIX.conId])
})

test('a chain lists expirations and strikes, and history is a list of days', async () => {
  const gate = await session(await gateway())
  const rows = await gate.chainListings({ symbol: 'SPY', secType: 'STK', conId: SPY.conId })
  expect(rows).toMatchObject([{ tradingClass: 'SPY', multiplier: 100, expirations: EXPIRIES }])
  expect(rows[0]?.strikes).toHaveLength(100)

  const endAt = epochMs(Date.UTC(2026, 0, 31, 21))
  const bars = await gate.dailyBars(subscribable(SPY), { days: 3, what: 'TRADES', endAt })
  expect(bars.map((bar) => bar.date)).toEqual(['2026-01-28', '2026-01-29', '2026-01-30'])
  expect(bars[0]).toMatchObject({ open: 1, high: 3, low: 0.5, close: 2, volume: 10 })
  const volatility = { days: 3, what: 'OPTION_IMPLIED_VOLATILITY' } as const
  expect(await gate.dailyBars(subscribable(SPY), volatility)).toHaveLength(3)
  expect(await gate.dailyBars(subscribable(VIX), volatility)).toEqual([])
})

test('a stream delivers every field of a quote, and nothing after its cancel', async () => {
  const gate = await session(await gateway({ updateIntervalMs: 20 }))
  await gate.setMarketDataType(1)
  const ticks: Tick[] = []
  const onTick = (tick: Tick) => void ticks.push(tick)
  const value = (field: string) => ticks.find((tick) => tick.field === field)
  const open = await gate.subscribe(subscribable(QUOTED), { ...silent, genericTicks: '101', onTick })
  await until(() => value('modelGreeks') !== undefined && value('callOpenInterest') !== undefined)

  expect(value('dataType')).toEqual({ field: 'dataType', dataType: 'live' })
  expect(value('bidSize')).toEqual({ field: 'bidSize', value: 12 })
  expect(value('askSize')).toEqual({ field: 'askSize', value: 15 })
  expect(value('callOpenInterest')).toEqual({ field: 'callOpenInterest', value: 1234 })
  expect(value('modelGreeks')).toMatchObject({ greeks: { impliedVolFraction: 0.1842, gamma: null } })
  expect(gate.counters().linesInUse).toBe(1)

  const cancelled = open.cancel()
  const received = ticks.length
  await Promise.all([cancelled, open.cancel()])
  expect(gate.counters().linesInUse).toBe(0)
  await systemClock.sleep(60)
  expect(ticks).toHaveLength(received)
})

test('a side without a quote is null, and an underlying has its 30-day implied volatility', async () => {
  const gate = await session(await gateway())
  const ticks: Tick[] = []
  const onTick = (tick: Tick) => void ticks.push(tick)
  await gate.subscribe(subscribable(WINGED), { ...silent, onTick })
  await gate.subscribe(subscribable(SPY), { ...silent, genericTicks: '106', onTick })
  const has = (...fields: string[]) => fields.every((field) => ticks.some((tick) => tick.field === field))
  await until(
    () => has('impliedVol30Fraction') && ticks.some((tick) => 'value' in tick && tick.value === null),
  )
  expect(ticks).toContainEqual({ field: 'bid', value: null })
  expect(ticks).toContainEqual({ field: 'bidSize', value: 0 })
  expect(ticks).toContainEqual({ field: 'impliedVol30Fraction', value: 0.1625 })
})

test('the subscriber of an unknown contract gets the notice, and the line is free without a cancel', async () => {
  const simulator = await gateway()
  const gate = await session(simulator, { lines: 1 })
  const notices: Notice[] = []
  const onNotice = (notice: Notice) => void notices.push(notice)
  const wrong = await gate.subscribe({ conId: conId(1), exchange: 'SMART' }, { ...silent, onNotice })
  const next = await gate.subscribe(subscribable(SPY), silent)
  expect(notices).toMatchObject([{ id: wrong.requestId, code: 200, kind: 'contract' }])
  await wrong.cancel()
  await next.cancel()
  await gate.currentTime()
  expect(simulator.stats()).toMatchObject({
    peakLines: 1,
    received: { cancelMktData: 1 },
    errors: { 200: 1 },
  })
})

test('a rolling window never uses more lines or messages than allowed', async () => {
  const simulator = await gateway({ messagesPerSecond: 50, lines: 10 })
  const gate = await session(simulator, { lines: 10 })
  const started = performance.now()
  await Promise.all(
    OPTIONS.slice(0, 60).map(async (contract) => {
      const open = await gate.subscribe(subscribable(contract), silent)
      await systemClock.sleep(50)
      await open.cancel()
    }),
  )
  const seconds = (performance.now() - started) / 1000
  const { peakLines, error100, error101 } = simulator.stats()
  expect({ error100, error101 }).toEqual({ error100: 0, error101: 0 })
  expect(peakLines).toBeGreaterThan(1)
  expect(peakLines).toBeLessThanOrEqual(10)
  expect(gate.counters()).toMatchObject({ messagesSent: 121, linesInUse: 0 })
  expect(gate.counters().peakMessagesPerSecond).toBeLessThanOrEqual(45)
  // 121 messages at 45 in 1.01 s take 2.7 s: much slower would waste the budget.
  expect(seconds).toBeLessThan(4)
})

test('a client id in use is refused with the advice to choose another', async () => {
  const simulator = await gateway()
  await session(simulator)
  await expect(session(simulator)).rejects.toMatchObject({
    exitCode: 77,
    message: `client id 17 is in use at 127.0.0.1:${simulator.port}: choose another with gateway.clientId`,
    end: { reason: 'client_id_in_use' },
  })
  expect((await session(simulator, { clientId: 18 })).isOpen).toBe(true)
})

test('an unreachable gateway is a failure after the last attempt, with address, cause and what to check', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  const { port } = taken.address() as { port: number }
  await new Promise((resolve) => taken.close(resolve))
  const waits: number[] = []
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => {
      // Time-outs are left alone; only the waits between attempts are cut short.
      if (signal && ms >= 10_000) return systemClock.sleep(ms, signal)
      waits.push(ms)
      return Promise.resolve()
    },
  }
  const failure = await session({ port }, {}, { clock, random: () => 0.5 }).catch((error: unknown) => error)
  expect(failure).toMatchObject({ exitCode: 69 })
  expect(String(failure)).toContain(
    `127.0.0.1:${port} (attempts: 3; the last: connect ECONNREFUSED 127.0.0.1:${port})`,
  )
  expect(String(failure)).toContain('7497 paper; Gateway 4001 live')
  expect(waits).toEqual([1000, 2000])
})

test('when the gateway goes away, open and later requests reject with the reason, and a cancel resolves', async () => {
  const simulator = await gateway({ answerMedianMs: 60_000 })
  const gate = await session(simulator)
  const open = await gate.subscribe(subscribable(SPY), silent)
  const lookup = gate.contractDetails({ symbol: 'SPY', secType: 'STK' })
  const outcome = expect(lookup).rejects.toMatchObject({
    name: 'SessionEnded',
    end: { reason: 'connection_lost' },
  })
  await until(() => simulator.stats().received.reqContractDetails === 1)
  await simulator.close()
  await outcome
  expect((await gate.ended).reason).toBe('connection_lost')
  expect(gate.isOpen).toBe(false)
  await open.cancel()
  await expect(gate.currentTime()).rejects.toThrow('the gateway session is over (connection_lost)')
  await expect(gate.subscribe(subscribable(SPY), silent)).rejects.toThrow('connection_lost')
})

test('a request without an answer times out alone, and its late answer is dropped', async () => {
  const gate = await session(await gateway({ answerMedianMs: 120, answerShape: 0 }), {
    contractDetailsTimeoutMs: 40,
  })
  await expect(gate.contractDetails({ symbol: 'SPY', secType: 'STK' })).rejects.toThrow(
    'contract details of SPY STK: no answer within 40 ms',
  )
  await systemClock.sleep(120)
  expect(gate.isOpen).toBe(true)
})

test('an aborted signal rejects a request that waits for a line, and closes a session that it was given to', async () => {
  const whole = new AbortController()
  const gate = await session(await gateway(), { lines: 1 }, { signal: whole.signal })
  await gate.subscribe(subscribable(SPY), silent)
  const one = new AbortController()
  const waiting = gate.subscribe(subscribable(VIX), silent, one.signal)
  one.abort(new Error('deadline'))
  await expect(waiting).rejects.toThrow('deadline')
  whole.abort()
  expect(await gate.ended).toMatchObject({ reason: 'aborted' })
})

test('a receiver that throws ends its session as a defect, not the process', async () => {
  const gate = await session(await gateway())
  const onTick = () => {
    throw new TypeError('not a fold')
  }
  await gate.subscribe(subscribable(SPY), { ...silent, onTick })
  expect(await gate.ended).toMatchObject({ reason: 'defect', message: 'a receiver failed: not a fold' })
})

test('a session knows whether data can come, also what it was told while it connected', async () => {
  const simulator = await gateway({ updateIntervalMs: 20 })
  const repair = simulator.inject({ kind: 'farm_broken' })
  const gate = await session(simulator)
  expect(gate.origin).toBe('simulated')
  expect(gate.dataFlow.blocked()).toMatchObject({
    reason: 'farm_broken',
    message: 'Market data farm connection is broken:optionlake-simulator',
  })
  repair()
  await until(() => gate.dataFlow.blocked() === null)

  let changes = 0
  gate.dataFlow.onChange(() => {
    changes += 1
  })
  const restore = simulator.inject({ kind: 'server_lost', streams: 'unsaid' })
  await until(() => gate.dataFlow.blocked()?.reason === 'server_lost')
  restore()
  await systemClock.sleep(1_050)
  expect(gate.dataFlow.blocked()).not.toBeNull()
  // A new stream is served, and its data overrule the notice.
  await gate.subscribe(subscribable(QUOTED), silent)
  await until(() => gate.dataFlow.blocked() === null)
  expect(changes).toBe(2)
})

test.each(['frozen', 'delayed', 'delayed_frozen'] as const)(
  'with marketDataType %s that kind is asked for once, before the first stream',
  async (marketDataType) => {
    const simulator = await gateway({ dataType: 'as_requested' })
    const gate = await session(simulator, { marketDataType })
    await gate.currentTime()
    expect(simulator.stats().received.reqMarketDataType).toBeUndefined()
    const ticks: Tick[] = []
    const onTick = (tick: Tick) => void ticks.push(tick)
    await Promise.all([SPY, QUOTED].map((one) => gate.subscribe(subscribable(one), { ...silent, onTick })))
    await until(() => ticks.filter(({ field }) => field === 'ask').length >= 2)
    const kinds = ticks.filter(({ field }) => field === 'dataType')
    expect(kinds).toEqual([
      { field: 'dataType', dataType: marketDataType },
      { field: 'dataType', dataType: marketDataType },
    ])
    expect(simulator.stats().received.reqMarketDataType).toBe(1)
  },
)

test('live data need not be asked for', async () => {
  const simulator = await gateway({ dataType: 'as_requested' })
  const gate = await session(simulator)
  const ticks: Tick[] = []
  const onTick = (tick: Tick) => void ticks.push(tick)
  await gate.subscribe(subscribable(SPY), { ...silent, onTick })
  await until(() => ticks.some(({ field }) => field === 'dataType'))
  expect(ticks[0]).toEqual({ field: 'dataType', dataType: 'live' })
  expect(simulator.stats().received.reqMarketDataType).toBeUndefined()
})
