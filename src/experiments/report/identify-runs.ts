import { Failure } from '../../process/failure.ts'
import { readManifest } from '../files/manifest.ts'
import { readRecords } from '../files/read-records.ts'
import type { LeftOutFile } from './report.ts'
import type { RunIdentity } from './run-data.ts'

/** A file of step records to report on. */
export interface RunFile {
  /** Where it is. */
  readonly path: string
  /** What the report calls it. */
  readonly name: string
}

export interface IdentifiedRun extends RunFile {
  readonly identity: RunIdentity
  /** Later runs have later texts. */
  readonly startedAt: string
}

/**
 * Says which run each file holds, from its first record and its manifest.
 * @throws what is no Failure.
 */
export async function identifyRuns(
  files: readonly RunFile[],
): Promise<{ runs: IdentifiedRun[]; leftOut: LeftOutFile[] }> {
  const runs: IdentifiedRun[] = []
  const leftOut: LeftOutFile[] = []
  for (const file of files) {
    try {
      const run = await identifyRun(file)
      if (run === null) leftOut.push({ file: file.name, reason: 'it has not a single record of a step' })
      else runs.push(run)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      leftOut.push({ file: file.name, reason: error.message })
    }
  }
  return { runs, leftOut }
}

async function identifyRun(file: RunFile): Promise<IdentifiedRun | null> {
  for await (const { record } of readRecords(file.path)) {
    const reading = readManifest(file.path)
    const manifest = reading.kind === 'manifest' ? reading.manifest : null
    const outcome = manifest?.outcome
    return {
      ...file,
      startedAt: manifest?.started_at ?? /\d{8}T\d+Z?/.exec(file.name)?.[0] ?? '',
      identity: {
        file: file.name,
        scenario: record.scenario,
        experiment: record.experiment,
        mode: record.mode === 'passive' ? 'passive' : 'active',
        runId: record.run_id,
        seed: record.seed ?? null,
        rules: record.rules ?? null,
        end:
          outcome === undefined
            ? reading.kind === 'damaged'
              ? { kind: 'unknown', reason: `its manifest cannot be read: ${reading.reason}` }
              : null
            : { kind: outcome.kind, reason: outcome.kind === 'running' ? null : outcome.reason },
        plannedSteps: manifest?.planned_steps ?? null,
      },
    }
  }
  return null
}
