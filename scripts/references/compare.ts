import { readFileSync } from 'node:fs'
import { chainQuality } from '../../src/analytics/quality/chain-quality.ts'
import { historyStart, type Observation, rankOf } from '../../src/analytics/ranks/rank.ts'
import { parityForward } from '../../src/analytics/volatility/forward/forward.ts'
import { combineStrips } from '../../src/analytics/volatility/model-free.ts'
import { type Strip, varianceStrip } from '../../src/analytics/volatility/variance-strip.ts'
import { sessionsBetween } from '../../src/market/calendar.ts'
import { impliedVol } from '../../src/market/pricing/implied-vol.ts'
import { smoothAmericanPrice } from '../../src/market/pricing/smooth-american.ts'
import { sessionDate } from '../../src/market/units.ts'
import { flagNames } from '../../src/snapshot/quality-flags.ts'
import { recordedChain, spyChain } from '../../test/analytics/chains.ts'
import { fixturePath, readCsv } from '../../test/analytics/fixtures.ts'
import { PUBLISHED_PRICES } from '../../test/support/published-prices.ts'
import {
  modelOf,
  RECORDINGS,
  type RecordedTick,
  type Recording,
  recordedTicks,
} from '../../test/support/recorded-ticks.ts'
import { type Comparison, exact } from './comparison.ts'

/** Everything that a reference is known for, in the order of the page. `root` is the project's folder. */
export function compareAll(root: string): Comparison[] {
  return [
    ...RECORDINGS.flatMap((recording) => compareTicks(recording, recordedTicks(recording, root))),
    ...comparePublished(),
    ...compareCboe(),
    ...compareRanks(),
    ...compareQuality(),
  ]
}

/** Bounds of the 99th percentile, by unit: of an index option the price is ten times as large. */
const TICK_BOUNDS = {
  american: { price: 1e-5, iv: 1e-6, delta: 2e-6, gamma: 2e-6, vega: 1e-5, theta: 4e-5 },
  european: { price: 1.5e-4, iv: 2e-6, delta: 2e-6, gamma: 1e-6, vega: 1e-5, theta: 4e-5 },
} as const

const UNITS = { price: '$', delta: '$ per $', gamma: '1/$', vega: '$ a point', theta: '$ a day' } as const
const GREEKS = ['price', 'delta', 'gamma', 'vega', 'theta'] as const

/** Of options that are worth less, a volatility is the noise of the last digit; dollars a point. */
const LEAST_VEGA = 0.001

function compareTicks({ prefix, style }: Recording, ticks: readonly RecordedTick[]): Comparison[] {
  const [, symbol, year, month, day] = /^([A-Z]+)(..)(..)(..)$/.exec(prefix) ?? []
  const reference = `IB's model ticks of 2023-08-04, ${symbol} of 20${year}-${month}-${day}`
  const bounds = TICK_BOUNDS[style]
  const greeks = GREEKS.map((figure) => ({
    ...{ reference, figure, unit: UNITS[figure], atMost: bounds[figure] },
    errors: ticks.map(({ option, model }) => (modelOf(option)?.[figure] ?? Number.NaN) - model[figure]),
  }))
  const solvable = ticks.filter(({ model }) => model.vega > LEAST_VEGA && model.theta < -1e-9)
  const errors = solvable.map(({ option, model }) => {
    const { volFraction } = impliedVol(option, model.price)
    return volFraction === null ? Number.POSITIVE_INFINITY : volFraction - option.volFraction
  })
  return [...greeks, { reference, figure: 'iv', unit: 'fraction', errors, atMost: bounds.iv }]
}

/** Prices of the literature by the smooth model, whose 101 steps move an ex-date to the next step. */
function comparePublished(): Comparison[] {
  const sources = [...new Set(PUBLISHED_PRICES.map(({ source }) => source))]
  return sources.map((reference) => ({
    ...{ reference, figure: 'price', unit: '$', atMost: 0.015 },
    errors: PUBLISHED_PRICES.filter(({ source }) => source === reference).map(
      ({ option, price }) => (smoothAmericanPrice(option) ?? Number.NaN) - price,
    ),
  }))
}

interface PublishedTerm {
  readonly minutes: number
  readonly R: number
  readonly F: number
  readonly K0: number
  readonly n: number
  readonly sigma2: number
}

function compareCboe(): Comparison[] {
  const text = readFileSync(fixturePath('vix-example/expected.json'), 'utf8')
  const { cboe_methodology_v6_2026: cboe } = JSON.parse(text) as {
    cboe_methodology_v6_2026: { near: PublishedTerm; next: PublishedTerm; VIX: number; sigma_30: number }
  }
  const reference = "Cboe's worked example of the VIX"
  const strips = { near: stripOf('near', cboe.near), next: stripOf('next', cboe.next) }
  const termRows = (['near', 'next'] as const).flatMap((term) => [
    exact(
      { reference, figure: `forward, ${term} term`, unit: '$' },
      { ours: strips[term].forward, theirs: cboe[term].F, atMost: 5e-6 },
    ),
    exact(
      { reference, figure: `strikes, ${term} term`, unit: 'strikes' },
      { ours: strips[term].count, theirs: cboe[term].n, atMost: 0 },
    ),
    exact(
      { reference, figure: `variance, ${term} term`, unit: 'a year' },
      { ours: strips[term].variance, theirs: cboe[term].sigma2, atMost: 1e-9 },
    ),
  ])
  const index = combineStrips(strips.near, strips.next).points
  const facts = { reference, figure: 'mfiv30', unit: 'points' }
  return [...termRows, exact(facts, { ours: index, theirs: 100 * cboe.sigma_30, atMost: 1e-4 })]
}

