/**
 * The speed of the analytics: all figures of one slot, our own volatilities and greeks, a year of ranks. Times are processor
 * time, which other load changes little; the rate of a rebuild is by the clock.
 *
 *   npm run bench:analytics
 *   npm run bench:analytics -- --quick     fewer rounds, one session rebuilt instead of three
 */

import { groupChain } from '../src/analytics/chain.ts'
import { type Observation, rankOf } from '../src/analytics/ranks/rank.ts'
import { RANKS_LONGEST_FIRST } from '../src/analytics/ranks/rank-figures.ts'
import { slotMetrics } from '../src/analytics/slot-metrics.ts'
import { withOwnGreeks } from '../src/analytics/volatility/own-greeks.ts'
import { newYorkInstant, sessionsBetween } from '../src/market/calendar.ts'
import { expiryTimesOf, yearsToExpiry } from '../src/market/option-hours.ts'
import { treeGreeks } from '../src/market/pricing/tree.ts'
import { addDays, dateToExpiry, type EpochMs, sessionDate } from '../src/market/units.ts'
import { flagOutliers } from '../src/snapshot/iv-outliers.ts'
import { QUALITY_FLAGS } from '../src/snapshot/quality-flags.ts'
import { NOT_RECORDED, type SnapshotRow } from '../src/snapshot/row.ts'
import { measureRebuild } from './bench/rebuild.ts'
import { median, printGoals } from './bench/report.ts'
import { measureSurfaceStorage } from './bench/surface/surface-storage.ts'

const HELP = `Usage: bench-analytics [--quick] [--help]

Measures all figures of one slot of 7,200 rows, own volatilities and greeks of 1,000 rows, a year of ranks for three
symbols, the rate at which stored figures are rebuilt, and what a surface costs: fit, storage, bytes, a year of its grid. Prints a table and, last, one JSON object.
`

const DATE = sessionDate('2026-11-20')
const SLOT = newYorkInstant(DATE, '11:00')
const SPY = { slot: SLOT, expiresAt: expiryTimesOf('SPY') }
const CARRY = { rateFraction: 0.04, dividends: [] }
const SPOT = 680
/** 2,400 rows a symbol and three symbols are one slot. */
const SYMBOLS = ['SPY', 'QQQ', 'IWM']
const EXPIRY_DAYS = [1, 7, 14, 28, 35, 42, 49, 56]
const STRIKES = 150

const windows = RANKS_LONGEST_FIRST.map(({ window }) => window)
const quick = process.argv.includes('--quick')
const rounds = quick ? 5 : 25
/** Sessions of 78 slots. A year would take 84 times as long with the same result. */
const REBUILT_SESSIONS = quick ? 1 : 3

if (process.argv.includes('--help')) process.stdout.write(HELP)
else await measureAll()

async function measureAll(): Promise<void> {
  const slot = SYMBOLS.map((symbol) => makeRows(symbol))
  const bare = makeRows('SPY')
    .filter(({ bid }) => bid !== null && bid > 0)
    .slice(-1_000)
    .map((row) => ({ ...row, iv: null, flags: QUALITY_FLAGS.iv_missing }))
  const sessions = sessionsBetween(addDays(DATE, -800), DATE).map(({ date }) => date)
  const histories = SYMBOLS.map((_, at) => makeHistory(sessions, at))
  const ranks = sessions.length - 252

  const figures = measure(() => {
    for (const rows of slot) figuresOf(rows, { history: histories[0] ?? [], sessions })
  })
  const solved = withOwnGreeks(groupChain(bare, SPY), CARRY).filter(
    ({ greeks_source }) => greeks_source === 'own',
  ).length
  const own = measure(() => withOwnGreeks(groupChain(bare, SPY), CARRY))
  const outliers = measure(() => {
    for (const rows of slot) flagOutliers(rows)
  })
  const year = measure(() => {
    for (const history of histories) yearOfRanks(history, sessions)
  })
  console.log(
    `${slot.flat().length} rows a slot, ${bare.length} rows without greeks (${solved} solved), ` +
      `${Math.min(252, ranks)} sessions of ranks over ${windows.join(', ')}; median of ${rounds} rounds\n`,
  )
  const rebuild = await measureRebuild(REBUILT_SESSIONS, DATE)
  console.log(
    `rebuilt ${rebuild.slots} slots of three symbols at ${rebuild.slotsPerSecond.toFixed(1)} slots/s, ` +
      `${(rebuild.residentBytes / 1e6).toFixed(0)} MB resident, with the generator of the rows\n`,
  )
  const surface = await measureSurfaceStorage({ rounds: quick ? 5 : 25, sessions: quick ? 0 : 252 })
  console.log(
    `a surface of ${surface.expirations} expirations: ${(surface.surfacesBytes / 1e3).toFixed(0)} kB of surfaces and ` +
      `${(surface.gridBytes / 1e3).toFixed(0)} kB of surface_grid a day of three symbols; storing a slot takes ` +
      `${surface.firstSlotsMs.toFixed(0)} ms in the morning and ${surface.lastSlotsMs.toFixed(0)} ms at the close\n`,
  )
  printGoals('analytics', [
    { name: 'all figures of one slot', value: figures, unit: 'ms', atMost: 150 },
    { name: 'own volatilities and greeks, 1,000 rows', value: own, unit: 'ms', atMost: 150 },
    { name: 'a year of ranks, three symbols', value: year, unit: 'ms', atMost: 50 },
    { name: 'outlier flags of one slot', value: outliers, unit: 'ms', atMost: 150 },
    { name: 'rebuild of stored figures', value: rebuild.slotsPerSecond, unit: 'slots/s', atLeast: 5 },
    {
      name: 'surface of a symbol, prepared, fitted and with its grid',
      value: surface.fitMs,
      unit: 'ms',
      atMost: 150,
    },
    {
      name: 'storing the last slots of a day, per table',
      value: surface.lastSlotsMs / 2,
      unit: 'ms',
      atMost: 50,
    },
    {
      name: "a year of the grid's daily values",
      value: surface.yearOfRanksMs,
      unit: 'ms',
      atMost: 500,
      why: 'left out with --quick',
    },
  ])
}

