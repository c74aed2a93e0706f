import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { barSources } from '../../src/bars/bar-targets.ts'
import { startBars } from '../../src/bars/bars.ts'
import { formatTable } from '../../src/commands/terminal/table.ts'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { supervisorOptions } from '../../src/gateway/supervisor/options.ts'
import { openSupervisor } from '../../src/gateway/supervisor/supervisor.ts'
import { openLake } from '../../src/lake/open.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { newYorkInstant, newYorkTime } from '../../src/market/calendar.ts'
import { instrumentNamed } from '../../src/market/instruments.ts'
import { calendarSessionOn } from '../../src/market/trade-dates.ts'
import { epochMs, sessionDate } from '../../src/market/units.ts'
import { openLog } from '../../src/process/log.ts'
import type { Market } from '../../src/simulator/market/market.ts'
import { dailyMarket } from '../../src/simulator/market/synthetic/daily.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'
import { BAR_MS, type UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { manualClock } from '../support/manual-clock.ts'
import type { Campaign, CampaignOptions } from './campaign.ts'

/** Between two updates of a stream of the simulator; each is one step of the clock. */
const STEP_MS = 5_000
const ROLL_DAYS = 4
/** A run of the daemon's streams that ends without its last write loses at most so many intervals. */
const LOST_INTERVALS = 2

interface TrueBar {
  readonly open: number
  readonly high: number
  readonly low: number
  readonly close: number
  readonly ticks: number
}

/** What the simulator quoted of a contract: plain bars of the prices that differ from the one before. */
interface Quoted {
  last: number
  readonly bars: Map<number, TrueBar>
}

interface Span {
  readonly from: string
  readonly to: string
  /** New York times of the first day at which all connections are dropped. */
  readonly dropsAt: readonly string[]
  /** When the process dies, without storing what it has. */
  readonly killAt: string
}

const FULL: Span = {
  from: '2026-12-11 15:02',
  to: '2026-12-14 16:31',
  dropsAt: ['2026-12-11 15:31', '2026-12-13 19:02', '2026-12-14 10:13'],
  killAt: '2026-12-14 11:07',
}
const QUICK: Span = {
  from: '2026-12-13 17:55',
  to: '2026-12-13 18:48',
  dropsAt: ['2026-12-13 18:12'],
  killAt: '2026-12-13 18:27',
}

/** Adds a price to the bars. The first of a stream shows the state of before, and is in none. */
function addPrice(quoted: Quoted | undefined, last: number, at: number): Quoted {
  if (quoted === undefined) return { last, bars: new Map() }
  if (quoted.last === last) return quoted
  quoted.last = last
  const startAt = Math.floor(at / BAR_MS) * BAR_MS
  const bar = quoted.bars.get(startAt)
  quoted.bars.set(startAt, {
    open: bar?.open ?? last,
    high: Math.max(bar?.high ?? last, last),
    low: Math.min(bar?.low ?? last, last),
    close: last,
    ticks: (bar?.ticks ?? 0) + 1,
  })
  return quoted
}

/** Memory in use once the garbage is collected, MB. */
function heapMb(): number {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 1e6
}

function instant(text: string): number {
  const [date = '', time = ''] = text.split(' ')
  return newYorkInstant(sessionDate(date), time)
}

function isEqual(row: UnderlyingBarRow, bar: object): boolean {
  return Object.entries(bar).every(([name, value]) => row[name as keyof UnderlyingBarRow] === value)
}

/** Streams SPY, ES and the volatility indices over a weekend with a roll, and compares every bar. */
export async function runBars(span: Span) {
  const clock = manualClock(epochMs(instant(span.from)))
  const quoted = new Map<number, Quoted>()
  let streaming = new Set<number>()
  const market = dailyMarket(11, clock)
  const watched: Market = {
    ...market,
    quote: (contract, at) => {
      const quote = market.quote(contract, at)
      if (contract.secType === 'OPT' || contract.secType === 'FOP' || typeof quote.last !== 'number')
        return quote
      const known = quoted.get(contract.conId)
      const opens = !streaming.has(contract.conId)
      if (known && opens) known.last = quote.last
      else quoted.set(contract.conId, addPrice(known, quote.last, at))
      streaming.add(contract.conId)
      return quote
    },
  }
  const rules = simulatorOptions.parse({ underlyingUpdateIntervalMs: STEP_MS, firstQuoteMedianMs: 1 })
  const simulator = await startSimulator(watched, rules, { clock, seed: 11 })
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-bars-'))
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  const sources = barSources(
    ['SPY', 'ES'].map(instrumentNamed),
    { indices: ['VIX', 'VIX9D', 'VVIX'], futures: 1 },
    (date, symbol) => calendarSessionOn(date, instrumentNamed(symbol).calendar),
  )
  const start = () => {
    const stop = new AbortController()
    const supervisor = openSupervisor(
      gatewayOptions.parse({ port: simulator.port, connectTimeoutMs: 60_000 }),
      { clock, options: supervisorOptions.parse({}) },
    )
    supervisor.onResubscribe(() => {
      streaming = new Set()
    })
    const bars = startBars(sources, {
      ...{ supervisor, lake, clock, log: openLog('silent'), rollDays: ROLL_DAYS, lines: 100 },
      signal: stop.signal,
      needs: {
        ...{ messagesPerSecond: 45, pacingWindowMs: 1_020, dwellMs: 1_200, symbols: 2, maxLines: null },
      },
      isCycleRunning: () => false,
    })
    return { bars, stop, supervisor }
  }

  let running = start()

  /** Moves the clock, and lets everything that was written to a socket arrive before it goes on. */
  async function step(ms: number): Promise<void> {
    await clock.advance(ms)
    for (let quiet = 0, bytes = -1; quiet < 4; ) {
      await new Promise(setImmediate)
      const now = simulator.stats().bytesSent + (running.supervisor.session()?.counters().bytesReceived ?? 0)
      quiet = now === bytes ? quiet + 1 : 0
      bytes = now
    }
  }

  const drops = span.dropsAt.map(instant)
  let killAt = instant(span.killAt)
  let killed: { readonly from: number; readonly to: number } | null = null
  const memoryMb: number[] = []
  const endAt = instant(span.to)
  // Every step ends a millisecond before a multiple of its length: what is sent in an interval arrives in it.
  await step(STEP_MS - 1)
  while (clock.now() < endAt) {
    await step(STEP_MS)
    if (drops[0] !== undefined && clock.now() >= drops[0]) {
      drops.shift()
      simulator.inject({ kind: 'restart', seconds: 30 })
    }
    if (clock.now() >= killAt) {
      killAt = Number.POSITIVE_INFINITY
      // What is in memory is gone: nothing of it is written.
      running.stop.abort()
      void running.supervisor.close()
      killed = { from: clock.now() - LOST_INTERVALS * BAR_MS, to: clock.now() }
      running = start()
    }
    if (clock.now() % 3_600_000 < STEP_MS) memoryMb.push(heapMb())
  }
  running.stop.abort()
  await running.bars.close()
  const rows = await readRows(lake, UNDERLYING_BARS)
  await running.supervisor.close()
  await simulator.close()
  await lake.close()
  rmSync(folder, { recursive: true })
  return { rows, quoted, killed, memoryMb, endAt }
}

/** Compares the stored bars with the truth. */
export function compareBars({ rows, quoted, killed, endAt }: Awaited<ReturnType<typeof runBars>>) {
  const stored = new Map(rows.map((row) => [`${row.timestamp} ${row.con_id}`, row]))
  const different: string[] = []
  let compared = 0
  let missing = 0
  let lost = 0
  for (const [conId, known] of quoted) {
    for (const [startAt, bar] of known.bars) {
      const row = stored.get(`${startAt} ${conId}`)
      stored.delete(`${startAt} ${conId}`)
      const isCut = startAt + BAR_MS > endAt
      // The interval of the kill, and those that were not written yet.
      const isKilled = killed !== null && startAt + BAR_MS > killed.from && startAt <= killed.to
      if (isCut) continue
      if (isKilled) lost += row ? 0 : 1
      else if (!row) missing += 1
      else {
        compared += 1
        if (!isEqual(row, bar)) {
          const { open, high, low, close, ticks } = row
          different.push(
            `${newYorkTime(epochMs(startAt))} ${row.symbol}: ${JSON.stringify({ open, high, low, close, ticks })} instead of ${JSON.stringify(bar)}`,
          )
        }
      }
    }
  }
  const extra = [...stored.values()].filter(({ timestamp }) => timestamp + BAR_MS <= endAt).length
  return { compared, different, missing, extra, lost }
}

export const barsCampaign: Campaign = {
  name: 'bars',
  summary:
    'bars of SPY, ES and the VIX family over a weekend with a roll, lost connections and a kill, each compared',
  takes: 'ten minutes',
  run: async ({ quick }: CampaignOptions) => {
    const result = await runBars(quick ? QUICK : FULL)
    const { compared, different, missing, extra, lost } = compareBars(result)
    const symbols = [...new Set(result.rows.map(({ symbol, expiry }) => `${symbol} ${expiry ?? ''}`.trim()))]
    console.log(
      formatTable(symbols, [
        { title: 'contract', value: (symbol) => symbol },
        {
          title: 'bars',
          align: 'right',
          value: (name) =>
            String(
              result.rows.filter(({ symbol, expiry }) => `${symbol} ${expiry ?? ''}`.trim() === name).length,
            ),
        },
      ]),
    )
    if (different.length > 0) console.log(`different: ${different.slice(0, 10).join('\n')}`)
    const { memoryMb } = result
    const growth = (memoryMb.at(-1) ?? 0) - (memoryMb[Math.floor(memoryMb.length / 2)] ?? 0)
    return [
      { name: 'bars compared', value: compared, unit: 'bars', atLeast: 1 },
      {
        name: 'bars that differ from the ticks of the simulator',
        value: different.length,
        unit: 'bars',
        atMost: 0,
      },
      { name: 'bars that are missing', value: missing, unit: 'bars', atMost: 0 },
      { name: 'bars without ticks', value: extra, unit: 'bars', atMost: 0 },
      { name: 'bars that the kill lost', value: lost, unit: 'bars', atMost: 15 },
      {
        name: 'growth of the memory in use in the second half, simulator included',
        value: growth,
        unit: 'MB',
        atMost: 10,
      },
    ]
  },
}
