import { basename, dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  compareFigures,
  type FiguresOfRun,
  meanOfRepeats,
} from '../../experiments/analysis/compare-figures.ts'
import { compareRunFiles } from '../../experiments/analysis/compare-files.ts'
import { openRunEngine, type RunEngine } from '../../experiments/analysis/engine.ts'
import { isNotTheMarket, type StepDifference } from '../../experiments/analysis/first-difference.ts'
import { type ComparableRun, pairRuns, type RunPairs } from '../../experiments/analysis/run-pairs.ts'
import { selectRuns } from '../../experiments/analysis/select-runs.ts'
import { summariseRun } from '../../experiments/analysis/summary.ts'
import type { CompareAnswer } from '../../schemas/experiment/compare.ts'
import { type CommandContext, withContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { amount, count } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { formatTable } from '../terminal/table.ts'
import { differenceJson, differenceText } from './difference-text.ts'

export function registerCompare(command: Command, signal: AbortSignal): void {
  command
    .argument('<a>', 'a file of step records, a folder, or a pattern in quotes with *')
    .argument('<b>', 'what to compare it with')
    .option('--no-market', 'do not look for the first step at which the markets differ')
    .addHelpText(
      'after',
      `
Shows every figure of the summary side by side, with the difference b - a, and
the first step at which the states of the market differ. Of two groups, runs of
the same scenario and seed are compared pair by pair (of the same experiment
too, where a group has several), and the difference has a 95 % interval over the
pairs. An interval that contains zero says that these runs do not show the sign.

Examples:
  optionlake experiment compare data/raw/first.jsonl data/raw/second.jsonl
  optionlake experiment compare \\
    'data/raw/normal_market_passive_*' 'data/raw/normal_market_qty_100_*'
  optionlake experiment compare research/ original/ --json`,
    )
    .action((a: string, b: string, options: { market: boolean }, own: Command) =>
      withContext(own, signal, (context) => show(context, [a, b], options.market)),
    )
}

interface SummarisedRun extends ComparableRun {
  readonly path: string
  readonly figures: FiguresOfRun
  readonly damagedLines: number
}

/** Where the markets of a pair part; null where they do not. */
interface MarketPair {
  readonly a: string
  readonly b: string
  readonly equalSteps: number
  readonly difference: StepDifference | null
}

async function show(
  context: CommandContext,
  selections: readonly [string, string],
  withMarket: boolean,
): Promise<void> {
  const [pathsA, pathsB] = selections.map((selection) => selectRuns(selection)) as [string[], string[]]
  const bar = openProgressBar('runs', context.interactive)
  const total = pathsA.length + pathsB.length
  let done = 0
  const advance = () => bar.update(++done, total)
  const engine = await openRunEngine({
    folders: [...pathsA, ...pathsB].map((path) => dirname(path)),
    signal: context.signal,
  })
  context.lifetime.onClose(() => engine.close())
  context.lifetime.onClose(bar.close)
  const a = await summarise(engine, pathsA, advance)
  const b = await summarise(engine, pathsB, advance)
  const paired = pairRuns(a, b)
  const figures = compareFigures(
    a.map((run) => run.figures),
    b.map((run) => run.figures),
    meanOfRepeats(
      paired.pairs.map(([one, other]) => ({
        market: marketOf(one, other),
        figures: [one.figures, other.figures],
      })),
    ),
  )
  const markets = withMarket ? await compareMarkets(context, paired.pairs) : null
  bar.close()
  if (context.json) {
    printJson<CompareAnswer>(context, {
      ...{ a: pathsOf(a), b: pathsOf(b), pairs: paired.pairs.length, unpaired: pathsOf(paired.unpaired) },
      figures,
      markets: markets?.map(marketJson) ?? null,
    })
  } else {
    context.print(`a: ${namesOf(a)}\nb: ${namesOf(b)}\n`)
    context.print(figureTable(figures, paired.pairs.length))
    if (markets !== null) context.print(`\n${marketText(markets)}`)
  }
  warn(context, [...a, ...b], paired)
}

function pathsOf(runs: readonly SummarisedRun[]): string[] {
  return runs.map(({ path }) => resolve(path))
}

function marketJson({ a, b, equalSteps: equal_steps, difference }: MarketPair) {
  return { a: resolve(a), b: resolve(b), equal_steps, difference: differenceJson(difference) }
}

/** Null without a seed: such runs saw markets of their own. */
function marketOf({ scenario, seed, experiment }: SummarisedRun, other: SummarisedRun): string | null {
  return seed === null ? null : JSON.stringify([scenario, seed, experiment, other.experiment])
}

async function summarise(
  engine: RunEngine,
  paths: readonly string[],
  onDone: () => void,
): Promise<SummarisedRun[]> {
  const runs: SummarisedRun[] = []
  for (const path of paths) {
    const { figures, damage } = await summariseRun(engine, path)
    const { seed } = figures
    runs.push({
      ...{ path, damagedLines: damage.damaged },
      scenario: String(figures.scenario),
      experiment: String(figures.experiment),
      seed: typeof seed === 'number' ? seed : null,
      figures: numbersOf(figures),
    })
    onDone()
  }
  return runs
}

/** What can be subtracted; a figure that a run lacks is null, so that it shows as absent. */
function numbersOf(figures: Readonly<Record<string, unknown>>): FiguresOfRun {
  const entries = Object.entries(figures).filter(
    ([name, value]) => name !== 'seed' && (typeof value === 'number' || value === null),
  )
  return Object.fromEntries(entries) as FiguresOfRun
}

async function compareMarkets(
  { signal }: CommandContext,
  pairs: RunPairs<SummarisedRun>['pairs'],
): Promise<MarketPair[]> {
  const found: MarketPair[] = []
  for (const [one, other] of pairs) {
    signal.throwIfAborted()
    const { equalSteps, difference } = await compareRunFiles(one.path, other.path, isNotTheMarket)
    found.push({ a: one.path, b: other.path, equalSteps, difference })
  }
  return found
}

function figureTable(figures: ReturnType<typeof compareFigures>, pairs: number): string {
  const shown = figures.filter(({ a, b }) => a !== null || b !== null)
  return formatTable(shown, [
    { title: 'figure', value: ({ name }) => name },
    { title: 'a', align: 'right', value: ({ a }) => figureText(a) },
    { title: 'b', align: 'right', value: ({ b }) => figureText(b) },
    { title: 'b - a', align: 'right', value: ({ difference }) => figureText(difference) },
    ...(pairs < 2
      ? []
      : [
          {
            title: '95 % interval',
            align: 'right' as const,
            value: ({ interval }: (typeof shown)[number]) =>
              interval === null ? '–' : `${figureText(interval[0])} … ${figureText(interval[1])}`,
          },
          {
            title: '',
            value: ({ evidence }: (typeof shown)[number]) =>
              evidence === 'contains zero' ? 'contains zero' : '',
          },
        ]),
  ])
}

function figureText(value: number | null): string {
  if (value === null) return '–'
  return Number.isInteger(value)
    ? count(value)
    : value.toLocaleString('en-US', { maximumSignificantDigits: 6 })
}

function marketText(markets: readonly MarketPair[]): string {
  const [first] = markets
  if (first === undefined) return 'markets: no two runs share scenario and seed'
  const lines = markets.map(({ a, b, equalSteps, difference }) => {
    const names = markets.length === 1 ? '' : `${basename(a)} and ${basename(b)}: `
    return difference === null
      ? `${names}the states of the market are equal in all ${amount(equalSteps, 'step')}`
      : `${names}the states of the market first differ at ${differenceText(difference)}`
  })
  return lines.join('\n')
}

function namesOf(runs: readonly SummarisedRun[]): string {
  const [first] = runs
  return runs.length === 1 ? (first?.path ?? '') : `${amount(runs.length, 'run')}, ${first?.path}, …`
}

function warn(
  { printWarning }: CommandContext,
  runs: readonly SummarisedRun[],
  { pairs, unpaired }: RunPairs<SummarisedRun>,
): void {
  if (pairs.length === 0)
    printWarning('no two runs share scenario and seed: only means are compared, without intervals')
  else if (unpaired.length > 0)
    printWarning(`${amount(unpaired.length, 'run')} without a partner: counted in the means of a and b only`)
  for (const { path, damagedLines } of runs)
    if (damagedLines > 0) printWarning(`${path}: ${amount(damagedLines, 'damaged line')} skipped`)
}
