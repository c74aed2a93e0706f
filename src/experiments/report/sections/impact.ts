import { impactCurve, overSeeds } from '../../analysis/over-seeds.ts'
import { curveChart } from '../charts/curve-chart.ts'
import { type DotRow, dotChart } from '../charts/dot-chart.ts'
import { describeRuns } from '../describe-runs.ts'
import { charts, figure, type Section } from '../html.ts'
import { EXECUTED_QUANTITIES, ORDER_HORIZON_STEPS } from '../measure-run.ts'
import { decimal, listing, whole } from '../numbers.ts'
import { byExperiment, type MarketGroup, QUANTITY_EXPERIMENTS } from '../report.ts'
import type { ReportRun } from '../report-run.ts'

const INTERVALS =
  'Whiskers are 95 % intervals of the mean over seeds (Student’s t); with one seed there are none.'

/** Resampling fewer seeds says too little. */
const LEAST_SEEDS = 5

/** What the orders of the experiments did to the market, against the passive run of the same seed. */
export function impact(markets: readonly MarketGroup[]): Section | null {
  const paired = markets
    .map(({ label, runs }) => ({ label, runs: runs.filter((run) => run.paired !== null) }))
    .filter(({ runs }) => runs.length > 0)
  if (paired.length === 0) return null
  const all = paired.flatMap(({ runs }) => runs)
  const html = [
    '<h3>Effect of a whole run on the mid</h3>',
    figure(charts(paired.map(meanEffect)), {
      runs: describeRuns(all),
      meaning: `Mid of the run less mid of the passive run of the same market, mean over all steps that both have. ${INTERVALS}`,
    }),
    '<h3>Effect of one order on the mid</h3>',
    figure(charts(paired.map(orderEffect)), {
      runs: describeRuns(all),
      meaning: `How far the mid moved in the direction of an order within ${ORDER_HORIZON_STEPS} steps of its decision, beyond what it moved in the passive run; mean over the orders of a run, filled or not. ${INTERVALS}`,
    }),
    ...curves(
      '<h3>Impact over the quantity of an order</h3>',
      paired.map(({ label, runs }) => ({
        label,
        runs: runs.filter(({ experiment }) => QUANTITY_EXPERIMENTS.includes(experiment)),
      })),
      orderPoints,
      `Impact of one order as above, by its quantity: ${listing(QUANTITY_EXPERIMENTS)}. These orders alternate between buying and selling at the mid.`,
    ),
    ...[
      { experiment: 'aggressive_buy_100', words: 'buys' },
      { experiment: 'aggressive_sell_100', words: 'sells' },
    ].flatMap(({ experiment, words }) =>
      curves(
        `<h3>Impact of a run that only ${words}</h3>`,
        paired.map(({ label, runs }) => ({
          label,
          runs: runs.filter((run) => run.experiment === experiment),
        })),
        executedPoints,
        `${experiment}: how far the mid was moved in the direction of the run when it had traded ${listing(EXECUTED_QUANTITIES.map(whole))} shares.`,
      ),
    ),
  ]
  return { id: 'impact', title: 'Impact', html: html.join('\n') }
}

function effectRows({ runs }: MarketGroup, figureOf: (run: ReportRun) => number | null): DotRow[] {
  return byExperiment(runs).map(([experiment, same]) => {
    const { mean, interval } = overSeeds(same.map(figureOf))
    return { label: experiment, dots: [{ name: '', value: mean, interval, shape: 'circle', colour: 'blue' }] }
  })
}

function meanEffect(group: MarketGroup): string {
  const rows = effectRows(group, ({ paired }) => paired?.market.meanMidDifference ?? null)
  return dollarChart(group.label, rows, 'mean effect on the mid, $')
}

function orderEffect(group: MarketGroup): string {
  const withOrders = group.runs.filter(({ paired }) => paired?.order != null)
  const rows = effectRows({ ...group, runs: withOrders }, ({ paired }) => paired?.order?.impact ?? null)
  return rows.length === 0 ? '' : dollarChart(group.label, rows, 'effect of one order, $')
}

function dollarChart(heading: string, rows: readonly DotRow[], axis: string): string {
  const largest = Math.max(...rows.flatMap(({ dots }) => dots.map(({ value }) => Math.abs(value ?? 0))))
  const decimals = largest === 0 ? 2 : Math.min(4, Math.max(2, 2 - Math.floor(Math.log10(largest))))
  return dotChart({ heading, rows, domain: [0, 0], axis, format: (value) => decimal(value, decimals) })
}

interface Curve {
  readonly quantity: number
  readonly impact: number
}

function orderPoints({ paired }: ReportRun): Curve[] {
  if (paired?.order == null || paired.orderQuantity === null) return []
  return [{ quantity: paired.orderQuantity, impact: paired.order.impact }]
}

function executedPoints({ paired }: ReportRun): Curve[] {
  return (paired?.executed ?? []).map(({ quantity, impact: moved }) => ({ quantity, impact: moved }))
}

/** One curve a market; nothing at all when no market has two quantities. */
function curves(
  heading: string,
  markets: readonly MarketGroup[],
  pointsOf: (run: ReportRun) => Curve[],
  meaning: string,
): string[] {
  const drawn = markets.flatMap(({ label, runs }) => {
    const seeds = [...new Set(runs.map(({ seed }) => seed))].map((seed) =>
      runs.filter((run) => run.seed === seed).flatMap(pointsOf),
    )
    const curve = impactCurve(seeds)
    const points = curve.points.flatMap(({ quantity, mean, interval }) =>
      mean === null ? [] : [{ x: quantity, y: mean, interval }],
    )
    if (points.length < 2) return []
    const { exponent, exponentInterval } = curve
    const interval = (seeds.length < LEAST_SEEDS ? null : exponentInterval)
      ?.map((end) => decimal(end, 2))
      .join(' to ')
    const fit =
      exponent === null ? 'no exponent' : `δ = ${decimal(exponent, 2)}${interval ? ` (${interval})` : ''}`
    const svg = curveChart({
      heading: `${label}: ${fit}`,
      points,
      xAxis: 'shares',
      yAxis: 'impact, $',
      exponent,
    })
    return [{ svg, runs }]
  })
  if (drawn.length === 0) return []
  return [
    heading,
    figure(charts(drawn.map(({ svg }) => svg)), {
      runs: describeRuns(drawn.flatMap(({ runs }) => runs)),
      meaning: `${meaning} The axis of the impact is logarithmic when every mean is positive; the dashed line is impact ∝ quantity^δ, from ${LEAST_SEEDS} seeds with the 95 % interval of δ from resampled seeds. Without a positive mean at every quantity, or with fewer than three quantities, there is no exponent. ${INTERVALS}`,
    }),
  ]
}
