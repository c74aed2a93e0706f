import { join } from 'node:path'

/** Where runs are kept unless a command names another folder. */
export const RAW_FOLDER = 'data/raw'
/** Where what is computed from them goes. */
export const PROCESSED_FOLDER = 'data/processed'

/** What the name of a run's file says. */
export interface RunFileName {
  /** Letters, digits, `_` and `-`. */
  readonly scenario: string
  readonly experiment: string
  readonly mode: 'passive' | 'active'
  readonly startedAt: Date
}

/** `SCENARIO_EXPERIMENT_MODE_TIME.jsonl`; the time is UTC with milliseconds: 20261122T011105123Z. */
export function runFileName({ scenario, experiment, mode, startedAt }: RunFileName): string {
  return `${scenario}_${experiment}_${mode}_${startedAt.toISOString().replace(/[-:.]/g, '')}.jsonl`
}

/** The path of a run's step records in a folder. */
export function runFilePath(folder: string, name: RunFileName): string {
  return join(folder, runFileName(name))
}

/** The manifest beside a file of step records. */
export function manifestPath(recordsPath: string): string {
  return recordsPath.replace(/(\.jsonl)?$/, '.manifest.json')
}
