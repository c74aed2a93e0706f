import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ListedDividend } from '../../src/analytics/carry.ts'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { NO_REALIZED_HISTORY } from '../../src/analytics/realized/realized-history.ts'
import { slotMetrics } from '../../src/analytics/slot-metrics.ts'
import { marketMetricsRow } from '../../src/analytics/stored/metrics-row.ts'
import { fittedRows } from '../../src/analytics/stored/surfaces/store-surfaces.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { FUTURE_FIGURE_COLUMNS } from '../../src/snapshot/figures/future-figures.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { makeChain, range, rowOf, SLOT } from './chains.ts'

const date = sessionDate('2026-11-20')
const key = { slot: SLOT, symbol: 'SPY', date }
const WITHOUT_REASON = ['null_reasons', 'iv_source', 'realized_source', 'figure_expirations']
const OF_FUTURES: string[] = FUTURE_FIGURE_COLUMNS.map(({ name }) => name)
/** Null in a row of `surfaces` although it has a curve: the underlying has no price, or there is no earlier expiration. */
const OPTIONAL = ['carry', 'carry_error', 'least_calendar_gap']

interface Made {
  readonly rows: readonly SnapshotRow[]
  readonly symbol: string
  readonly dividends: ListedDividend[]
  readonly rateFraction: number
}

function optionsFor({ dividends, rateFraction }: Made) {
  const listed = Object.fromEntries(SYMBOLS.map((symbol) => [symbol, dividends]))
  return { ...analyticsOptions.parse({ rateFraction }), dividends: listed }
}

const SYMBOLS = ['SPY', 'SPX', 'VIX', 'ES'] as const
const EXPIRIES = [
  '20261119',
  '20261120',
  '20261121',
  '20261125',
  '20261127',
  '20261218',
  '20270115',
  '20281215',
]
const CLASSES = ['SPY', 'SPX', 'SPXW', 'VIX', 'VIXW', 'ES', '']
const STRIKES = [
  -5, 0, 0.01, 1, 400, 600, 640, 660, 670, 675, 678, 679, 680, 681, 682, 685, 690, 700, 720, 760, 1_000, 1e9,
]
const price = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(null, 0, -1, 0.01, 0.05, 1e-12, 1e9, 1e300, Number.NaN, Infinity, -Infinity),
  },
  { weight: 3, arbitrary: fc.double({ min: 0, max: 80, noNaN: true }) },
)
const odd = fc.record(
  {
    bid: price,
    ask: price,
    iv: price,
    delta: fc.constantFrom(null, 0, 1, -1, 0.25, -0.25, 7, Number.NaN),
    gamma: price,
    volume: fc.constantFrom(null, 0, -1, 1e15, Number.NaN),
    open_interest: fc.constantFrom(null, 0, -1, 1e15, Number.NaN),
    underlying_price: fc.constantFrom(680, null, 0, -5, 1e-9, 1e12, Number.NaN, Infinity),
    pv_dividend: fc.constantFrom(null, 0, -1, 2, 1.5, 679.99, 1e9, Number.NaN),
    multiplier: fc.constantFrom(null, 0, 100, -1),
    exercise_style: fc.constantFrom(null, 'american', 'european'),
    underlying_type: fc.constantFrom(null, 'STK', 'IND', 'FUT'),
    underlying_con_id: fc.constantFrom(null, 1, 2),
    settlement: fc.constantFrom(null, 'am', 'pm'),
    trading_class: fc.constantFrom(...CLASSES),
    expires_at: fc.constantFrom(
      null,
      SLOT,
      SLOT + 1,
      SLOT + 60_000,
      SLOT - 1,
      newYorkInstant(sessionDate('2026-12-18'), '09:30'),
    ),
    quoted_at: fc.constantFrom(null, SLOT, SLOT - 864e5, SLOT + 864e5),
    greeks_source: fc.constantFrom(null, 'ib_model', 'own'),
    definition_version: fc.constantFrom(null, 1, 2, 3),
    flags: fc.nat(4095),
    strike: fc.constantFrom(...STRIKES),
    expiry: fc.constantFrom(...EXPIRIES),
    right: fc.constantFrom('C', 'P'),
  },
  { requiredKeys: [] },
)
const sound = makeChain({
  vol: (strike) => 0.17 - 0.3 * (strike / 680 - 1),
  expiries: ['20261120', '20261127', '20261218', '20261231'],
  strikes: range(640, 720, 5),
})
const broken = fc
  .array(fc.tuple(fc.nat(sound.length - 1), odd), { maxLength: 100, size: 'max' })
  .map((changes) => {
    const rows = [...sound]
    for (const [at, change] of changes) rows[at] = { ...(rows[at] as SnapshotRow), ...change } as SnapshotRow
    return rows
  })
