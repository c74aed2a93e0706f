import { afterEach, expect, test } from 'vitest'
import { clockFrom } from '../../../src/market/clock.ts'
import { fastClock } from '../../../src/market/fast-clock.ts'
import { epochMs } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { syntheticMarket } from '../../../src/simulator/market/synthetic/synthetic.ts'
import { type SimulatorOptions, simulatorOptions } from '../../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts'
import { isError, isMessage, type RawClient, rawClient } from '../raw-client.ts'
import { EXPIRIES, OPTIONS, QUOTED, SPY, stubMarket, VIX, WINGED } from '../stub-market.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

/** Three times as fast as the wall clock; slower when the machine is busy. */
const clock = fastClock(epochMs(Date.UTC(2026, 10, 20, 17)), 3)

async function simulate(options: Partial<SimulatorOptions> = {}, market = stubMarket()): Promise<Simulator> {
  const fast = { updateIntervalMs: 10, underlyingUpdateIntervalMs: 10, ...options }
  const simulator = await startSimulator(market, simulatorOptions.parse(fast), {
    clock,
    seed: 7,
  })
  lifetime.onClose(() => simulator.close())
  return simulator
}

async function client(simulator: Simulator, clientId = 1): Promise<RawClient> {
  const raw = await rawClient(simulator, clientId)
  lifetime.onClose(() => raw.close())
  return raw
}

const pause = (ms: number) => clock.sleep(ms)
const isQuote = (requestId: number, type: number) => (fields: readonly string[]) =>
  isMessage(1, requestId)(fields) && Number(fields[3]) === type
const quotes = (raw: RawClient, requestId: number) => raw.frames().filter(isMessage(1, requestId))
const chain = (requestId: number, conId = SPY.conId) => [78, requestId, 'SPY', '', 'STK', conId] as const

test('a broken farm of another market is reported by its name, at once and at connect, and data continue', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  raw.stream(1, QUOTED.conId)
  const recover = simulator.inject({ kind: 'farm_broken', name: 'eufarm' })
  const [notice] = await raw.until(isError(-1, 2103))
  expect(notice?.[4]).toBe('Market data farm connection is broken:eufarm')
  const late = await client(simulator, 2)
  late.stream(1, QUOTED.conId)
  await late.until(isQuote(1, 1))
  await late.until(isError(-1, 2103))
  expect(late.errors(-1)).toEqual([
    [2104, 'Market data farm connection is OK:optionlake-simulator'],
    [2106, 'HMDS data farm connection is OK:optionlake-simulator'],
    [2158, 'Sec-def data farm connection is OK:optionlake-simulator'],
    [2103, 'Market data farm connection is broken:eufarm'],
  ])
  const before = quotes(raw, 1).length
  await pause(80)
  expect(quotes(raw, 1).length).toBeGreaterThan(before)
  recover()
  await raw.until(isError(-1, 2104), 2)
  expect(raw.errors(-1).at(-1)?.[1]).toBe('Market data farm connection is OK:eufarm')
})

test('a broken farm of US options stops the data whatever its name is', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  simulator.inject({ kind: 'farm_broken', name: 'usopt' })
  raw.stream(1, QUOTED.conId)
  await raw.until(isMessage(58, 1))
  await pause(80)
  expect(quotes(raw, 1)).toEqual([])
})

test('notices at connect follow those of the simulated farms', async () => {
  const text = 'Market data farm connection is inactive but should be available upon demand.cashfarm'
  const raw = await client(await simulate({ noticesAtConnect: [{ code: 2108, text }] }))
  await raw.until(isError(-1, 2108))
  expect(raw.errors(-1).map(([code]) => code)).toEqual([2104, 2106, 2158, 2108])
  expect(raw.errors(-1)[0]?.[1]).toContain('optionlake-simulator')
})

test('the gateway can tell a time that is ahead of the clock', async () => {
  const raw = await client(await simulate({ clockOffsetSeconds: 40 }))
  raw.send(49, 1)
  const [answer] = await raw.until(([kind]) => kind === '49')
  expect(Number(answer?.[2]) - clock.now() / 1_000).toBeGreaterThan(37)
  expect(Number(answer?.[2]) - clock.now() / 1_000).toBeLessThan(42)
})

test('contract details have a latency of their own, and their rows can come one after another', async () => {
  const simulator = await simulate({ detailsMedianMs: 600, detailsShape: 0, detailsRowMs: 2 })
  const raw = await client(simulator)
  const startedAtMs = clock.monotonicMs()
  raw.details(1, { symbol: 'SPY', expiry: EXPIRIES[0] as string })
  raw.send(...chain(2))
  await raw.until(([kind, id]) => kind === '76' && id === '2')
  expect(raw.frames().filter(([kind]) => kind === '10')).toEqual([])
  await raw.until(isMessage(10, 1, 1))
  expect(clock.monotonicMs() - startedAtMs).toBeGreaterThan(590)
  expect(raw.frames().filter(isMessage(10, 1, 1)).length).toBeLessThan(200)
  await raw.until(isMessage(52, 1))
  expect(raw.frames().filter(isMessage(10, 1, 1))).toHaveLength(200)
})