function stripOf(term: 'near' | 'next', { minutes, R }: PublishedTerm): Strip {
  const strikes = readCsv('vix-example/quotes.csv')
    .filter(([name]) => name === term)
    .map((cells) => {
      const [strike, callBid, callAsk, putBid, putAsk] = cells.slice(1).map(Number) as [number, ...number[]]
      const call = { bid: callBid ?? null, ask: callAsk ?? null }
      return { strike, call, put: { bid: putBid ?? null, ask: putAsk ?? null } }
    })
  const forward = parityForward({ minutes, strikes }, R)
  const strip = varianceStrip({ minutes, strikes, forward }, R)
  if (strip.value === null) throw new Error(`the worked example has no strip: ${strip.reason}`)
  return strip.value
}

/** Ranks and percentiles over 252 dates of the file; published with two decimals. */
const VIX_RANKS = [
  ['2026-07-23', 29.75, 70.24],
  ['2022-07-12', 57.28, 73.41],
  ['2025-04-08', 100, 100],
] as const

function compareRanks(): Comparison[] {
  const history = readCsv('vix-closes.csv').map(
    ([date = '', close]): Observation => ({ date: sessionDate(date), value: Number(close), source: 'index' }),
  )
  const sessions = history.map(({ date }) => date)
  const results = VIX_RANKS.map(([day, rank, percentile]) => {
    const today = sessionDate(day)
    const current = history.find(({ date }) => date === today)?.value ?? null
    const ours = rankOf(history, { current, source: 'index', today, sessions, window: 252 })
    return {
      rank: (ours.rank.value ?? Number.NaN) - rank,
      percentile: (ours.percentile.value ?? Number.NaN) - percentile,
    }
  })
  const reference = 'Closes of the VIX of three days, over 252 dates of the file'
  const facts = { reference, unit: '0…100', atMost: 0.01 }
  return [
    { ...facts, figure: 'rank', errors: results.map(({ rank }) => rank) },
    { ...facts, figure: 'percentile', errors: results.map(({ percentile }) => percentile) },
    compareBrokerRank(),
  ]
}

/** tastytrade: a low of 30, a high of 60, now 45. */
function compareBrokerRank(): Comparison {
  const today = sessionDate('2026-11-20')
  const sessions = sessionsBetween(historyStart(today, 252), today).map(({ date }) => date)
  const before = sessions.slice(0, -1)
  const history = before.map(
    (date, at): Observation => ({ date, value: at % 2 === 0 ? 30 : 60, source: 'chain' }),
  )
  const { rank } = rankOf(history, { current: 45, source: 'chain', today, sessions, window: 252 })
  const facts = {
    reference: "tastytrade's definition: low 30, high 60, now 45",
    figure: 'rank',
    unit: '0…100',
  }
  return exact(facts, { ours: rank.value, theirs: 50, atMost: 0 })
}

/** Counts by an independent program over the same quotes. */
const KNOWN_COUNTS = {
  options: 7_396,
  'vertical, monotonicity': 309,
  'vertical, width': 313,
  butterfly: 456,
} as const
const KNOWN_SHARES = { 'zero bids': 4, 'spread over a quarter': 5.2, wide: 1.2 } as const

function compareQuality(): Comparison[] {
  const { rows, at } = recordedChain()
  const quality = chainQuality(spyChain(rows, at), { rateFraction: 0.04, dividends: [] })
  const reference = 'A recorded dirty chain of SPY, 2024-06-14'
  const wide = rows.filter(({ flags }) => flagNames(flags).includes('wide')).length
  const counts = {
    options: quality.rows,
    'vertical, monotonicity': quality.verticalMonotone,
    'vertical, width': quality.verticalWidth,
    butterfly: quality.butterfly,
  }
  const shares = {
    'zero bids': 100 * (quality.zeroBidShare ?? Number.NaN),
    'spread over a quarter': 100 * (quality.wideShare ?? Number.NaN),
    wide: (100 * wide) / rows.length,
  }
  return [
    ...(Object.keys(KNOWN_COUNTS) as (keyof typeof KNOWN_COUNTS)[]).map((figure) =>
      exact(
        { reference, figure, unit: 'quotes' },
        { ours: counts[figure], theirs: KNOWN_COUNTS[figure], atMost: 0 },
      ),
    ),
    ...(Object.keys(KNOWN_SHARES) as (keyof typeof KNOWN_SHARES)[]).map((figure) =>
      exact(
        { reference, figure, unit: '%' },
        { ours: shares[figure], theirs: KNOWN_SHARES[figure], atMost: 0.05 },
      ),
    ),
  ]
}