/** The same fault in every row. */
const allAlike = odd.map(({ strike: _, right: __, ...change }) =>
  sound.map((row) => ({ ...row, ...change }) as SnapshotRow),
)
const few = fc
  .array(odd, { maxLength: 40, size: 'max' })
  .map((all) => all.map((one) => rowOf(one as Partial<SnapshotRow>)))
const oneStrike = fc.constantFrom(...STRIKES).map((strike) => sound.map((row) => ({ ...row, strike })))
const made: fc.Arbitrary<Made> = fc.record({
  rows: fc.oneof(broken, allAlike, few, oneStrike),
  symbol: fc.constantFrom(...SYMBOLS),
  dividends: fc.constantFrom(
    [],
    [{ exDate: date, amount: 2 }],
    [
      { exDate: sessionDate('2026-11-27'), amount: 1 },
      { exDate: sessionDate('2026-11-30'), amount: 1 },
    ],
    [{ exDate: sessionDate('2026-12-18'), amount: 900 }],
  ),
  rateFraction: fc.constantFrom(0.04, 0, -0.01, 0.5),
})

function expectFinite(row: object, context: string) {
  for (const [name, cell] of Object.entries(row)) {
    if (typeof cell === 'number') expect(Number.isFinite(cell), `${context}${name} is ${cell}`).toBe(true)
    if (typeof cell === 'string') expect(cell, `${context}${name}`).not.toMatch(/NaN|Infinity|\[.*null/)
  }
}

function figuresOf({ rows, symbol, dividends, rateFraction }: Made) {
  return marketMetricsRow(
    { timestamp: SLOT, symbol, date },
    slotMetrics({
      ...{ slot: SLOT, symbol, date, rows, carry: { rateFraction, dividends } },
      ...{ vix: null, ivIndexFraction: null, history: [], sessions: [], dailyBars: [], intradayBars: [] },
      ...{ realized: NO_REALIZED_HISTORY, todayBars: [] },
    }),
  )
}

const RUNS = { numRuns: 60, seed: 11 }

test('whatever the chain, the row of figures is finite, and every null has its reason', () => {
  fc.assert(
    fc.property(made, (chain) => {
      const row = figuresOf(chain)
      expectFinite(row, '')
      const reasons = JSON.parse(row.null_reasons ?? '{}') as Record<string, string>
      for (const [name, cell] of Object.entries(row)) {
        if (cell === null && !WITHOUT_REASON.includes(name) && !OF_FUTURES.includes(name)) {
          expect(reasons[name], name).toBeTruthy()
        }
      }
    }),
    RUNS,
  )
})

test('whatever the chain, the rows of the surface are finite, and every null has its reason', () => {
  let curves = 0
  fc.assert(
    fc.property(made, (chain) => {
      const { surfaces, grid } = fittedRows(chain.rows, { ...key, symbol: chain.symbol }, optionsFor(chain))
      for (const row of surfaces) {
        expectFinite(row, `${row.expiry} ${row.trading_class} `)
        if (row.reason !== null) continue
        curves++
        for (const [name, cell] of Object.entries(row)) {
          if (name !== 'reason' && !OPTIONAL.includes(name)) expect(cell, name).not.toBeNull()
        }
      }
      for (const row of grid) {
        expectFinite(row, `${row.tenor_days} ${row.point} `)
        expect(row.iv === null).toBe(row.reason !== null)
      }
    }),
    RUNS,
  )
  expect(curves).toBeGreaterThan(0)
})
