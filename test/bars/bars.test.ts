import { expect, onTestFinished, test } from 'vitest'
import { barSources } from '../../src/bars/bar-targets.ts'
import { type Bars, type BarsContext, startBars } from '../../src/bars/bars.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { supervisorOptions } from '../../src/gateway/supervisor/options.ts'
import { openSupervisor } from '../../src/gateway/supervisor/supervisor.ts'
import type { Lake } from '../../src/lake/open.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { fastClock } from '../../src/market/fast-clock.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { calendarSessionOn } from '../../src/market/trade-dates.ts'
import { sessionDate } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import type { Market, SimContract } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { type SimulatorOptions, simulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { until } from '../daemon/simulated-daemon.ts'
import { temporaryLake } from '../lake/lakes.ts'

const DATE = sessionDate('2026-11-19')
const SPEED = 400

/** What the simulator quoted of one contract: the times at which it looked, and the last trade at each. */
type Quoted = Map<string, { readonly at: number; readonly last: number }[]>

/** The market, which also keeps what it quotes of the underlyings. */
function watched(market: Market, quoted: Quoted): Market {
  return {
    ...market,
    quote: (contract: SimContract, at) => {
      const quote = market.quote(contract, at)
      if (contract.secType !== 'OPT' && typeof quote.last === 'number') {
        const known = quoted.get(contract.symbol) ?? []
        known.push({ at, last: quote.last })
        quoted.set(contract.symbol, known)
      }
      return quote
    },
  }
}

async function openRig(
  at: string,
  rules: Partial<SimulatorOptions> = {},
  needs: Partial<BarsContext['needs']> = {},
) {
  const clock = fastClock(newYorkInstant(DATE, at), SPEED)
  const quoted: Quoted = new Map()
  const market = watched(syntheticMarket({ seed: 5, asOf: clock.now() }), quoted)
  const simulator = await startSimulator(
    market,
    simulatorOptions.parse({ underlyingUpdateIntervalMs: 5_000, ...rules }),
    { clock, seed: 5 },
  )
  onTestFinished(() => simulator.close())
  const supervisor = openSupervisor(
    gatewayOptions.parse({
      port: simulator.port,
      messagesPerSecond: 100,
      lines: 40,
      connectTimeoutMs: 600_000,
    }),
    { clock, options: supervisorOptions.parse({}) },
  )
  onTestFinished(() => supervisor.close())
  const lake = await temporaryLake(undefined, { clock })
  const sources = barSources(
    [instrumentNamed('SPY')],
    { indices: ['VIX', 'VVIX', 'NONE'], futures: 1 },
    (date, symbol) => calendarSessionOn(date, instrumentNamed(symbol).calendar),
  )
  const stop = new AbortController()
  const start = (): Bars => {
    const bars = startBars(sources, {
      ...{ supervisor, lake, clock, log: openLog('silent'), signal: stop.signal, rollDays: 0, lines: 40 },
      needs: {
        ...{ messagesPerSecond: 20, pacingWindowMs: 1_000, dwellMs: 1_000, symbols: 1, maxLines: null },
        ...needs,
      },
      isCycleRunning: () => false,
    })
    onTestFinished(async () => {
      stop.abort()
      await bars.close()
    })
    return bars
  }
  const end = async (bars: Bars) => {
    stop.abort()
    await bars.close()
  }
  return { clock, simulator, supervisor, lake, quoted, start, end }
}

const stored = (lake: Lake, symbol: string) => readRows(lake, UNDERLYING_BARS, { symbol })

/** The bars of what was quoted, without what each stream showed first. Quotes that did not change are not sent. */
function truth(quoted: Quoted, symbol: string) {
  const bars = new Map<number, { open: number; high: number; low: number; close: number; ticks: number }>()
  const all = quoted.get(symbol) ?? []
  all.forEach(({ at, last }, index) => {
    if (index === 0 || all[index - 1]?.last === last) return
    const startAt = Math.floor(at / 300_000) * 300_000
    const bar = bars.get(startAt)
    bars.set(startAt, {
      open: bar?.open ?? last,
      high: Math.max(bar?.high ?? last, last),
      low: Math.min(bar?.low ?? last, last),
      close: last,
      ticks: (bar?.ticks ?? 0) + 1,
    })
  })
  return bars
}

const figures = ({ open, high, low, close, ticks }: UnderlyingBarRow) => ({ open, high, low, close, ticks })

test('bars are those of what the gateway sent, and are stored as they end', async () => {
  const rig = await openRig('10:04:32')
  const bars = rig.start()
  await until(
    () => stored(rig.lake, 'SPY'),
    (rows) => rows.length >= 2,
    30_000,
  )
  await rig.end(bars)
  const whole = newYorkInstant(DATE, '10:05')
  for (const symbol of ['SPY', 'VIX', 'VVIX']) {
    const rows = await stored(rig.lake, symbol)
    const expected = truth(rig.quoted, symbol)
    const ended = rows.filter(({ timestamp }) => timestamp <= whole)
    for (const row of ended) expect(figures(row)).toEqual(expected.get(row.timestamp))
    expect(ended.at(-1)).toMatchObject({
      ...{ timestamp: whole, date: DATE, session: 'regular', data_type: 'live', coverage_seconds: 300 },
    })
    if (rows[0] !== ended.at(-1)) expect(rows[0]?.coverage_seconds).toBeLessThan(60)
  }
  expect((await stored(rig.lake, 'VIX'))[0]).toMatchObject({ kind: 'IND', price_basis: 'level' })
  expect(bars.status().unknown).toEqual(new Map([['NONE', 'the gateway lists no such contract']]))
})
