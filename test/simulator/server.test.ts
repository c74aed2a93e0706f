import { type Contract, EventName, IBApi, OptionType, SecType, type WhatToShow } from '@stoqey/ib'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../../src/market/clock.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { type Simulator, startSimulator } from '../../src/simulator/server.ts'
import { EXPIRIES, OPTIONS, QUOTED, SPY, stubMarket, WINGED } from './stub-market.ts'

const closers: Array<() => void | Promise<void>> = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

/** Every event of one client, in order. */
interface TestClient {
  readonly api: IBApi
  readonly events: Array<[string, ...unknown[]]>
  /** Resolves with the first event of that name, past or future. */
  next(name: string, matches?: (...values: unknown[]) => boolean): Promise<unknown[]>
  all(name: string): unknown[][]
}

async function simulate(options: object = {}): Promise<Simulator> {
  const simulator = await startSimulator(stubMarket(), simulatorOptions.parse(options), {
    clock: systemClock,
    seed: 7,
  })
  closers.push(() => simulator.close())
  return simulator
}

function dial(simulator: Simulator, clientId = 1): TestClient {
  const api = new IBApi({ host: simulator.host, port: simulator.port, clientId, maxReqPerSec: 1e6 })
  const events: Array<[string, ...unknown[]]> = []
  const waiting = new Set<() => void>()
  for (const name of Object.values(EventName)) {
    if (name === EventName.all || name === EventName.received || name === EventName.sent) continue
    api.on(name as EventName.error, (...values: unknown[]) => {
      events.push([name, ...values])
      for (const check of waiting) check()
    })
  }
  closers.push(() => {
    api.disconnect()
  })
  const client: TestClient = {
    api,
    events,
    all: (name) => events.filter((event) => event[0] === name).map(([, ...values]) => values),
    next: (name, matches = () => true) =>
      new Promise((resolve) => {
        const check = () => {
          const found = client.all(name).find((values) => matches(...values))
          if (!found) return
          waiting.delete(check)
          resolve(found)
        }
        waiting.add(check)
        check()
      }),
  }
  api.connect()
  return client
}

async function connect(simulator: Simulator, clientId = 1): Promise<TestClient> {
  const client = dial(simulator, clientId)
  await client.next('info', (_text, code) => code === 2158)
  return client
}

const error = (client: TestClient, code: number, id: number) =>
  client.next('error', (_error, itsCode, itsId) => itsCode === code && itsId === id)

const smart = (conId: number): Contract => ({ conId, exchange: 'SMART' })
const pause = (ms: number) => systemClock.sleep(ms)

test('a client that connects gets its account, its next order id and the name of the simulated farm', async () => {
  const client = await connect(await simulate())
  expect(client.api.serverVersion).toBe(193)
  expect(client.all('managedAccounts')).toEqual([['DU1234567']])
  expect(client.all('nextValidId')).toEqual([[1]])
  expect(client.all('info').map(([text]) => text)).toContain(
    'Market data farm connection is OK:optionlake-simulator',
  )
})

test('contract details of one expiration list every contract, and a description that matches nothing is error 200', async () => {
  const client = await connect(await simulate())
  const chain = {
    symbol: 'SPY',
    secType: SecType.OPT,
    exchange: 'SMART',
    currency: 'USD',
    tradingClass: 'SPY',
  }
  client.api.reqContractDetails(11, { ...chain, lastTradeDateOrContractMonth: EXPIRIES[0] as string })
  client.api.reqContractDetails(12, { ...chain, lastTradeDateOrContractMonth: '20261219' })
  await client.next('contractDetailsEnd')
  await error(client, 200, 12)

  const details = client.all('contractDetails').map(([, found]) => found as Record<string, never>)
  expect(details).toHaveLength(200)
  expect(details[0]).toMatchObject({
    contract: {
      conId: QUOTED.conId,
      symbol: 'SPY',
      secType: 'OPT',
      lastTradeDateOrContractMonth: EXPIRIES[0],
      strike: 630,
      right: 'C',
      multiplier: 100,
      tradingClass: 'SPY',
      localSymbol: QUOTED.localSymbol,
    },
    minTick: 0.01,
    underConId: SPY.conId,
    underSymbol: 'SPY',
    underSecType: 'STK',
    longName: 'SPDR® S&P 500 ETF',
    contractMonth: '202612',
    timeZoneId: 'US/Eastern',
    liquidHours: '20261120:0930-20261120:1615',
  })
  expect(client.all('error')).toHaveLength(1)
})

