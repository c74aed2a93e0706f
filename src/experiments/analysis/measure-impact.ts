import { statSync } from 'node:fs'
import { EXIT, Failure } from '../../process/failure.ts'
import { readRecords } from '../files/read-records.ts'
import type { RunEngine } from './engine.ts'
import { readRunPath } from './read-run-path.ts'
import { type RunImpact, runImpact } from './run-impact.ts'
import { passiveRunOf, type RunKey, type RunPath } from './run-path.ts'

/** The impact of the runs of some files. */
export interface MeasuredRuns {
  /** One an active run, in the order of the files. */
  readonly runs: readonly RunImpact[]
  readonly passiveRuns: number
  /** Files of active runs without a passive run of the same market. */
  readonly withoutPassive: readonly string[]
  /** Files without a single record. */
  readonly empty: readonly string[]
  /** Lines that were skipped, as they are no records. */
  readonly damagedLines: number
}

interface Heading extends RunKey {
  readonly path: string
  readonly experiment: string
  readonly mode: RunPath['mode']
  /** Bytes. */
  readonly length: number
}

/**
 * Measures every active run against the passive run of its market. One run and its passive run are in memory at a time.
 * @throws Failure EXIT.usage when no file is of a run that is wanted, EXIT.io when one cannot be read.
 */
export async function measureImpact(
  engine: RunEngine,
  paths: readonly string[],
  {
    isWanted = () => true,
    onProgress = () => {},
  }: {
    /** Which active runs to measure. */
    readonly isWanted?: (run: { scenario: string; experiment: string }) => boolean
    readonly onProgress?: (done: number, total: number) => void
  } = {},
): Promise<MeasuredRuns> {
  const headings: Heading[] = []
  const empty: string[] = []
  for (const path of paths) {
    const heading = await headingOf(path)
    if (heading === null) empty.push(path)
    else headings.push(heading)
  }
  const active = headings.filter((run) => run.mode === 'active' && isWanted(run))
  if (active.length === 0)
    throw new Failure(
      EXIT.usage,
      `no run that trades among ${paths.length} files, or none that --scenario and --experiment choose: make one with optionlake experiment run`,
    )
  let damagedLines = 0
  const pathOf = async ({ path }: Heading) => {
    const run = await engine.load(path, 'measured')
    damagedLines += run.damage.damaged
    return readRunPath(engine, run).finally(() => engine.drop('measured'))
  }
  // Runs of one market together, so that their passive run is read once.
  const queue = [...active].sort((one, other) => (marketOf(one) < marketOf(other) ? -1 : 1))
  const measured = new Map<Heading, RunImpact>()
  let read: readonly [Heading, RunPath] | null = null
  for (const run of queue) {
    const passive = passiveRunOf(run, headings)
    if (passive !== null && read?.[0] !== passive) read = [passive, await pathOf(passive)]
    measured.set(run, runImpact(await pathOf(run), passive === null ? null : (read?.[1] ?? null)))
    onProgress(measured.size, active.length)
  }
  return {
    runs: active.map((run) => measured.get(run) as RunImpact),
    passiveRuns: headings.filter(({ mode }) => mode === 'passive').length,
    withoutPassive: active.filter((run) => measured.get(run)?.market === null).map(({ path }) => path),
    empty,
    damagedLines,
  }
}

/** What the first record says; null when there is none. */
async function headingOf(path: string): Promise<Heading | null> {
  for await (const { record } of readRecords(path)) {
    const { scenario, experiment, mode } = record
    // Files of the original framework call all runs active; the name of the experiment says more.
    const isPassive = mode === 'passive' || experiment === 'passive'
    return {
      ...{ path, scenario, experiment, seed: record.seed ?? null, rules: record.rules ?? null },
      mode: isPassive ? 'passive' : 'active',
      length: statSync(path).size,
    }
  }
  return null
}

function marketOf({ scenario, seed, rules }: RunKey): string {
  return JSON.stringify([scenario, seed, rules])
}
