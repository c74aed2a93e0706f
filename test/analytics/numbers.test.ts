import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ABSENCE_REASONS } from '../../src/analytics/measured.ts'
import { slotMetrics } from '../../src/analytics/slot-metrics.ts'
import { marketMetricsRow } from '../../src/analytics/stored/metrics-row.ts'
import { termPoint } from '../../src/analytics/volatility/at-the-money.ts'
import { withOwnGreeks } from '../../src/analytics/volatility/own-greeks.ts'
import { varianceStrip } from '../../src/analytics/volatility/variance-strip.ts'
import { sessionDate } from '../../src/market/units.ts'
import { MARKET_METRICS_COLUMNS } from '../../src/snapshot/figures/market-metrics.ts'
import { QUALITY_FLAGS } from '../../src/snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { rowOf, SLOT, spyChain, stripCandidates } from './chains.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/numbers.md'), 'utf8')
const example = page.slice(page.indexOf('## Worked example'))

test('the page names every column, every reason and every flag', () => {
  const keys = ['timestamp', 'symbol', 'date', 'null_reasons']
  const columns = MARKET_METRICS_COLUMNS.map(({ name }) => name).filter((name) => !keys.includes(name))
  for (const name of [...columns, ...ABSENCE_REASONS, ...Object.keys(QUALITY_FLAGS)]) {
    expect(page, name).toContain(`\`${name}\``)
  }
})

const rows: SnapshotRow[] = (/```csv\n([^`]+)```/.exec(example)?.[1] ?? '')
  .trim()
  .split('\n')
  .slice(1)
  .flatMap((line) => {
    const [expiry = '', strike, ...sides] = line.split(',')
    return (['C', 'P'] as const).map((right, at) =>
      rowOf({
        expiry,
        right,
        strike: Number(strike),
        bid: Number(sides[2 * at]),
        ask: Number(sides[2 * at + 1]),
        underlying_price: 681.3,
      }),
    )
  })

/** The cells after the name, as they are printed. */
function printed(name: string): string[] {
  const line = example.split('\n').find((one) => one.startsWith(`| ${name} |`))
  if (!line) throw new Error(`the page has no line "${name}"`)
  const cells = line.split('|').slice(2, -1)
  return cells.map((cell) => cell.trim().replace('−', '-'))
}

/** Numbers with the decimals of the printed ones. */
function asPrinted(values: readonly (number | null | undefined)[], cells: readonly string[]): string[] {
  return cells.map((cell, at) => (values[at] ?? Number.NaN).toFixed(cell.split('.')[1]?.length ?? 0))
}

describe('the worked example', () => {
  const carry = { rateFraction: 0.04, dividends: [] }
  const chain = spyChain(rows, SLOT).expirations
  const terms = chain.map((expiration) => termPoint(expiration, carry, SLOT))
  const strips = stripCandidates(chain, carry).map((one) => varianceStrip(one, carry.rateFraction).value)
  const date = sessionDate('2026-11-20')
  const past = { history: [], sessions: [], dailyBars: [], intradayBars: [] }
  const metrics = slotMetrics({
    ...{ slot: SLOT, symbol: 'SPY', date, rows, carry, vix: null, ivIndexFraction: null },
    ...past,
  })
  const stored = marketMetricsRow({ timestamp: SLOT, symbol: 'SPY', date }, metrics)
  const gaps = chain.map(({ strikes }) => {
    const { call, put } = strikes.find(({ strike }) => strike === 685)!
    return (call!.bid! + call!.ask! - put!.bid! - put!.ask!) / 2
  })
  const own = withOwnGreeks(spyChain(rows, SLOT), carry).find(
    (row) => row.strike === 685 && row.right === 'C',
  )

  test.each<[string, (number | null | undefined)[]]>([
    ['minutes to expiry', chain.map(({ minutes }) => minutes)],
    ['pivot: smallest distance of C and P', terms.map(({ forward }) => forward.value?.pivot)],
    ['C − P there', gaps],
    ['forward', terms.map(({ forward }) => forward.value?.forward)],
    ['at-the-money volatility', terms.map((term) => term.own.value)],
    ['strikes in the strip', strips.map((strip) => strip?.count)],
    ["strip's variance", strips.map((strip) => strip?.variance)],
    ['iv30', [stored.iv30]],
    ['expected_move', [stored.expected_move]],
    ['mfiv30', [stored.mfiv30]],
    ['mfiv30_wing_truncated', [stored.mfiv30_wing_truncated]],
    ['own volatility of the call 685, 2026-12-18', [own?.iv]],
    ['its delta', [own?.delta]],
    ['its gamma', [own?.gamma]],
    ['its theta', [own?.theta]],
    ['its vega', [own?.vega]],
  ])('%s is what the page says', (name, values) => {
    const cells = printed(name)
    expect(cells.length).toBe(values.length)
    expect(asPrinted(values, cells)).toEqual(cells)
  })
})
