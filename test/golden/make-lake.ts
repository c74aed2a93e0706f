import { appendFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { NO_DAILY_PRICES } from '../../src/snapshot/daily-prices.ts'
import {
  after,
  append,
  type ChainCache,
  type Clock,
  chain,
  chainCachePath,
  checkpointNow,
  compact,
  conId,
  DAILY_OBSERVATIONS,
  DAY,
  epochMs,
  expirationKey,
  expiryDate,
  type Lake,
  MARKET_METRICS,
  MARKET_METRICS_COLUMNS,
  type MarketMetricsRow,
  type OptionContract,
  openJournal,
  openLake,
  recordReports,
  reportMissing,
  SLOT,
  sessionDate,
  slotOf,
  type TableRow,
  type Tick,
  upsert,
  writeChainCache,
} from './imports.ts'

const YESTERDAY = sessionDate('2026-11-19')
const DAY_MS = 86_400_000
/** The slot in the middle of which the program was killed. */
const KILLED = after(8)

/** A clock that is stopped at `at`. */
export function stoppedClock(at: number): Clock {
  return { now: () => epochMs(at), monotonicMs: () => 0, sleep: async () => {}, machineMs: (ms) => ms }
}

/** Unique names that are the same in every run. */
function countedNames(): () => string {
  let count = 0
  return () => `00000000-0000-4000-8000-${String(++count).padStart(12, '0')}`
}

/**
 * Makes a lake that contains every case: slots of two days, the first of them compacted, a slot that was written
 * twice, one that is missing, rows in every table, a checkpoint and commits after it, the contracts of a day, and the
 * journal of a cycle that was killed. Rows, times and names are fixed.
 */
export async function makeLake(folder: string): Promise<void> {
  if (existsSync(folder)) throw new Error(`${folder} is there already`)
  const clock = stoppedClock(SLOT)
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock, unique: countedNames() })
  try {
    await fill(lake)
  } finally {
    await lake.close()
  }
  writeChainCache(chainCachePath(join(folder, '.state', 'contracts'), 'SPY'), daybook())
  leaveJournal(join(folder, '.state', 'spool', `${KILLED}.jsonl`))
}

async function fill(lake: Lake): Promise<void> {
  for (let n = 0; n < 3; n++) {
    const parts = { SPY: chain(40, { flags: n }), QQQ: chain(20) }
    await append(lake, slotOf(parts, epochMs(after(n) - DAY_MS), YESTERDAY))
  }
  await compact(lake, { scope: { kind: 'all' } })
  for (let n = 0; n < 4; n++) {
    await append(lake, slotOf({ SPY: chain(40, { volume: n }), QQQ: chain(20) }, after(n)))
  }
  // Again, with fewer contracts: those that did not answer stay.
  await append(lake, slotOf({ SPY: chain(25, { bid: 9, ask: 9.5 }) }, after(1)))
  const missing = { slot: after(4), date: DAY, detail: null, startedAt: null }
  await recordReports(
    lake,
    ['SPY', 'QQQ'].map((symbol) => reportMissing(symbol, 'not_running', missing)),
  )
  await upsert(lake, MARKET_METRICS, [figures('SPY', 0), figures('QQQ', 0), figures('SPY', 1)])
  await upsert(lake, DAILY_OBSERVATIONS, observations())
  await checkpointNow(lake)
  await append(lake, slotOf({ SPY: chain(40), QQQ: chain(20) }, after(5)))
}

function figures(symbol: string, slots: number): MarketMetricsRow {
  const empty = Object.fromEntries(MARKET_METRICS_COLUMNS.map((column) => [column.name, null]))
  const known = {
    timestamp: after(slots),
    symbol,
    date: DAY,
    contracts: 40,
    with_iv: 39,
    iv30: 0.184213,
    vix: 17.25,
    trend_daily: 'up',
    null_reasons: '{"iv_rank":"too few sessions"}',
  }
  return { ...empty, ...known } as unknown as MarketMetricsRow
}

