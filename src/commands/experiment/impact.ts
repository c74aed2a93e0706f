import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { openRunEngine } from '../../experiments/analysis/engine.ts'
import { impactReport, type MarketImpact } from '../../experiments/analysis/impact-report.ts'
import { type MeasuredRuns, measureImpact } from '../../experiments/analysis/measure-impact.ts'
import { evidenceOf, type SeedFigure } from '../../experiments/analysis/over-seeds.ts'
import { IMPACT_HORIZONS_STEPS } from '../../experiments/analysis/run-impact.ts'
import { selectRuns } from '../../experiments/analysis/select-runs.ts'
import { RAW_FOLDER } from '../../experiments/files/run-files.ts'
import type { ImpactAnswer } from '../../schemas/experiment/impact.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { amount, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'

interface ImpactOptions {
  readonly dir: string
  readonly scenario?: string
  readonly experiment?: string
}

export function registerImpact(command: Command, signal: AbortSignal): void {
  command
    .option('--dir <folder>', 'folder of the runs, or a pattern in quotes with *', RAW_FOLDER)
    .option('--scenario <name>', 'only this scenario')
    .option('--experiment <name>', 'only this experiment, or all whose names begin so: qty_')
    .addHelpText(
      'after',
      `
A run is compared with the passive run of the same scenario, seed and rules:
their difference is what its orders did. Make the passive runs too, at several
seeds: without seeds there are no intervals. An interval that contains zero says
that these seeds do not show the sign.

Examples:
  optionlake experiment run --scenario normal_market --all-experiments --seeds 5
  optionlake experiment impact
  optionlake experiment impact --scenario normal_market --experiment qty_ --json`,
    )
    .action((options: ImpactOptions, own: Command) =>
      withContext(own, signal, (context) => show(context, options)),
    )
}

async function show(context: CommandContext, { dir, scenario, experiment }: ImpactOptions): Promise<void> {
  const paths = selectRuns(dir, '--dir')
  const engine = await openRunEngine({ folders: paths.map((path) => dirname(path)), signal: context.signal })
  context.lifetime.onClose(() => engine.close())
  const bar = openProgressBar('runs', context.interactive)
  const measured = await measureImpact(engine, paths, {
    isWanted: (run) =>
      (scenario === undefined || run.scenario === scenario) &&
      (experiment === undefined || run.experiment.startsWith(experiment)),
    onProgress: bar.update,
  }).finally(bar.close)
  const markets = impactReport(measured.runs)
  if (context.json) printJson<ImpactAnswer>(context, { ...sourcesOf(measured), markets: snakeCased(markets) })
  else for (const market of markets) printMarket(context, market)
  warn(context, measured)
}

function sourcesOf({ runs, passiveRuns, withoutPassive, empty, damagedLines }: MeasuredRuns) {
  const absolute = (paths: readonly string[]) => paths.map((path) => resolve(path))
  return {
    ...{ runs: runs.length, passive_runs: passiveRuns, without_passive: absolute(withoutPassive) },
    ...{ empty: absolute(empty), damaged_lines: damagedLines },
  }
}

function warn({ printWarning }: CommandContext, { withoutPassive, empty, damagedLines }: MeasuredRuns): void {
  const [first] = withoutPassive
  if (first !== undefined)
    printWarning(
      `${amount(withoutPassive.length, 'run')} without a passive run of the same scenario, seed and rules, so without impact: ${first}${withoutPassive.length > 1 ? ', …' : ''}`,
    )
  for (const path of empty) printWarning(`${path} has no record of a step`)
  if (damagedLines > 0) printWarning(`${amount(damagedLines, 'damaged line')} skipped`)
}