test('rows of contract details wait for a broken farm of definitions, and then go on', async () => {
  const simulator = await simulate({ detailsRowMs: 2 })
  const raw = await client(simulator)
  raw.details(1, { symbol: 'SPY', expiry: EXPIRIES[0] as string })
  await raw.until(isMessage(10, 1, 1))
  const recover = simulator.inject({ kind: 'farm_broken', farm: 'definitions' })
  await pause(30)
  const during = raw.frames().filter(isMessage(10, 1, 1)).length
  await pause(60)
  expect(raw.frames().filter(isMessage(10, 1, 1))).toHaveLength(during)
  recover()
  await raw.until(isMessage(52, 1))
  expect(raw.frames().filter(isMessage(10, 1, 1))).toHaveLength(200)
})

test.each([
  ['unknown', 200],
  ['refused', 203],
] as const)(
  'lookups of a symbol that is %s get error %i, those of another are answered',
  async (how, code) => {
    const simulator = await simulate()
    const raw = await client(simulator)
    const over = simulator.inject({ kind: 'symbol_trouble', symbol: 'SPY', how })
    raw.details(1, { symbol: 'SPY', secType: 'STK' })
    raw.details(2, SPY.conId)
    raw.send(...chain(3))
    raw.details(4, VIX.conId)
    await raw.until(isMessage(10, 4, 1))
    await raw.until(isError(1, code))
    await raw.until(isError(2, code))
    await raw.until(isError(3, code))
    over()
    raw.details(5, SPY.conId)
    await raw.until(isMessage(10, 5, 1))
  },
)

test('lookups of a symbol in trouble are never answered, or after 40 seconds', async () => {
  const clock = fastClock(epochMs(Date.UTC(2026, 10, 20, 14)), 200)
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse({}), { clock, seed: 7 })
  lifetime.onClose(() => simulator.close())
  const raw = await client(simulator)
  const over = simulator.inject({ kind: 'symbol_trouble', symbol: 'SPY', how: 'unanswered' })
  raw.details(1, SPY.conId)
  await pause(20)
  over()
  simulator.inject({ kind: 'symbol_trouble', symbol: 'SPY', how: 'slow' })
  const askedAtMs = clock.monotonicMs()
  raw.details(2, SPY.conId)
  await raw.until(isMessage(10, 2, 1))
  expect(clock.monotonicMs() - askedAtMs).toBeGreaterThan(39_000)
  await pause(50)
  expect(raw.frames().filter(isMessage(10, 1, 1))).toEqual([])
})

test('lines that other programs hold are refused with 101 until they are free again', async () => {
  const simulator = await simulate({ lines: 3 })
  const raw = await client(simulator)
  const release = simulator.inject({ kind: 'lines_taken', count: 2 })
  raw.stream(1, QUOTED.conId)
  raw.stream(2, WINGED.conId)
  await raw.until(isError(2, 101))
  expect(raw.errors(1)).toEqual([])
  release()
  raw.stream(3, WINGED.conId)
  await raw.until(isQuote(3, 2))
})

test('a share of the options is silent, always the same ones, and the underlying is not', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  simulator.inject({ kind: 'silent_options', fraction: 0.25 })
  const asked = OPTIONS.slice(2, 102)
  for (const [at, { conId }] of asked.entries()) raw.stream(100 + at, conId)
  raw.stream(99, SPY.conId)
  await raw.until(isQuote(99, 1))
  await pause(150)
  const silent = asked.filter((_, at) => quotes(raw, 100 + at).length === 0)
  expect(silent.length).toBeGreaterThan(10)
  expect(silent.length).toBeLessThan(40)
  const again = await client(simulator, 2)
  for (const [at, { conId }] of silent.entries()) again.stream(100 + at, conId)
  await pause(80)
  expect(again.frames().filter(([kind]) => kind === '1')).toEqual([])
})

test('no option has a bid: the sentinel and size 0, beside its ask', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  simulator.inject({ kind: 'no_bids' })
  raw.stream(1, QUOTED.conId)
  raw.stream(2, SPY.conId)
  await raw.until(isQuote(1, 2))
  const [bid] = raw.frames().filter(isQuote(1, 1))
  expect(bid?.slice(3, 6)).toEqual(['1', '-1', '0'])
  const [stock] = await raw.until(isQuote(2, 1))
  expect(Number(stock?.[4])).toBeGreaterThan(0)
})