function observations(): TableRow<typeof DAILY_OBSERVATIONS>[] {
  return ['2026-11-16', '2026-11-17', '2026-11-18', YESTERDAY].map((date, at) => ({
    symbol: 'SPY',
    date,
    source: 'ib_index',
    iv30: 0.17 + at / 100,
    close: 598 + at,
    vix: null,
    cycles: null,
    recorded_at: SLOT,
    definition_version: null,
    ...NO_DAILY_PRICES,
  }))
}

const LISTED: readonly OptionContract[] = [590, 600, 610].flatMap((strike, at) =>
  (['C', 'P'] as const).map((right, side) => ({
    conId: conId(700_000_000 + 2 * at + side),
    symbol: 'SPY',
    expiry: expiryDate('20261218'),
    strike,
    right,
    tradingClass: 'SPY',
    multiplier: 100,
    exchange: 'SMART',
    currency: 'USD',
  })),
)

function daybook(): ChainCache {
  const expiry = expiryDate('20261218')
  const key = expirationKey({ expiry, tradingClass: 'SPY' })
  return {
    date: DAY,
    underlying: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', conId: conId(756_733) },
    ...{ futures: [], futuresListedAt: null, impliedVolFraction: null },
    classes: [
      { tradingClass: 'SPY', multiplier: 100, expirations: [expiryDate('20261120'), expiry] },
      { tradingClass: '2SPY', multiplier: 100, expirations: [] },
    ],
    expirationsListedAt: SLOT,
    contracts: new Map([[key, LISTED]]),
    listings: new Map([[key, { at: SLOT, isWhole: true }]]),
    unlisted: [],
    admitted: [key],
    hours: { timeZoneId: 'US/Eastern', liquidHours: '20261120:0930-20261120:1615' },
    openInterest: new Map(LISTED.map((contract, at) => [contract.conId, 1_000 + at])),
    windows: [{ price: 600.4, volFraction: 0.18 }],
  }
}

/** A journal as a kill leaves it: without ticks of the last two contracts, and with a truncated last line. */
function leaveJournal(path: string): void {
  const fail = (error: unknown) => {
    throw error
  }
  const startedAt = epochMs(KILLED + 1_000)
  const spool = openJournal(
    path,
    { slot: KILLED, dates: new Map([['SPY', DAY]]), startedAt, symbols: ['SPY'] },
    fail,
  )
  spool.planned({ symbol: 'SPY', requested: 8, skipped: 1 })
  for (const contract of LISTED) spool.asked(contract)
  for (const [at, contract] of LISTED.slice(0, 4).entries()) {
    const pricedAt = epochMs(KILLED + 1_900)
    const underlying = { price: 600.4, at: pricedAt, confirmedAt: pricedAt }
    for (const tick of ticksOf(contract, at)) {
      spool.tick(contract, tick, { at: epochMs(KILLED + 2_000 + at), underlying })
    }
    if (at < 3) spool.ended(contract)
  }
  spool.close()
  appendFileSync(path, '["tick",700000004,')
}

function ticksOf({ strike, right }: OptionContract, at: number): Tick[] {
  const inside = Math.max(0, right === 'C' ? 600.4 - strike : strike - 600.4)
  const greeks = {
    impliedVolFraction: 0.18 + at / 1_000,
    delta: right === 'C' ? 0.5 : -0.5,
    gamma: 0.012,
    vega: 0.66,
    theta: -0.15,
    underlyingPrice: 600.4,
    pvDividend: null,
  }
  const quote: Tick[] = [
    { field: 'dataType', dataType: 'live' },
    { field: 'bid', value: inside + 8 + at },
    { field: 'ask', value: inside + 8.1 + at },
    { field: 'volume', value: 10 * at },
  ]
  return at === 3 ? quote : [...quote, { field: 'modelGreeks', greeks }]
}
