import type { Command } from 'commander'
import { PASSWORD_VARIABLE } from '../../config/config.ts'
import { RAW_FOLDER } from '../../experiments/files/run-files.ts'
import type { RunRules } from '../../experiments/run/outcome.ts'
import { BUILT_IN_EXPERIMENTS } from '../../experiments/strategies/experiment.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { ExperimentRunAnswer } from '../../schemas/experiment/run.ts'
import { type CommandContext, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { amount } from '../terminal/format.ts'
import { openRunProgress } from '../terminal/run-progress.ts'
import { chooseVenue, type VenueOptions } from './chosen-venue.ts'
import { printExperiments, printScenarios } from './list.ts'
import { type PlannedRun, planRuns, type RunResult } from './planned-runs.ts'
import {
  describeRun,
  type FinishedRun,
  failureOf,
  hasFailed,
  isUntried,
  runsAsJson,
  tableOfRuns,
} from './results.ts'
import type { RunSetup } from './run-order.ts'
import { chooseExperiments, chooseForeignScenarios, chooseScenarios } from './selection.ts'

interface RunOptions extends VenueOptions {
  readonly scenario?: readonly string[]
  readonly allScenarios?: true
  readonly experiment?: readonly string[]
  readonly allExperiments?: true
  readonly listExperiments?: true
  readonly listScenarios?: true
  readonly seed?: string
  readonly seeds: string
  readonly steps?: string
  readonly rules: string
  readonly parallel?: string
  readonly dir: string
}

export function registerRun(command: Command, signal: AbortSignal, version: string): void {
  command
    .option('--scenario <name...>', 'scenarios by name, or by the path of a .json file')
    .option('--all-scenarios', 'the five that come with the program')
    .option(
      '--experiment <name...>',
      "experiments by name; a strategy of one's own by its .ts, .js or .mjs file",
    )
    .option('--all-experiments', 'the fifteen that come with the program')
    .option('--list-experiments', 'show the experiments, those of --experiment included, and end')
    .option('--list-scenarios', 'show the scenarios, those of --scenario included, and end')
    .option('--seed <number>', 'the first seed (default: that of the scenario)')
    .option('--seeds <number>', 'runs of each experiment, with as many seeds in a row', '1')
    .option(
      '--steps <number>',
      'steps of each run, 100 ms of market time each (default: those of the scenario)',
    )
    .option(
      '--rules <set>',
      'research: new orders replace older ones, and none is sent that could pass ±5,000 shares, so that a run lasts; original: everything is sent',
      'research',
    )
    .option('--parallel <number>', 'runs at once (default: one a core; 1 with --host)')
    .option('--dir <folder>', 'where the files go', RAW_FOLDER)
    .option('--host <host:port>', 'another exchange that speaks the protocol (default: the embedded one)')
    .option('--name <name>', 'name at that exchange (default: guest)')
    .option('--password <password>', `password at that exchange (default: ${PASSWORD_VARIABLE})`)
    .option('--secure', 'reach it by https and wss')
    .option(
      '--trust-certificate <certificate>',
      'trust this certificate of the exchange: its SHA-256 fingerprint, or a PEM file',
    )
    .option(
      '--account <account...>',
      'with --gateway, which trades over TWS in steps of the wall clock: the paper accounts that orders may be sent for',
    )
    .option('--symbol <symbol>', 'with --gateway: the stock (default: EXCH, that of the simulated scenarios)')
    .option('--step-ms <number>', 'with --gateway: from one step to the next, ms (default: 1000)')
    .option('--max-loss-per-day <dollars>', 'with --gateway: no more orders after this loss (default: 10000)')
    .addHelpText(
      'after',
      `
Each run has a file of step records and a manifest in --dir; a run that ends
early says why. The whole workflow, with real output: docs/experiments.md.

Examples:
  optionlake experiment run --scenario normal_market --experiment passive
  optionlake experiment run --scenario normal_market \\
    --experiment passive price_bid price_mid price_ask
  optionlake experiment run --all-scenarios --all-experiments
  optionlake experiment run --scenario flash_crash --seeds 10 \\
    --experiment passive ./my-strategy.ts
  optionlake experiment run --scenario normal_market --experiment passive \\
    --host 127.0.0.1:8433 --secure --name team --password secret
  optionlake experiment run --experiment inventory_mgmt --steps 600 \\
    --gateway 127.0.0.1:4002 --account DU1234567`,
    )
    .action((options: RunOptions, own: Command) =>
      withContext(own, signal, (context) =>
        runExperiments(context, { ...options, ...own.optsWithGlobals<VenueOptions>() }, version),
      ),
    )
}

async function runExperiments(context: CommandContext, options: RunOptions, version: string): Promise<void> {
  if (options.listExperiments || options.listScenarios) return printLists(context, options)
  const venue = chooseVenue(options, context.config)
  const experiments = await chooseExperiments(options.experiment ?? [], options.allExperiments === true)
  const runs = planRuns({
    scenarios: scenariosOf(options, venue.kind),
    experiments: experiments.map(({ name, mode, file }) => ({ experiment: name, mode, strategyFile: file })),
    ...seedsOf(options, venue.kind),
    steps: optionalNumber('--steps', options.steps, { min: 1, max: 10_000_000 }),
    rules: rulesOf(options.rules, venue.kind),
  })
  const finished = await makePlannedRuns(context, options, { runs, venue, version })
  const failure = failureOf(finished)
  if (context.json) printJson<ExperimentRunAnswer>(context, runsAsJson(finished))
  else if (finished.some(({ result }) => result.file !== null)) context.print(tableOfRuns(finished))
  if (failure !== null) throw failure
  context.signal.throwIfAborted()
}

async function printLists(context: CommandContext, options: RunOptions): Promise<void> {
  if (options.listExperiments) {
    const own = options.experiment ?? []
    printExperiments(context, own.length > 0 ? await chooseExperiments(own, true) : BUILT_IN_EXPERIMENTS)
  }
  if (options.listScenarios) printScenarios(context, chooseScenarios(options.scenario ?? [], true))
}

function scenariosOf({ scenario = [], allScenarios, symbol }: RunOptions, venue: RunSetup['venue']['kind']) {
  const all = allScenarios === true
  if (venue === 'embedded') {
    return chooseScenarios(scenario, all).map(({ id, nameOrPath, seed }) => ({
      ...{ scenarioId: id, scenario: nameOrPath, seed },
    }))
  }
  // Over TWS the market is what it is: the name only says for the files which one that was.
  const names =
    venue === 'tws' && scenario.length === 0 && !all
      ? [symbol ?? 'tws']
      : chooseForeignScenarios(scenario, all)
  if (venue === 'tws' && names.length > 1) {
    throw new Failure(EXIT.usage, `--gateway has one market: name one scenario, not ${names.join(', ')}`)
  }
  return names.map((id) => ({ scenarioId: id, scenario: id, seed: null }))
}

function seedsOf({ seed, seeds }: RunOptions, venue: RunSetup['venue']['kind']) {
  const firstSeed = optionalNumber('--seed', seed, { min: 0, max: 2_147_483_647 })
  const number = parseWholeNumber('--seeds', seeds, { max: 10_000 })
  if (venue === 'tws' && (number > 1 || firstSeed !== null)) {
    throw new Failure(
      EXIT.usage,
      '--seed and --seeds: a market over TWS has no seed, and is never the same twice',
    )
  }
  if (venue === 'exchange' && number > 1 && firstSeed === null) {
    throw new Failure(
      EXIT.usage,
      `--seeds ${seeds}: only the exchange knows the seeds of its scenarios: give the first one with --seed`,
    )
  }
  return { firstSeed, seeds: number }
}

function rulesOf(text: string, venue: RunSetup['venue']['kind']): RunRules {
  if (text === 'original' && venue === 'tws') {
    throw new Failure(
      EXIT.usage,
      '--rules original: over TWS nothing ends a run at a limit, so only the rules research hold there: leave it out',
    )
  }
  if (text === 'research' || text === 'original') return text
  throw new Failure(EXIT.usage, `--rules ${text} is unknown: write original or research`)
}

async function makePlannedRuns(
  context: CommandContext,
  options: RunOptions,
  {
    runs,
    venue,
    version,
  }: { readonly runs: readonly PlannedRun[]; readonly venue: RunSetup['venue']; readonly version: string },
): Promise<FinishedRun[]> {
  const { interactive, printStatus } = context
  const { dir } = options
  const parallel = parallelOf(options, venue.kind)
  // The threads and the exchange in them take time to load; a list or a mistyped name needs none of it.
  const { makeRuns } = await import('./run-pool.ts')
  if (runs.length > 1) printStatus(`${amount(runs.length, 'run')} into ${dir}`)
  const labels = runs.map(({ scenarioId, experiment, seed }) =>
    [scenarioId, experiment, seed ?? ''].join(' '),
  )
  const view = openRunProgress(labels, interactive, printStatus)
  const startedAtMs = new Map<number, number>()
  const finished: FinishedRun[] = []
  const hopeless = new AbortController()

  function ended(at: number, result: RunResult): void {
    const nowMs = performance.now()
    const seconds = (nowMs - (startedAtMs.get(at) ?? nowMs)) / 1_000
    const one = { run: runs[at] as PlannedRun, result, seconds }
    finished[at] = one
    // The failure of a single run is the last line of the command, which also counts what was not tried.
    const isSaidLater = isUntried(one) || (runs.length === 1 && hasFailed(one))
    view.ended(at, isSaidLater ? null : describeRun(one))
    const begun = finished.filter((each) => each && each.result.file !== null).length
    const others = { started: startedAtMs.size, underWay: startedAtMs.size - begun }
    if (isHopeless(result, others)) hopeless.abort(new Error('the run before it could not begin'))
  }

  const started = (at: number) => {
    startedAtMs.set(at, performance.now())
    view.started(at)
  }
  const signal = AbortSignal.any([context.signal, hopeless.signal])
  const events = {
    started,
    advanced: view.advanced,
    noted: (_: number, line: string) => view.note(line),
    ended,
  }
  try {
    await makeRuns(runs, { folder: dir, venue, version }, { parallel, signal, events })
    return finished
  } finally {
    view.close()
  }
}

function parallelOf({ parallel }: RunOptions, venue: RunSetup['venue']['kind']): number | null {
  if (parallel === undefined) return venue === 'embedded' ? null : 1
  const number = parseWholeNumber('--parallel', parallel, { max: 256 })
  if (venue !== 'tws' || number === 1) return number
  throw new Failure(EXIT.usage, `--parallel ${parallel}: runs over TWS share one account: leave it out`)
}

/**
 * Nothing answers at the exchange, or it has refused the first run, or no file can be created: those after it would end in
 * the same way.
 */
function isHopeless(
  result: RunResult,
  { started, underWay }: { readonly started: number; readonly underWay: number },
): boolean {
  if (result.kind === 'ended' || result.file !== null || !(result.error instanceof Failure)) return false
  const { exitCode } = result.error
  if (exitCode === EXIT.unreachable) return underWay === 0
  return started === 0 && (exitCode === EXIT.refused || exitCode === EXIT.cannotCreate)
}

function optionalNumber(
  option: string,
  text: string | undefined,
  range: { readonly min: number; readonly max: number },
): number | null {
  return text === undefined ? null : parseWholeNumber(option, text, range)
}