test('a month matches all of its expirations, and a month with right and strike one contract of each', async () => {
  const client = await connect(await simulate())
  client.api.reqContractDetails(1, {
    symbol: 'SPY',
    secType: SecType.OPT,
    lastTradeDateOrContractMonth: '202612',
    strike: 650,
    right: OptionType.Put,
  })
  await client.next('contractDetailsEnd')
  expect(client.all('contractDetails')).toHaveLength(2)
})

test('the chain parameters list expirations and strikes once, and an unknown contract id is refused', async () => {
  const client = await connect(await simulate())
  client.api.reqSecDefOptParams(5, 'SPY', '', SecType.STK, SPY.conId)
  client.api.reqSecDefOptParams(6, 'SPY', '', SecType.STK, 99)
  await client.next('securityDefinitionOptionParameterEnd')
  await error(client, 321, 6)
  const [row] = client.all('securityDefinitionOptionParameter')
  expect(row?.slice(0, 6)).toEqual([5, 'SMART', SPY.conId, 'SPY', 100, EXPIRIES])
  expect(row?.[6]).toHaveLength(100)
})

test('an option stream brings quote, open interest and greeks in the order of a gateway', async () => {
  const client = await connect(await simulate())
  client.api.reqMktData(21, smart(QUOTED.conId), '101', false, false)
  await client.next('tickOptionComputation')

  const kinds = client.events.filter(([, id]) => id === 21).map(([name, , type]) => `${name} ${type}`)
  const prices = kinds.filter((kind) => kind.startsWith('tickPrice'))
  expect(kinds.slice(0, 2)).toEqual(['marketDataType 1', 'tickReqParams 0'])
  expect(prices).toEqual(['tickPrice 1', 'tickPrice 2', 'tickPrice 4', 'tickPrice 9'])
  expect(kinds.at(-1)).toBe('tickOptionComputation 13')
  const sizes = new Map(client.all('tickSize').map(([, type, size]) => [type, size]))
  expect(sizes.get(0)).toBe(12)
  expect(sizes.get(3)).toBe(15)
  expect(sizes.get(8)).toBe(42)
  expect([sizes.get(27), sizes.get(28)]).toEqual([1_234, 0])
  expect(client.all('tickOptionComputation')[0]?.slice(3)).toEqual([
    0.1842,
    0.51,
    5.05,
    undefined,
    undefined,
    0.62,
    -0.21,
    680,
  ])
})

test('a side without a quote is −1 with size 0, and values unknown to the market are never sent', async () => {
  const client = await connect(await simulate({ updateIntervalMs: 20 }))
  client.api.reqMktData(22, smart(WINGED.conId), '101', false, false)
  await client.next('tickSize', (_id, type) => type === 28)
  await pause(60)
  expect(client.all('tickPrice').map(([, type, price]) => [type, price])).toEqual([
    [1, -1],
    [2, 0.01],
  ])
  const sizes = client.all('tickSize').map(([, type, size]) => [type, size])
  expect(sizes).toContainEqual([0, 0])
  expect(sizes).toContainEqual([28, 5])
  expect(sizes.filter(([type]) => type === 8)).toEqual([])
  expect(client.all('tickOptionComputation')).toEqual([])
})

test('open interest and the 30-day volatility come only when requested', async () => {
  const client = await connect(await simulate())
  client.api.reqMktData(31, smart(QUOTED.conId), '', false, false)
  client.api.reqMktData(32, smart(SPY.conId), '106', false, false)
  await client.next('tickOptionComputation')
  await client.next('tickGeneric')
  expect(client.all('tickGeneric')).toEqual([[32, 24, 0.1625]])
  expect(client.all('tickSize').filter(([, type]) => type === 27 || type === 28)).toEqual([])
})

