import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { chainCachePath, readChainCache } from '../../src/chain/chain-cache.ts'
import { openLake } from '../../src/lake/open.ts'
import { slots, stats } from '../../src/lake/query/stats.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS, MARKET_METRICS, SLOTS } from '../../src/lake/tables/small-tables.ts'
import { newYorkClock } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs } from '../../src/market/units.ts'
import { openSimulatedDaemon, type SimulatedDaemon, until } from './simulated-daemon.ts'

let simulated: SimulatedDaemon
afterEach(() => simulated.close())

async function read<T>(what: (lake: Awaited<ReturnType<typeof openLake>>) => Promise<T>): Promise<T> {
  const lake = await openLake(simulated.lake, { mode: 'read', clock: systemClock })
  try {
    return await what(lake)
  } finally {
    await lake.close()
  }
}
/** The events of the page's stream, each as its name and data, up to one that matches. */
async function eventsUntil(url: string, last: RegExp): Promise<string[]> {
  const stopped = new AbortController()
  const answer = await fetch(`${url}/api/events`, { signal: stopped.signal })
  let text = ''
  for await (const chunk of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    const events = [...text.matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map(
      ([, name, data]) => `${name} ${data}`,
    )
    if (events.some((event) => last.test(event))) {
      stopped.abort()
      return events
    }
  }
  throw new Error(`the stream ended after ${text}`)
}
const clockOf = (at: number) => newYorkClock(epochMs(at)).slice(0, 5)

/** What the ledger has of a session in which the first daemon was started at 10:02. */
const BEFORE_THE_START = ['09:30', '09:35', '09:40', '09:45', '09:50', '09:55'].map(
  (clock) => [clock, 'missing', 'not_running'] as const,
)

test('the current slot is collected at the start, with figures, history and healthy checks', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  const collector = await simulated.start()
  const told = eventsUntil(collector.url, /^figures /)
  await until(collector.stats, ({ slots }) => slots === 1)
  const ledger = await read((lake) => slots(lake))
  expect(ledger.map(({ timestamp, outcome, reason }) => [clockOf(timestamp), outcome, reason])).toEqual([
    ...BEFORE_THE_START,
    ['10:00', 'stored', null],
  ])
  const entry = ledger.at(-1)
  expect(entry?.rows).toBeGreaterThan(20)
  const figures = await until(
    () => read((lake) => readRows(lake, MARKET_METRICS)),
    (rows) => rows.length === 1,
  )
  expect(figures[0]).toMatchObject({ symbol: 'IWM', timestamp: entry?.timestamp })
  // In files of the table, where other engines find it.
  const inFiles = await until(
    () => read((lake) => readRows(lake, SLOTS)),
    (rows) => rows.some(({ outcome }) => outcome === 'stored'),
  )
  expect(inFiles).toEqual(ledger)
  const history = await until(
    () => read((lake) => readRows(lake, DAILY_OBSERVATIONS)),
    (rows) => ['VIX', 'IWM'].every((one) => rows.some(({ symbol }) => symbol === one)),
  )
  expect(history.filter(({ symbol }) => symbol === 'IWM').length).toBeGreaterThan(250)
  const { slot, figures: latest } = await until(
    () => collector.latestMarketData('IWM'),
    (answer) => answer.figures.iv_rank.observations > 250,
  )
  expect([slot, latest.iv_rank.source]).toEqual(['2026-11-19T15:00:00.000Z', 'ib_index'])
  await expect(collector.latestMarketData('NOPE')).rejects.toMatchObject({ exitCode: 64 })

  // An open page hears of each step, in this order.
  const steps = (await told).filter((event) => event.includes('T15:00')).map((event) => event.split(' ')[0])
  const named = ['cycle', 'slot', 'figures']
  expect([...new Set(steps)].filter((name) => named.includes(name as string))).toEqual(named)
  expect(collector.health('livez').status).toBe(200)
  expect(collector.health('health')).toMatchObject({ status: 200 })
  const metrics = await (await fetch(`${collector.url}/metrics`)).text()
  expect(metrics).toMatch(/optionlake_slots_total\{symbol="IWM",outcome="stored",reason="none"\} 1/)
})

