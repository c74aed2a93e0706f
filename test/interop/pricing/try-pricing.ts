import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import type { Goal } from '../../../scripts/bench/report.ts'
import { formatTable } from '../../../src/commands/terminal/table.ts'
import { createPricingEnvironment } from '../python-environment.ts'
import { type JudgedError, judgeOption } from './judge-option.ts'
import { type GridOption, optionGrid } from './option-grid.ts'

const REPOSITORY = resolve(import.meta.dirname, '../../../..')
const PROGRAM = join(REPOSITORY, 'test/interop/pricing/quantlib_prices.py')
const OPTIONS = { full: 2_000, quick: 240 } as const
/** QuantLib's steps of time and price. */
const STEPS = { full: [400, 400], quick: [200, 200] } as const
/** Rho and vanna of an American option take three more grids of QuantLib. */
const SECOND_ORDER_EVERY = 5
const SEED = 11

/** What QuantLib says of one option. */
const quantLibAnswer = z.union([
  z.strictObject({ version: z.string(), error: z.string() }),
  z.strictObject({
    version: z.string(),
    price: z.number(),
    delta: z.number(),
    gamma: z.number(),
    vega: z.number(),
    theta: z.number().optional(),
    european: z.number().optional(),
    rho: z.number().optional(),
    vanna: z.number().optional(),
    volga: z.number().optional(),
    charm: z.number().optional(),
  }),
])

/** Bounds of the 99th percentile, from the error of each method. Units: see `JudgedError`. */
const BOUNDS: Readonly<Record<string, number>> = {
  // Both are closed forms; vega is a difference of QuantLib's prices.
  'European price': 1e-7,
  'European delta': 1e-7,
  'European gamma': 1e-6,
  'European vega': 1e-5,
  'European theta': 1e-6,
  'European volatility': 1e-4,
  // Differences of QuantLib's closed form.
  'European rho': 1e-4,
  'European vanna': 1e-3,
  'European volga': 1e-3,
  'European charm': 1e-3,
  // Both are differences of prices with errors of their own.
  'American rho': 0.02,
  'American vanna': 0.05,
  // A tree of 100 steps saws by half a percent of an at-the-money price; one of 101 centred steps does not.
  "price of IB's tree": 2.5e-3,
  'smooth price': 1e-3,
  'early-exercise premium': 1e-3,
  "delta of IB's tree": 0.02,
  "volatility by IB's tree": 0.02,
  'volatility by the smooth model': 0.01,
}

/** Compares our models with QuantLib's, prints the errors, and returns the goals. */
export async function tryPricing(quick: boolean): Promise<Goal[]> {
  const size = quick ? 'quick' : 'full'
  const environment = await createPricingEnvironment()
  if (environment.kind === 'missing') {
    console.log(`pricing: not run: ${environment.why}`)
    return [
      {
        name: 'options priced like QuantLib',
        value: null,
        unit: 'options',
        atLeast: 1,
        why: environment.why,
      },
    ]
  }
  const grid = optionGrid(OPTIONS[size], SEED)
  const answers = await askQuantLib(environment.python, grid, STEPS[size])
  const errors: JudgedError[] = []
  let refused = 0
  for (const [at, answer] of answers.entries()) {
    if ('error' in answer) refused++
    else errors.push(...judgeOption(grid[at] as GridOption, answer))
  }
  const version = answers[0]?.version ?? ''
  console.log(`QuantLib ${version}: ${grid.length} options, seed ${SEED}, ${refused} of which it refused`)
  const figures = Object.keys(BOUNDS).map((figure) => summaryOf(figure, errors))
  print(figures)
  const goals = figures.map(({ figure, count, p99 }): Goal => {
    const name = `${figure} like QuantLib's, 99th percentile`
    const value = count === 0 ? null : p99
    return { name, value, unit: unitOf(figure), atMost: BOUNDS[figure] as number, why: 'no option compared' }
  })
  return [...goals, { name: 'options that QuantLib refused', value: refused, unit: 'options', atMost: 0 }]
}

interface Summary {
  readonly figure: string
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly worst: JudgedError | undefined
}

function summaryOf(figure: string, errors: readonly JudgedError[]): Summary {
  const own = errors.filter((one) => one.figure === figure).sort((a, b) => a.error - b.error)
  const at = (share: number) => own[Math.max(0, Math.ceil(share * own.length) - 1)]
  return { figure, count: own.length, p50: at(0.5)?.error ?? 0, p99: at(0.99)?.error ?? 0, worst: at(1) }
}

function unitOf(figure: string): string {
  return figure.includes('volatility') ? 'of the volatility' : 'of one standard deviation'
}

function print(figures: readonly Summary[]): void {
  const shown = (value: number | undefined) => value?.toExponential(1) ?? '–'
  console.log(
    formatTable(figures, [
      { title: 'figure', value: ({ figure }) => figure },
      { title: 'n', align: 'right', value: ({ count }) => String(count) },
      { title: 'p50', align: 'right', value: ({ p50 }) => shown(p50) },
      { title: 'p99', align: 'right', value: ({ p99 }) => shown(p99) },
      { title: 'worst', align: 'right', value: ({ worst }) => shown(worst?.error) },
      { title: 'unit', value: ({ figure }) => unitOf(figure) },
      { title: 'worst at', value: ({ worst }) => worst?.what ?? '' },
    ]),
  )
}

type QuantLibAnswer = z.output<typeof quantLibAnswer>

async function askQuantLib(
  python: string,
  grid: readonly GridOption[],
  [times, prices]: readonly [number, number],
): Promise<QuantLibAnswer[]> {
  const child = spawn(python, [PROGRAM, String(times), String(prices)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const lines = grid.map(({ option, fractions }, index) => {
    const dividends = (option.dividends ?? []).map(({ amount }, at) => ({ amount, fraction: fractions[at] }))
    const { right, style, spot, strike, years } = option
    const rates = { vol: option.volFraction, rate: option.rateFraction, yield: option.yieldFraction ?? 0 }
    return JSON.stringify({
      right,
      style,
      spot,
      strike,
      years,
      ...rates,
      dividends,
      second: index % SECOND_ORDER_EVERY === 0,
    })
  })
  child.stdin.end(`${lines.join('\n')}\n`)
  const answers: QuantLibAnswer[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    answers.push(quantLibAnswer.parse(JSON.parse(line)))
  }
  const code = await ended
  if (code !== 0 || answers.length !== grid.length) {
    throw new Error(`${PROGRAM} ended with ${code} after ${answers.length} of ${grid.length} options`)
  }
  return answers
}