test('an open stream sends changes until it is cancelled; cancelling again is error 300', async () => {
  const simulator = await simulate({ updateIntervalMs: 20, underlyingUpdateIntervalMs: 20 })
  const client = await connect(simulator)
  client.api.reqMktData(41, smart(SPY.conId), '', false, false)
  await client.next('tickPrice', () => client.all('tickPrice').filter(([, type]) => type === 1).length >= 4)
  expect(client.all('tickPrice').filter(([, type]) => type === 9)).toHaveLength(1)

  client.api.cancelMktData(41)
  client.api.cancelMktData(41)
  await error(client, 300, 41)
  const sofar = client.all('tickPrice').length
  await pause(80)
  expect(client.all('tickPrice')).toHaveLength(sofar)
  expect(simulator.stats().lines).toBe(0)
})

test('a snapshot ends once complete, and after its time-out when greeks never come', async () => {
  const simulator = await simulate({ snapshotTimeoutMs: 150 })
  const client = await connect(simulator)
  const startedAt = performance.now()
  client.api.reqMktData(51, smart(QUOTED.conId), '', true, false)
  client.api.reqMktData(52, smart(WINGED.conId), '', true, false)
  await client.next('tickSnapshotEnd', (id) => id === 51)
  expect(client.all('tickOptionComputation').map(([id]) => id)).toEqual([51])
  expect(simulator.stats().lines).toBe(1)
  await client.next('tickSnapshotEnd', (id) => id === 52)
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(145)
  client.api.cancelMktData(52)
  await error(client, 300, 52)
})

test('delayed data have the delayed tick types, whatever was requested', async () => {
  const client = await connect(await simulate({ dataType: 'delayed' }))
  client.api.reqMarketDataType(1)
  client.api.reqMktData(61, smart(QUOTED.conId), '', false, false)
  await client.next('tickOptionComputation', (_id, type) => type === 83)
  expect(client.all('marketDataType')).toEqual([[61, 3]])
  expect(client.all('tickPrice').map(([, type]) => type)).toEqual([66, 67, 68, 75])
})

test('the model greeks of a random share of contracts never come, the same ones for the same seed', async () => {
  const withGreeks = async () => {
    const client = await connect(await simulate({ missingGreeksFraction: 0.5, greeksMedianMs: 5 }))
    OPTIONS.slice(2, 42).forEach((option, i) => {
      client.api.reqMktData(100 + i, smart(option.conId), '', false, false)
    })
    const quoted = () => new Set(client.all('tickPrice').map(([id]) => id)).size
    await expect.poll(quoted).toBe(40)
    await pause(150)
    return client.all('tickOptionComputation').map(([id]) => id as number)
  }
  const first = (await withGreeks()).sort()
  expect(first.length).toBeGreaterThan(5)
  expect(first.length).toBeLessThan(35)
  expect((await withGreeks()).sort()).toEqual(first)
})

test('invalid requests are refused with the code of the reason, and take no line', async () => {
  const simulator = await simulate()
  const client = await connect(simulator)
  client.api.reqMktData(1, smart(SPY.conId), '', false, false)
  client.api.reqMktData(1, smart(SPY.conId), '', false, false)
  client.api.reqMktData(2, smart(424_242), '', false, false)
  client.api.reqMktData(3, smart(QUOTED.conId), '104', false, false)
  client.api.reqMktData(4, smart(QUOTED.conId), '101', true, false)
  client.api.reqMktData(5, { conId: QUOTED.conId }, '', false, false)
  client.api.reqMktData(6, { symbol: 'SPY', secType: SecType.OPT, exchange: 'SMART' }, '', false, false)
  client.api.cancelMktData(7)
  await error(client, 300, 7)
  expect(client.all('error').map(([, code, id]) => [id, code])).toEqual([
    [1, 322],
    [2, 200],
    [3, 321],
    [4, 321],
    [5, 321],
    [6, 200],
    [7, 300],
  ])
  expect(simulator.stats()).toMatchObject({ lines: 1, peakLines: 1 })
})