test('before the open the chains are listed, and health and metrics show it', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '09:10')
  const collector = await simulated.start()
  const checkOf = () => collector.health('health').checks.find(({ name }) => name === 'chain')
  await until(checkOf, (check) => check?.reason === 'listed')
  expect(
    readChainCache(chainCachePath(join(simulated.lake, '.state', 'contracts'), 'IWM'))?.listings.size,
  ).toBe(1)
  expect((await collector.stats()).slots).toBe(0)
  const metrics = await (await fetch(`${collector.url}/metrics`)).text()
  expect(metrics).toContain('optionlake_chain_expirations{symbol="IWM",listed="today"} 1')
  expect(metrics).toMatch(/optionlake_chain_listing_seconds\{symbol="IWM"\} \d/)
})

test('a collection begun with seconds left of the slot is that of the next slot, once for all who asked', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:04:57')
  const collector = await simulated.start()
  const captured = await Promise.all([collector.collectOnce(), collector.collectOnce()])
  const reports = captured.flatMap((one) => one?.append.reports ?? [])
  expect(reports.map(({ timestamp, outcome }) => [clockOf(timestamp), outcome])).toEqual([
    ['10:05', 'stored'],
    ['10:05', 'stored'],
  ])
  expect(captured[0]).toBe(captured[1])
  const ledger = await read((lake) => slots(lake))
  expect(ledger.map(({ timestamp, reason, detail }) => [clockOf(timestamp), reason, detail])).toEqual([
    ...BEFORE_THE_START.map(([clock, , reason]) => [clock, reason, null]),
    ['10:00', 'deadline', expect.stringMatching(/the cycle began 29\d s late/)],
    ['10:05', null, null],
  ])
})

test('BRK B is collected, stored and served as BRK.B, whichever of the two is asked for', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  const collector = await simulated.start({ symbols: ['BRK B'] })
  await until(collector.stats, ({ slots }) => slots === 1)
  const entry = (await read((lake) => slots(lake))).at(-1)
  expect(entry).toMatchObject({ symbol: 'BRK.B', outcome: 'stored' })
  for (const name of ['BRK.B', 'BRK%20B']) {
    const answer = await fetch(`${collector.url}/api/chains/${name}/latest`)
    const { symbol, rows } = (await answer.json()) as { symbol: string; rows: unknown[] }
    expect([symbol, rows.length]).toEqual(['BRK.B', entry?.rows])
  }
  expect((await collector.latestMarketData('BRK B')).symbol).toBe('BRK.B')
})

test('slots that were missed while the daemon was stopped are recorded at the next start, and not collected', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  const first = await simulated.start()
  await until(first.stats, ({ slots }) => slots === 1)
  await first.stop()

  const later = await openSimulatedDaemon('2026-11-19', '10:31')
  const second = await later.start({ 'lake.folder': simulated.lake })
  await until(second.stats, ({ slots }) => slots === 2)
  await later.close()
  const ledger = await read((lake) => slots(lake))
  expect(ledger.map(({ timestamp, outcome, reason }) => [clockOf(timestamp), outcome, reason])).toEqual([
    ...BEFORE_THE_START,
    ['10:00', 'stored', null],
    ['10:05', 'missing', 'not_running'],
    ['10:10', 'missing', 'not_running'],
    ['10:15', 'missing', 'not_running'],
    ['10:20', 'missing', 'not_running'],
    ['10:25', 'missing', 'not_running'],
    ['10:30', 'stored', null],
  ])
  expect(await read((lake) => readRows(lake, SLOTS))).toEqual(ledger)
})

test('after the close of some options only the others are collected, and each has its own slots in the ledger', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '16:02')
  const collector = await simulated.start({ symbols: ['IWM', 'AAPL'], 'harvest.afterClose': true })
  await until(collector.stats, ({ slots }) => slots === 1)
  const captured = await collector.collectOnce()
  expect(captured?.append.reports.map(({ symbol, outcome }) => [symbol, outcome])).toEqual([
    ['IWM', 'stored'],
  ])
  const ledger = await read((lake) => slots(lake))
  const of = (symbol: string) => ledger.filter((entry) => entry.symbol === symbol)
  expect(of('AAPL').map(({ reason }) => reason)).toEqual(Array(78).fill('not_running'))
  expect(clockOf(of('AAPL').at(-1)?.timestamp ?? 0)).toBe('15:55')
  expect(of('IWM').map(({ reason }) => reason)).toEqual([...Array(78).fill('not_running'), null])
  expect(clockOf(of('IWM').at(-1)?.timestamp ?? 0)).toBe('16:00')
})