test('the kind of data changes for open streams and new ones, and back', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  raw.stream(1, QUOTED.conId)
  await raw.until(isQuote(1, 1))
  const over = simulator.inject({ kind: 'data_type', dataType: 'delayed' })
  await raw.until(isQuote(1, 66))
  raw.stream(2, QUOTED.conId)
  await raw.until(isQuote(2, 66))
  over()
  await raw.until(isMessage(58, 1), 3)
  const kinds = (id: number) =>
    raw
      .frames()
      .filter(isMessage(58, id))
      .map((fields) => fields[3])
  expect(kinds(1)).toEqual(['1', '3', '1'])
  expect(kinds(2)[0]).toBe('3')
})

test('the kind of data is the one requested last, if the gateway has it', async () => {
  const raw = await client(await simulate({ dataType: 'as_requested' }))
  for (const [at, type] of [1, 2, 3, 4].entries()) {
    raw.send(59, 1, type)
    raw.stream(at + 1, QUOTED.conId)
    await raw.until(isQuote(at + 1, type > 2 ? 66 : 1))
  }
  raw.send(59, 1, 5)
  await raw.until(isError(-1, 321))
  raw.stream(5, QUOTED.conId)
  await raw.until(isMessage(58, 5))
  const kinds = raw.frames().filter(([kind]) => kind === '58')
  expect(kinds.map((fields) => fields[3])).toEqual(['1', '2', '3', '4', '4'])
})

test('a notice goes once to the session, or to every new option stream, whose data come all the same', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  simulator.inject({ kind: 'notice', code: 10_999, text: 'What nobody has heard of' })
  await raw.until(isError(-1, 10_999))
  simulator.inject({ kind: 'notice', code: 2_137, text: 'Cross side warning', to: 'streams' })
  raw.stream(1, QUOTED.conId)
  raw.stream(2, SPY.conId)
  await raw.until(isQuote(1, 1))
  await raw.until(isQuote(2, 1))
  expect(raw.errors(1)).toEqual([[2137, 'Cross side warning']])
  expect(raw.errors(2)).toEqual([])
  expect(raw.errors(-1).filter(([code]) => code === 2137)).toEqual([])
})

test('history is refused for one item alone', async () => {
  const simulator = await simulate()
  const raw = await client(simulator)
  simulator.inject({ kind: 'history_refused', symbol: 'SPY', what: 'OPTION_IMPLIED_VOLATILITY' })
  const ask = (requestId: number, conId: number, what: string) => {
    const contract = [conId, '', '', '', '0.0', '', '', '', '', '', '', '']
    raw.send(20, requestId, ...contract, 0, '', '1 day', '3 D', 1, what, 1, 0, '')
  }
  ask(1, SPY.conId, 'OPTION_IMPLIED_VOLATILITY')
  ask(2, SPY.conId, 'TRADES')
  await raw.until(isError(1, 162))
  await raw.until(isMessage(17, 2, 1))
})

test('strikes and the expiration of the day that are listed late appear once they are', async () => {
  const openAt = epochMs(Date.UTC(2026, 10, 20, 14, 30))
  const clock = clockFrom(openAt)
  const market = syntheticMarket({ seed: 7, asOf: openAt })
  const simulator = await startSimulator(market, simulatorOptions.parse({}), { clock, seed: 7 })
  lifetime.onClose(() => simulator.close())
  const raw = await client(simulator)
  const list = async (requestId: number, expiry: string) => {
    raw.details(requestId, { symbol: 'SPY', expiry })
    await raw.until((fields) => isMessage(52, requestId)(fields) || isError(requestId, 200)(fields))
    return raw.frames().filter(isMessage(10, requestId, 1)).length
  }
  const expirations = async (requestId: number) => {
    raw.send(...chain(requestId))
    await raw.until(([kind, id]) => kind === '76' && Number(id) === requestId)
    return raw
      .frames()
      .filter(isMessage(75, requestId, 1))
      .flat()
  }
  const all = await list(1, '20261127')
  const over = simulator.inject({ kind: 'late_listing', strikesFraction: 0.2, today: true })
  const early = await list(2, '20261127')
  expect(early / all).toBeGreaterThan(0.65)
  expect(early / all).toBeLessThan(0.95)
  expect(await list(3, '20261120')).toBe(0)
  expect(await expirations(4)).not.toContain('20261120')
  over()
  expect(await list(5, '20261127')).toBe(all)
  expect(await list(6, '20261120')).toBeGreaterThan(0)
  expect(await expirations(7)).toContain('20261120')
})

test('the mark price comes only when generic tick 232 is requested', async () => {
  const raw = await client(await simulate())
  raw.stream(1, QUOTED.conId, '232')
  raw.stream(2, QUOTED.conId, '101')
  raw.stream(3, SPY.conId, '232')
  for (const id of [1, 3]) await raw.until(isQuote(id, 37))
  await raw.until(isMessage(21, 2, 1))
  expect(raw.frames().filter(isQuote(1, 37))[0]?.[4]).toBe('5.05')
  expect(raw.frames().filter(isQuote(2, 37))).toEqual([])
})
