import { createHash } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { basename } from 'node:path'
import type { Clock } from '../../market/clock.ts'
import { EXIT, type ExitCode, Failure } from '../../process/failure.ts'
import { type Manifest, type ManifestOutcome, writeManifest } from '../files/manifest.ts'
import { runFilePath } from '../files/run-files.ts'
import { openStepLog, type StepLog, type WrittenFile } from '../files/step-log.ts'
import type { Experiment } from '../strategies/experiment.ts'
import type { Strategy } from '../strategies/strategy.ts'
import type { RunOutcome } from './outcome.ts'
import { type RunParts, runExperiment } from './run-experiment.ts'
import type { RunSettings } from './settings.ts'
import type { Venue } from './venue.ts'

/** What the manifest of a run says beside its settings. */
export interface RunOrigin {
  readonly version: string
  readonly host: Manifest['host']
  /** Of the scenario as canonical JSON; null where only the venue knows it. */
  readonly scenarioSha256: string | null
  /** What the agents' draws derive from; null if that is not known. */
  readonly agentSeeds: string | null
  /** More settings, without secrets. */
  readonly configuration: Manifest['configuration']
}

/** A run whose file and manifest are complete. */
export interface RecordedRun {
  readonly path: string
  readonly runId: string
  readonly seed: number | null
  readonly outcome: Exclude<ManifestOutcome, { kind: 'running' }>
  /** Null when it ended by an error of the venue or of the disk. */
  readonly figures: RunOutcome | null
  readonly exitCode: ExitCode
}

/**
 * Plays one run into a new file with its manifest. Nothing is created before the venue has accepted the run. Whatever ends
 * it later, the file has whole lines and the manifest says why; the venue is closed in any case.
 * @param folder where the file goes; its name has the time
 * @throws Failure when the run cannot begin, or its files not be created
 */
export async function recordRun(
  folder: string,
  settings: RunSettings,
  origin: RunOrigin,
  {
    experiment,
    openVenue,
    clock,
    onStart,
    ...parts
  }: Pick<RunParts, 'signal' | 'onStrategy' | 'onProgress'> & {
    readonly experiment: Experiment
    readonly openVenue: () => Promise<Venue>
    readonly clock: Pick<Clock, 'now' | 'monotonicMs'>
    /** Called when the first record can be written. */
    onStart?(path: string, run: Venue['run']): void
  },
): Promise<RecordedRun> {
  const venue = await openVenue()
  try {
    const { runId, seed } = venue.run
    parts.onStrategy?.('begins', 0)
    const strategy = experiment.create({ scenario: settings.scenario, seed })
    parts.onStrategy?.('ends', 0)
    const startedAt = new Date(clock.now())
    const log = openNewLog(folder, settings, strategy, startedAt)
    const manifest = beginManifest({ log, settings, origin, experiment, venue, startedAt })
    onStart?.(log.path, venue.run)
    const played = await playInto(log, () =>
      runExperiment(settings, { venue, strategy, log, clock, ...parts }),
    )
    const outcome = outcomeOf(played, log.close(), clock)
    writeManifest(log.path, { ...manifest, outcome })
    return { path: log.path, runId, seed, outcome, figures: played.figures, exitCode: played.exitCode }
  } finally {
    await venue.close()
  }
}

/** Two runs that begin in the same millisecond would have the same name: the later one takes the next free one. */
function openNewLog(
  folder: string,
  { scenario }: RunSettings,
  { name: experiment, mode }: Strategy,
  startedAt: Date,
): StepLog {
  for (let tries = 0; ; tries++) {
    const at = new Date(startedAt.getTime() + tries)
    try {
      return openStepLog(runFilePath(folder, { scenario, experiment, mode, startedAt: at }))
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'EEXIST' || tries >= MAX_NAME_TRIES) throw error
    }
  }
}

const MAX_NAME_TRIES = 1_000

interface Beginning {
  readonly log: StepLog
  readonly settings: RunSettings
  readonly origin: RunOrigin
  readonly experiment: Experiment
  readonly venue: Venue
  readonly startedAt: Date
}

/** Without a manifest there is no run: the file that was just made goes too. */
function beginManifest(beginning: Beginning): Omit<Manifest, 'outcome'> {
  const { log } = beginning
  try {
    const manifest = manifestOf(beginning)
    writeManifest(log.path, { ...manifest, outcome: { kind: 'running' } })
    return manifest
  } catch (error) {
    log.close()
    rmSync(log.path, { force: true })
    throw error
  }
}

function manifestOf({
  log,
  settings,
  origin,
  experiment,
  venue: { run },
  startedAt,
}: Beginning): Omit<Manifest, 'outcome'> {
  const { scenario, rules, steps, decisionLimitMs, maxInventory } = settings
  const { name, description, mode, file } = experiment
  return {
    ...{ format: 'optionlake.experiment-run', format_version: 1, optionlake_version: origin.version },
    records: basename(log.path),
    ...{ scenario, scenario_sha256: origin.scenarioSha256, experiment: name, mode },
    strategy: { description, file, file_sha256: file === null ? null : sha256OfFile(file) },
    ...{ run_id: run.runId, seed: run.seed, agent_seeds: origin.agentSeeds, rules, host: origin.host },
    configuration: {
      ...{ steps, decision_limit_ms: decisionLimitMs, max_inventory: maxInventory },
      ...origin.configuration,
    },
    planned_steps: steps ?? run.steps,
    started_at: startedAt.toISOString(),
  }
}

function sha256OfFile(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

interface Played {
  readonly figures: RunOutcome | null
  readonly kind: RecordedRun['outcome']['kind']
  readonly reason: string
  readonly lastStep: number
  readonly exitCode: ExitCode
}

/** An error of the venue or the disk is an end too: what was recorded before it is kept and described. */
async function playInto(log: StepLog, play: () => Promise<RunOutcome>): Promise<Played> {
  try {
    const figures = await play()
    const { kind, reason } = figures.end
    return { figures, kind, reason, lastStep: figures.lastStep ?? 0, exitCode: EXIT_OF[kind] }
  } catch (error) {
    const reason =
      error instanceof Failure
        ? error.message
        : `unexpected: ${onOneLine((error as Error).stack ?? String(error))}`
    const lastStep = Math.max(0, log.close().records - 1)
    const exitCode = error instanceof Failure ? error.exitCode : EXIT.internal
    return { figures: null, kind: 'failed', reason, lastStep, exitCode }
  }
}

function onOneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

function outcomeOf(
  { figures, kind, reason, lastStep }: Played,
  file: WrittenFile,
  clock: Pick<Clock, 'now'>,
): RecordedRun['outcome'] {
  return {
    ...{ kind, reason, file, steps: lastStep, ended_at: new Date(clock.now()).toISOString() },
    late_fills: [...(figures?.lateFills ?? [])],
    ...(figures && { fill_attribution: figures.fillAttribution }),
  }
}

/** A run that its rules end is a result; one that its strategy or its venue ends has failed. */
export const EXIT_OF: Readonly<Record<RunOutcome['end']['kind'], ExitCode>> = {
  complete: EXIT.ok,
  limit: EXIT.ok,
  blow_up: EXIT.ok,
  stopped: EXIT.ok,
  cut: EXIT.unreachable,
  strategy_failed: EXIT.configuration,
  strategy_too_slow: EXIT.configuration,
}
