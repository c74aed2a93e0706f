/**
 * American prices near the money by trees of several kinds: error against a Leisen-Reimer tree of 4,001 steps, sawtooth over
 * strikes, and time. Times are processor time.
 *
 *   npm run bench:pricing
 *   npm run bench:pricing -- --quick     every fourth chain
 */

import { formatTable } from '../src/commands/terminal/table.ts'
import { blackScholesPrice } from '../src/market/pricing/european.ts'
import { leisenReimerPrice } from '../src/market/pricing/leisen-reimer.ts'
import type { PricedOption } from '../src/market/pricing/option.ts'
import { treePrice } from '../src/market/pricing/tree.ts'
import { averagedTrees } from './bench/averaged-trees.ts'
import { printGoals } from './bench/report.ts'

const SPOT = 680
const REFERENCE_STEPS = 4_001
const STRIKES = 21
const ROUNDS = 5

const chains = [1, 7, 30, 45].flatMap((days) =>
  [0.1, 0.2, 0.5].flatMap((vol) => [
    chainOf(days, { vol, right: 'P', amount: 0 }),
    chainOf(days, { vol, right: 'P', amount: 1.9 }),
    chainOf(days, { vol, right: 'C', amount: 1.9 }),
  ]),
)

const models = new Map<string, (option: PricedOption) => number | null>([
  ["IB's tree, 100 steps", treePrice],
  ['mean of 100 and 101 steps', (option) => averagedTrees(option, 100)],
  ['Leisen-Reimer, 51 steps', (option) => leisenReimerPrice(option, 51)],
  ['Leisen-Reimer, 101 steps', (option) => leisenReimerPrice(option, 101)],
  ['Leisen-Reimer, 201 steps', (option) => leisenReimerPrice(option, 201)],
])

if (process.argv.includes('--help')) process.stdout.write('Usage: bench-pricing [--quick] [--help]\n')
else measureAll(process.argv.includes('--quick') ? chains.filter((_, at) => at % 4 === 0) : chains)

function measureAll(measured: readonly (readonly PricedOption[])[]): void {
  const options = measured.flat()
  const truths = options.map((option) => leisenReimerPrice(option, REFERENCE_STEPS) ?? Number.NaN)
  const rows = [...models].map(([name, priceOf]) => {
    const errors = options.map((option, at) =>
      pointsOff(option, (priceOf(option) ?? Number.NaN) - (truths[at] as number)),
    )
    const saws = options.flatMap((_, at) => {
      const [before, here, after] = [errors[at - 1], errors[at] as number, errors[at + 1]]
      const isInner = at % STRIKES > 0 && at % STRIKES < STRIKES - 1
      return isInner && before !== undefined && after !== undefined ? [here - (before + after) / 2] : []
    })
    return { name, errors: sizes(errors), saws: sizes(saws), microseconds: timeOf(priceOf, options) }
  })
  const share = (values: readonly number[], part: number) =>
    values[Math.ceil(part * values.length) - 1] as number
  const column = (title: string, value: (row: (typeof rows)[number]) => number, decimals = 5) =>
    ({ title, align: 'right', value: (row: (typeof rows)[number]) => value(row).toFixed(decimals) }) as const
  console.log(`${options.length} options; errors and sawtooth in volatility points\n`)
  console.log(
    formatTable(rows, [
      { title: 'model', value: ({ name }) => name },
      column('error p50', ({ errors }) => share(errors, 0.5)),
      column('p99', ({ errors }) => share(errors, 0.99)),
      column('sawtooth p50', ({ saws }) => share(saws, 0.5)),
      column('p99', ({ saws }) => share(saws, 0.99)),
      column('µs', ({ microseconds }) => microseconds, 1),
    ]),
  )
  const ibTree = rows[0] as (typeof rows)[number]
  const ours = rows[3] as (typeof rows)[number]
  printGoals('pricing', [
    { name: 'error of the smooth price, p99', value: share(ours.errors, 0.99), unit: 'points', atMost: 0.03 },
    { name: 'its sawtooth over strikes, p99', value: share(ours.saws, 0.99), unit: 'points', atMost: 0.005 },
    {
      name: "its time against IB's tree",
      value: ours.microseconds / ibTree.microseconds,
      unit: '×',
      atMost: 2,
    },
  ])
}

function chainOf(
  days: number,
  { vol, right, amount }: { readonly vol: number; readonly right: 'C' | 'P'; readonly amount: number },
): PricedOption[] {
  const years = days / 365
  const dividends = amount === 0 ? [] : [{ years: 0.37 * years, amount }]
  return Array.from({ length: STRIKES }, (_, at) => ({
    ...{ right, spot: SPOT, years, volFraction: vol, rateFraction: 0.04, dividends },
    strike: SPOT * Math.exp(((2 * at) / (STRIKES - 1) - 1) * vol * Math.sqrt(years)),
  }))
}

/** A difference in dollars as volatility points. */
function pointsOff(option: PricedOption, dollars: number): number {
  const wilder = { ...option, volFraction: option.volFraction + 0.01 }
  return dollars / ((blackScholesPrice(wilder) ?? Number.NaN) - (blackScholesPrice(option) ?? Number.NaN))
}

function sizes(values: readonly number[]): number[] {
  return values.map(Math.abs).sort((a, b) => a - b)
}

function timeOf(priceOf: (option: PricedOption) => number | null, options: readonly PricedOption[]): number {
  const before = process.cpuUsage()
  for (let round = 0; round < ROUNDS; round++) for (const option of options) priceOf(option)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / ROUNDS / options.length
}
