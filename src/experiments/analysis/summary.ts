import { statSync } from 'node:fs'
import { basename } from 'node:path'
import { Failure } from '../../process/failure.ts'
import { manifestWarning } from '../files/manifest.ts'
import type { DamageReport } from '../files/read-records.ts'
import { csvText } from './csv.ts'
import type { LoadedRun, QueryRow, RunEngine } from './engine.ts'
import { FIGURES, figuresSql, quantitiesSql, type RunFigures } from './run-figures.ts'

/** All figures of one run, in the order of the summary's columns, and its orders by size. */
export interface RunSummary {
  readonly path: string
  readonly figures: RunFigures
  readonly quantities: readonly QueryRow[]
  readonly damage: DamageReport
  /** What the manifest says against the records; null if nothing. */
  readonly warning: string | null
}

/** A file that has no figures, and why. */
export interface UnreadableRun {
  readonly path: string
  readonly reason: string
}

/** The figures of a file. @throws Failure as `load` does. */
export async function summariseRun(engine: RunEngine, path: string): Promise<RunSummary> {
  const run = await engine.load(path, 'summarised')
  const found: Record<string, QueryRow[string]> = runFigures(run)
  for (const from of ['steps', 'orders', 'fills', 'path'] as const) {
    Object.assign(found, (await engine.query(figuresSql(run.name, from)))[0])
  }
  const quantities = await engine.query(quantitiesSql(run.name))
  found.fill_rate_pct = percentOf(found.total_fills, found.total_actions)
  found.shares_filled_pct = percentOf(found.total_fill_qty, found.ordered_qty)
  found.fill_rate_by_qty = fillRateText(quantities)
  const figures = Object.fromEntries(FIGURES.map(({ name }) => [name, tidy(found[name])]))
  const warning = manifestWarning(run.manifest, statSync(path).size)
  return { path, figures, quantities, damage: run.damage, warning }
}

/** What a folder, or a list of files, amounts to. Files without a single record have no figures. */
export interface FolderSummary {
  readonly runs: readonly RunSummary[]
  readonly unreadable: readonly UnreadableRun[]
}

/** The figures of several files, as many at once as there are engines; in the order of the files. */
export async function summariseRuns(
  engines: readonly RunEngine[],
  paths: readonly string[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<FolderSummary> {
  const found: (RunSummary | UnreadableRun)[] = []
  let next = 0
  let done = 0
  async function work(engine: RunEngine): Promise<void> {
    for (let at = next++; at < paths.length; at = next++) {
      const path = paths[at] as string
      found[at] = await summariseRun(engine, path).catch((error: unknown) => {
        if (error instanceof Failure) return { path, reason: error.message }
        next = paths.length
        throw error
      })
      onProgress(++done, paths.length)
    }
  }
  onProgress(0, paths.length)
  const ended = await Promise.allSettled(engines.map(work))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return {
    runs: found.filter((one) => 'figures' in one),
    unreadable: found.filter((one) => 'reason' in one),
  }
}

/** One row a run, the columns of `FIGURES`. */
export function summaryCsv(runs: readonly RunSummary[]): string {
  return csvText(
    FIGURES.map(({ name }) => name),
    runs.map(({ figures }) => figures),
  )
}

/** What the file, its manifest and its first record say. */
function runFigures(run: LoadedRun): Record<string, QueryRow[string]> {
  const { manifest } = run
  const outcome = manifest.kind === 'manifest' ? manifest.manifest.outcome : null
  return {
    scenario: run.scenario,
    experiment: run.experiment,
    run_id: run.runId,
    mode: run.mode,
    source_file: basename(run.path),
    seed: run.seed,
    rules: run.rules,
    outcome: outcome?.kind ?? null,
    outcome_reason:
      outcome && 'reason' in outcome
        ? outcome.reason
        : manifest.kind === 'damaged'
          ? `damaged manifest: ${manifest.reason}`
          : null,
    damaged_lines: run.damage.damaged,
  }
}

/** `100=84.6 200=41.0`; null where fills name no orders, or there are none. */
function fillRateText(quantities: readonly QueryRow[]): string | null {
  const known = quantities.filter((row) => typeof row.shares_filled_pct === 'number')
  if (known.length === 0) return null
  return known
    .map(({ qty, shares_filled_pct }) => `${qty}=${Number(Number(shares_filled_pct).toPrecision(4))}`)
    .join(' ')
}

function percentOf(part: QueryRow[string] | undefined, whole: QueryRow[string] | undefined): number | null {
  return Number(whole) > 0 ? (100 * Number(part)) / Number(whole) : null
}

/** Without the noise of binary fractions in the last digits. */
function tidy(value: QueryRow[string] | undefined): QueryRow[string] {
  return typeof value === 'number' ? Number(value.toPrecision(12)) : (value ?? null)
}