function printMarket({ print }: CommandContext, market: MarketImpact): void {
  const rules = market.rules === null ? '' : `, rules ${market.rules}`
  print(`${market.scenario}${rules}: ${amount(market.seeds, 'seed')}\n`)
  print(
    'Difference from the passive run, $: means over all steps; and of the mid after an order in its direction',
  )
  print(
    formatTable(market.experiments, [
      { title: 'experiment', value: ({ experiment }) => experiment },
      { title: 'runs', align: 'right', value: ({ runs }) => count(runs) },
      { title: 'mid', align: 'right', value: ({ midDifference }) => withInterval(midDifference, 4) },
      { title: 'spread', align: 'right', value: ({ spreadDifference }) => withInterval(spreadDifference, 4) },
      ...IMPACT_HORIZONS_STEPS.map((steps, at) => ({
        title: `after ${amount(steps, 'step')}`,
        align: 'right' as const,
        value: ({ orderImpacts }: MarketImpact['experiments'][number]) =>
          withInterval(orderImpacts[at] as SeedFigure, 4),
      })),
      {
        title: 'order every',
        leaveOut: 1,
        align: 'right',
        value: ({ orderIntervalSteps }) =>
          orderIntervalSteps === null ? '–' : amount(orderIntervalSteps, 'step'),
      },
    ]),
  )
  printCurves(print, market)
  printFills(print, market)
}

function printCurves(print: (line: string) => void, { orderCurves, executedCurves }: MarketImpact): void {
  const curves = [
    ...orderCurves.map(({ name, horizonSteps, curve }) => ({
      title: `${name}: impact of an order after ${amount(horizonSteps, 'step')}, by its quantity`,
      curve,
    })),
    ...executedCurves.map(({ name, curve }) => ({
      title: `${name}: impact when a quantity has been executed`,
      curve,
    })),
  ]
  for (const { title, curve } of curves) {
    print(`\n${title}`)
    print(
      formatTable(curve.points, [
        { title: 'shares', align: 'right', value: ({ quantity }) => count(quantity) },
        { title: 'impact, $', align: 'right', value: (point) => withInterval(point, 4) },
        { title: '', value: (point) => evidenceText(point) },
      ]),
    )
    print(exponentText(curve))
  }
}

/** δ with its interval, or why there is none. */
function exponentText({
  exponent,
  exponentInterval,
}: MarketImpact['executedCurves'][number]['curve']): string {
  if (exponent === null)
    return 'exponent δ of I ∝ Q^δ: none, as the mean impact of a quantity is not above zero'
  const interval =
    exponentInterval === null
      ? 'no interval: that takes at least five seeds, and a slope in nine of ten resamples'
      : `${exponentInterval[0].toFixed(2)} … ${exponentInterval[1].toFixed(2)}`
  return `exponent δ of I ∝ Q^δ: ${exponent.toFixed(2)} (${interval})`
}

function printFills(
  print: (line: string) => void,
  { fillsByQuantity, fillsByPlacement }: MarketImpact,
): void {
  const rates = [
    { title: 'quantity', groups: fillsByQuantity.map((group) => ({ ...group, key: count(group.key) })) },
    { title: 'price level', groups: fillsByPlacement },
  ]
  for (const { title, groups } of rates) {
    print(`\nFill rate by ${title}, %`)
    print(
      formatTable(groups, [
        { title: 'experiment', value: ({ experiment }) => experiment },
        { title, align: 'right', value: ({ key }) => key },
        { title: 'orders', align: 'right', value: ({ orders }) => count(orders) },
        {
          title: 'of the shares',
          align: 'right',
          value: ({ quantityRate }) => withInterval(quantityRate, 1, 100),
        },
        {
          title: 'whole orders',
          leaveOut: 2,
          align: 'right',
          value: ({ wholeRate }) => withInterval(wholeRate, 1, 100),
        },
        {
          title: 'steps to fill',
          leaveOut: 1,
          align: 'right',
          value: ({ stepsToFill }) => withInterval(stepsToFill, 1),
        },
      ]),
    )
  }
  print('')
}

/** `0.0123 (0.0101 … 0.0145)`; without seeds only the value. */
function withInterval({ mean, interval }: SeedFigure, decimals: number, factor = 1): string {
  if (mean === null) return '–'
  const text = (value: number) => (factor * value).toFixed(decimals)
  return interval === null ? text(mean) : `${text(mean)} (${text(interval[0])} … ${text(interval[1])})`
}

function evidenceText(figure: SeedFigure): string {
  const evidence = evidenceOf(figure)
  return evidence === 'contains zero'
    ? 'contains zero: no sign shown'
    : evidence === 'unknown'
      ? 'one seed'
      : ''
}