test('on a holiday nothing is collected, nothing is missing, and health is ok with the reason', async () => {
  simulated = await openSimulatedDaemon('2026-11-26', '11:00')
  const collector = await simulated.start()
  await new Promise((resolve) => setTimeout(resolve, 500))
  expect((await collector.stats()).rows).toBe(0)
  expect(await read((lake) => slots(lake))).toEqual([])
  const health = collector.health('health')
  expect(health.status).toBe(200)
  expect(health.checks.find(({ name }) => name === 'session')?.reason).toMatch(/no session|closed|next/)
  await expect(collector.collectOnce()).rejects.toThrow(/the market is closed/)
})

test('a gateway that restarts in the middle of a slot costs no contract', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02', { messagesPerSecond: 240, greeksMedianMs: 50 })
  const { simulator } = simulated
  const collector = await simulated.start({
    'gateway.messagesPerSecond': 120,
    'universe.strikeWindowFraction': 0.1,
    'supervisor.canarySilenceMs': 600_000,
  })
  await until(simulator.stats, ({ received }) => (received.cancelMktData ?? 0) > 10)
  const before = simulator.stats().received.reqMktData ?? 0
  simulator.inject({ kind: 'restart', seconds: 1 })
  await until(collector.stats, ({ slots }) => slots === 1, 30_000)
  const entry = (await read((lake) => slots(lake))).at(-1)
  expect(entry).toMatchObject({ outcome: 'stored', reason: null })
  expect(entry?.answered).toBe(entry?.requested)
  // It was in the middle indeed.
  expect(before).toBeLessThan(entry?.requested ?? 0)
}, 60_000)

test('the daemon starts without a gateway, and collects the slot once the gateway is up', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  simulated.simulator.inject({ kind: 'restart', seconds: 1.5 })
  const collector = await simulated.start({ clock: 'gateway' })
  await until(collector.stats, ({ slots }) => slots === 1, 30_000)
  expect((await read((lake) => slots(lake))).at(-1)?.outcome).toBe('stored')
}, 60_000)

test('a cycle that is stopped is stored within seconds as a partial slot', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02', { greeksMedianMs: 50 })
  const collector = await simulated.start({
    'gateway.messagesPerSecond': 60,
    'universe.strikeWindowFraction': 0.1,
  })
  const { stats: gatewayStats } = simulated.simulator
  await until(gatewayStats, ({ received }) => (received.cancelMktData ?? 0) > 20)
  const before = performance.now()
  await collector.stop()
  expect(performance.now() - before).toBeLessThan(5_000)
  const entry = (await read((lake) => slots(lake))).at(-1)
  expect(entry).toMatchObject({ outcome: 'partial', reason: 'stopped' })
  expect((await read((lake) => stats(lake))).rows).toBe(entry?.rows)
  expect(entry?.rows).toBeGreaterThan(5)
})

test("after the close, the session's own observation and the gateway's bars enter the history", async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '15:56')
  const first = await simulated.start()
  const rowsOf = () => read((lake) => readRows(lake, DAILY_OBSERVATIONS, { symbol: 'IWM' }))
  await until(first.stats, ({ slots }) => slots === 1)
  await until(rowsOf, (rows) => rows.length > 250)
  await first.stop()
  expect((await rowsOf()).some(({ date }) => date === '2026-11-19')).toBe(false)

  const evening = await openSimulatedDaemon('2026-11-19', '16:40')
  await evening.start({ 'lake.folder': simulated.lake })
  const rows = await until(
    rowsOf,
    // Closes and volatilities are stored one after the other.
    (all) => {
      const day = all.filter(({ date }) => date === '2026-11-19')
      return day.length === 2 && day.some(({ source, iv30 }) => source === 'ib_index' && iv30 !== null)
    },
    20_000,
  )
  await evening.close()
  const [own, ofGateway] = rows.filter(({ date }) => date === '2026-11-19')
  expect([own?.source, ofGateway?.source]).toEqual(['chain', 'ib_index'])
  expect(own?.close).toBeGreaterThan(100)
  expect(ofGateway?.iv30).toBeGreaterThan(0.05)
}, 60_000)

test('a second daemon on the same lake is refused with 75', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  await simulated.start()
  await expect(simulated.start({ 'gateway.clientId': 18 })).rejects.toMatchObject({ exitCode: 75 })
})