function figuresOf(
  rows: readonly SnapshotRow[],
  { history, sessions }: { history: readonly Observation[]; sessions: readonly Observation['date'][] },
): void {
  const bars = history.slice(-252).map(({ value }, at) => ({ close: 600 + at, iv30: value }))
  const past = { history, sessions, dailyBars: bars, intradayBars: bars }
  slotMetrics({
    slot: SLOT,
    symbol: 'SPY',
    date: DATE,
    rows,
    carry: CARRY,
    vix: 18,
    ivIndexFraction: 0.18,
    ...past,
  })
}

function yearOfRanks(history: readonly Observation[], sessions: readonly Observation['date'][]): void {
  for (const { date, value } of history.slice(-252)) {
    for (const window of windows) {
      rankOf(history, { current: value, source: 'chain', today: date, sessions, window })
    }
  }
}

/** Median processor time, ms, after warm-up rounds. */
function measure(work: () => void): number {
  for (let round = 0; round < 3; round++) work()
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    times.push((user + system) / 1_000)
  }
  return median(times)
}

function makeHistory(sessions: readonly Observation['date'][], seed: number): Observation[] {
  return sessions.map((date, at) => ({
    date,
    value: 0.15 + ((at * 37 + seed) % 100) / 1_000,
    source: 'chain',
  }))
}

function makeRows(symbol: string): SnapshotRow[] {
  return EXPIRY_DAYS.flatMap((days) => {
    const expiry = dateToExpiry(addDays(DATE, days))
    const years = yearsToExpiry(SLOT, expiry, 'SPY')
    return Array.from({ length: STRIKES }, (_, at) => SPOT - STRIKES / 2 + at).flatMap((strike) =>
      (['C', 'P'] as const).map((right) => makeRow({ symbol, expiry, strike, right, years })),
    )
  })
}

function makeRow(facts: {
  symbol: string
  expiry: string
  strike: number
  right: 'C' | 'P'
  years: number
}): SnapshotRow {
  const { symbol, expiry, strike, right, years } = facts
  // Uneven in the fourth digit, as quotes are: a smooth smile would need less sorting.
  const noise = (((strike * 2_654_435_761 + Number(expiry) * 40_503) % 1_009) - 504) / 500_000
  const volFraction = 0.17 - 0.3 * (strike / SPOT - 1) + 1.5 * (strike / SPOT - 1) ** 2 + noise
  const greeks = treeGreeks({
    right,
    spot: SPOT,
    strike,
    years,
    volFraction,
    rateFraction: CARRY.rateFraction,
  })
  const price = greeks?.price ?? 0
  return {
    timestamp: SLOT,
    symbol,
    expiry,
    strike,
    right,
    bid: Math.max(0, Math.floor(price * 100 - 1) / 100),
    ask: Math.ceil(price * 100 + 1) / 100,
    last: null,
    bid_size: 10,
    ask_size: 10,
    volume: 100,
    open_interest: 1_000,
    iv: volFraction,
    delta: greeks?.delta ?? null,
    gamma: greeks?.gamma ?? null,
    theta: greeks?.theta ?? null,
    vega: greeks?.vega ?? null,
    underlying_price: SPOT,
    greeks_source: 'ib_model',
    data_type: 'live',
    quoted_at: SLOT as EpochMs,
    con_id: 1,
    trading_class: symbol,
    flags: 0,
    ...NOT_RECORDED,
    yearmonth: expiry.slice(0, 6),
    date: DATE,
  }
}