test('all clients share the lines: one too many is error 101, and a cancelled one is free again', async () => {
  const simulator = await simulate({ lines: 3 })
  const [one, two] = [await connect(simulator, 1), await connect(simulator, 2)]
  one.api.reqMktData(1, smart(SPY.conId), '', false, false)
  one.api.reqMktData(2, smart(QUOTED.conId), '', false, false)
  await one.next('tickReqParams', (id) => id === 2)
  two.api.reqMktData(1, smart(WINGED.conId), '', false, false)
  two.api.reqMktData(2, smart(QUOTED.conId), '', false, false)
  await error(two, 101, 2)
  one.api.cancelMktData(2)
  one.api.reqCurrentTime()
  await one.next('currentTime')
  two.api.reqMktData(2, smart(QUOTED.conId), '', false, false)
  await two.next('tickReqParams', (id) => id === 2)
  expect(simulator.stats()).toMatchObject({ lines: 3, peakLines: 3, error101: 1, clients: 2 })

  two.api.disconnect()
  await two.next('disconnected')
  await pause(20)
  expect(simulator.stats()).toMatchObject({ lines: 1, clients: 1 })
})

test('messages above the rate are error 100 and not served, and the third of them ends the connection', async () => {
  const simulator = await simulate({ messagesPerSecond: 20 })
  const client = await connect(simulator)
  for (let i = 0; i < 22; i++) client.api.reqCurrentTime()
  await pause(50)
  expect(client.all('currentTime')).toHaveLength(20)
  expect(client.all('info').filter(([, code]) => code === 100)).toHaveLength(2)
  expect(client.api.isConnected).toBe(true)

  client.api.cancelMktData(9)
  await client.next('disconnected')
  expect(client.all('error').map(([, code, id]) => [code, id])).toEqual([[100, 9]])
  expect(simulator.stats()).toMatchObject({ error100: 3, peakMessagesPerSecond: 23, droppedForRate: 1 })
})

test('a client id that is in use is error 326 and a closed connection; the first client stays', async () => {
  const simulator = await simulate()
  const first = await connect(simulator, 17)
  const second = dial(simulator, 17)
  await second.next('info', (_text, code) => code === 326)
  await second.next('disconnected')
  first.api.reqCurrentTime()
  await first.next('currentTime')

  first.api.disconnect()
  await pause(20)
  await connect(simulator, 17)
})

test('daily bars come oldest first with their end, and a contract without bars is error 162', async () => {
  const client = await connect(await simulate())
  const spy: Contract = { symbol: 'SPY', secType: SecType.STK, exchange: 'SMART', currency: 'USD' }
  const vix: Contract = { symbol: 'VIX', secType: SecType.IND, exchange: 'CBOE', currency: 'USD' }
  const ask = (id: number, contract: Contract, what: string, size = '1 day') =>
    client.api.reqHistoricalData(
      id,
      contract,
      '20260115 17:00:00',
      '10 D',
      size as never,
      what as WhatToShow,
      1,
      1,
      false,
    )
  ask(1, spy, 'TRADES')
  ask(2, vix, 'OPTION_IMPLIED_VOLATILITY')
  ask(3, spy, 'TRADES', '7 mins')
  await client.next('historicalData', (_id, date) => String(date).startsWith('finished'))
  await error(client, 162, 2)
  await error(client, 321, 3)
  const bars = client.all('historicalData')
  expect(bars).toHaveLength(11)
  expect(bars[0]?.slice(0, 7)).toEqual([1, '20260102', 1, 3, 0.5, 2, 10])
})

test('the lists that clients wait for after connecting are empty and end', async () => {
  const client = await connect(await simulate())
  client.api.reqPositions()
  client.api.reqOpenOrders()
  client.api.reqCompletedOrders(false)
  client.api.reqAccountUpdates(true, 'DU1234567')
  client.api.reqAccountUpdatesMulti(71, 'DU1234567', '', false)
  client.api.reqExecutions(72, {})
  await Promise.all([
    client.next('positionEnd'),
    client.next('openOrderEnd'),
    client.next('completedOrdersEnd'),
    client.next('accountDownloadEnd', (account) => account === 'DU1234567'),
    client.next('accountUpdateMultiEnd'),
    client.next('execDetailsEnd', (id) => id === 72),
  ])
  expect(client.all('error')).toEqual([])
})

test('a port in use is a failure that names it', async () => {
  const simulator = await simulate()
  await expect(simulate({ port: simulator.port })).rejects.toThrow(
    `simulator cannot listen on 127.0.0.1:${simulator.port}: choose another port, or 0 for a free one`,
  )
})
