import { type FillRate, PLACEMENTS } from '../../analysis/fill-rates.ts'
import { overSeeds } from '../../analysis/over-seeds.ts'
import { type Dot, type DotRow, dotChart } from '../charts/dot-chart.ts'
import { legendKey } from '../charts/svg.ts'
import { describeRuns } from '../describe-runs.ts'
import { charts, figure, type Section } from '../html.ts'
import { percent } from '../numbers.ts'
import { byExperiment, type MarketGroup, PRICE_LEVEL_EXPERIMENTS, QUANTITY_EXPERIMENTS } from '../report.ts'
import type { ReportRun } from '../report-run.ts'

const MEANING =
  'Shares filled as a part of the shares that were ordered; an order that is filled in part counts with that part. Whiskers are 95 % intervals of the mean over seeds; with one seed there are none.'

const SIDES = `<p>${legendKey('blue', '<path class="dot" d="M10 2L14.5 10H5.5Z"/>', 'buy orders')}${legendKey('orange', '<path class="dot" d="M10 10L14.5 2H5.5Z"/>', 'sell orders')}</p>`

/** Which part of the ordered quantity was filled: by price level, by quantity, and by where an order was put in the book. */
export function fills(markets: readonly MarketGroup[]): Section | null {
  const sending = markets
    .map(({ label, runs }) => ({ label, runs: runs.filter((run) => run.fills.all !== null) }))
    .filter(({ runs }) => runs.length > 0)
  if (sending.length === 0) return null
  const isOther = (name: string) =>
    !PRICE_LEVEL_EXPERIMENTS.includes(name) && !QUANTITY_EXPERIMENTS.includes(name)
  const html = [
    ...byChoice('By price level', sending, (name) => PRICE_LEVEL_EXPERIMENTS.includes(name), bySide),
    ...byChoice('By quantity', sending, (name) => QUANTITY_EXPERIMENTS.includes(name), bySide),
    ...byChoice('Other experiments', sending, isOther, bySide),
    '<h3>By place in the book</h3>',
    figure(charts(sending.map(byPlacement)), {
      runs: describeRuns(sending.flatMap(({ runs }) => runs)),
      meaning: `Orders of all experiments by where their price lay when they were decided: the own touch is the best price of the order’s own side, the far touch that of the other side, where it trades at once. ${MEANING}`,
    }),
  ]
  return { id: 'fills', title: 'Fills', html: html.join('\n') }
}

function byChoice(
  title: string,
  markets: readonly MarketGroup[],
  isChosen: (experiment: string) => boolean,
  draw: (group: MarketGroup) => string,
): string[] {
  const chosen = markets
    .map(({ label, runs }) => ({ label, runs: runs.filter(({ experiment }) => isChosen(experiment)) }))
    .filter(({ runs }) => runs.length > 0)
  if (chosen.length === 0) return []
  return [
    `<h3>${title}</h3>${SIDES}`,
    figure(charts(chosen.map(draw)), {
      runs: describeRuns(chosen.flatMap(({ runs }) => runs)),
      meaning: MEANING,
    }),
  ]
}

function bySide({ label, runs }: MarketGroup): string {
  const rows = byExperiment(runs).map(([experiment, same]): DotRow => {
    const buy = dot('buy', same, ({ fills: one }) => one.buy, { shape: 'up', colour: 'blue' })
    const sell = dot('sell', same, ({ fills: one }) => one.sell, { shape: 'down', colour: 'orange' })
    return { label: experiment, dots: [buy, sell].filter(({ value }) => value !== null) }
  })
  return rateChart(label, rows)
}

function byPlacement({ label, runs }: MarketGroup): string {
  const rows = PLACEMENTS.map((placement): DotRow => {
    const one = dot('', runs, (run) => run.fills.byPlacement.get(placement) ?? null, {
      shape: 'circle',
      colour: 'blue',
    })
    return { label: placement, dots: [one] }
  })
  return rateChart(
    label,
    rows.filter(({ dots }) => dots[0]?.value !== null),
  )
}

function rateChart(heading: string, rows: readonly DotRow[]): string {
  return dotChart({
    heading,
    rows,
    domain: [0, 1],
    axis: 'filled part of the ordered shares, %',
    format: (value) => percent(value),
    tick: (value) => String(Math.round(100 * value)),
  })
}

function dot(
  name: string,
  runs: readonly ReportRun[],
  rateOf: (run: ReportRun) => FillRate | null,
  look: Pick<Dot, 'shape' | 'colour'>,
): Dot {
  const { mean, interval } = overSeeds(runs.map((run) => rateOf(run)?.quantityRate ?? null))
  const within = interval === null ? null : ([Math.max(0, interval[0]), Math.min(1, interval[1])] as const)
  return { name, value: mean, interval: within, ...look }
}
