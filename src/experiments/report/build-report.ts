import { EXIT, Failure } from '../../process/failure.ts'
import type { RunEngine } from '../analysis/engine.ts'
import { chooseRuns, type RunChoice } from './choose-files.ts'
import { type IdentifiedRun, identifyRuns, type RunFile } from './identify-runs.ts'
import { measureRun } from './measure-run.ts'
import { SERIES_NAMES } from './page-data.ts'
import { readRun } from './read-run.ts'
import type { LeftOutFile, Report } from './report.ts'
import type { ReportRun } from './report-run.ts'
import type { RunData } from './run-data.ts'

/** Runs that are shown over time; more would make the page slow to open. */
const MOST_SHOWN = 400
/** Low and high values of all shown runs together: about 1.5 bytes of page each. */
const MOST_VALUES = 800_000
const MOST_BUCKETS = 1_000

/** What building a report needs besides the files. */
export interface ReportOptions {
  readonly madeAt: Date
  readonly version: string
  readonly choice: RunChoice
  readonly signal?: AbortSignal
  /** Runs that are done, of all. */
  readonly onProgress?: (done: number, total: number) => void
}

/**
 * Reads the runs one by one and keeps what the report shows of each. In memory are one run and the passive run of its market;
 * passive runs come first, so that each file is read once.
 * A file that cannot be read is left out and named.
 * @throws Failure EXIT.usage when no run is left to show.
 */
export async function buildReport(
  engine: RunEngine,
  files: readonly RunFile[],
  { madeAt, version, choice, signal, onProgress = () => {} }: ReportOptions,
): Promise<Report> {
  const { runs: identified, leftOut } = await identifyRuns(files)
  const chosen = new Set(
    chooseRuns(
      identified.map(({ identity }) => identity),
      choice,
    ),
  )
  const ordered = inOrder(identified.filter(({ identity }) => chosen.has(identity)))
  const countedFiles = chooseCounted(ordered)
  const shown = chooseShown(ordered, countedFiles)
  const buckets = Math.min(
    MOST_BUCKETS,
    Math.floor(MOST_VALUES / (2 * SERIES_NAMES.length * Math.max(1, shown.size))),
  )
  const runs: ReportRun[] = []
  const counted = new Set<number>()
  let passive = null as { readonly market: string; readonly data: RunData } | null
  for (const [index, run] of ordered.entries()) {
    signal?.throwIfAborted()
    const data = await readOrLeaveOut(engine, run, leftOut)
    onProgress(index + 1, ordered.length)
    if (data === null) continue
    const market = marketKey(run)
    const isPaired = run.identity.mode === 'active' && isSameMarketAgain(run)
    const baseline: RunData | null = isPaired && passive?.market === market ? passive.data : null
    if (countedFiles.has(run)) counted.add(runs.length)
    runs.push(measureRun(data, baseline, shown.has(run) ? buckets : 0))
    if (run.identity.mode === 'passive' && passive?.market !== market) passive = { market, data }
  }
  if (runs.length === 0) throw nothingToShow(leftOut)
  return { runs, counted, leftOut, madeAt, version }
}

function nothingToShow(leftOut: readonly LeftOutFile[]): Failure {
  const [first] = leftOut
  const others = leftOut.length > 1 ? `, and ${leftOut.length - 1} more` : ''
  return new Failure(
    EXIT.usage,
    `nothing to report on${first ? `: ${first.file}: ${first.reason}${others}` : ''}`,
  )
}

async function readOrLeaveOut(
  engine: RunEngine,
  { path, name, identity }: IdentifiedRun,
  leftOut: LeftOutFile[],
): Promise<RunData | null> {
  try {
    return await readRun(engine, path, identity)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    leftOut.push({ file: name, reason: error.message })
    return null
  }
}

function marketKey({ identity: { scenario, seed, rules } }: IdentifiedRun): string {
  return JSON.stringify([scenario, seed, rules])
}

/**
 * Whether another run with the same scenario, seed and rules had the same market. A venue without a seed, such as a gateway,
 * has another one each time; files of the original framework name no seed, but each of its scenarios has a fixed one.
 */
function isSameMarketAgain({ identity: { seed, rules } }: IdentifiedRun): boolean {
  return seed !== null || rules === null
}

/** By scenario, seed and rules; passive runs first, complete ones before others, newer ones before older ones. */
function inOrder(runs: readonly IdentifiedRun[]): IdentifiedRun[] {
  const isComplete = ({ identity: { end } }: IdentifiedRun) => end === null || end.kind === 'complete'
  return [...runs].sort(
    (one, other) =>
      one.identity.scenario.localeCompare(other.identity.scenario, 'en') ||
      (one.identity.seed ?? -1) - (other.identity.seed ?? -1) ||
      (one.identity.rules ?? '').localeCompare(other.identity.rules ?? '', 'en') ||
      Number(other.identity.mode === 'passive') - Number(one.identity.mode === 'passive') ||
      one.identity.experiment.localeCompare(other.identity.experiment, 'en') ||
      Number(isComplete(other)) - Number(isComplete(one)) ||
      other.startedAt.localeCompare(one.startedAt, 'en'),
  )
}

/** The first of the runs with the same scenario, experiment, seed and rules; every run of a venue without a seed. */
function chooseCounted(ordered: readonly IdentifiedRun[]): Set<IdentifiedRun> {
  const seen = new Set<string>()
  return new Set(
    ordered.filter((run) => {
      const key = `${marketKey(run)} ${run.identity.experiment}`
      const isNew = !seen.has(key) || !isSameMarketAgain(run)
      seen.add(key)
      return isNew
    }),
  )
}

/** As many as a page can show: of each scenario and experiment the first seed, then the second, and so on. */
function chooseShown(
  ordered: readonly IdentifiedRun[],
  counted: ReadonlySet<IdentifiedRun>,
): Set<IdentifiedRun> {
  if (ordered.length <= MOST_SHOWN) return new Set(ordered)
  const places = new Map<string, number>()
  const ranked = ordered
    .filter((run) => counted.has(run))
    .map((run) => {
      const key = JSON.stringify([run.identity.scenario, run.identity.experiment, run.identity.rules])
      const rank = places.get(key) ?? 0
      places.set(key, rank + 1)
      return { run, rank }
    })
    .sort((one, other) => one.rank - other.rank)
  return new Set(ranked.slice(0, MOST_SHOWN).map(({ run }) => run))
}
