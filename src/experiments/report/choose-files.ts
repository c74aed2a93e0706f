import { basename } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import { selectRuns } from '../analysis/select-runs.ts'
import type { RunFile } from './identify-runs.ts'

/**
 * The files of step records behind paths: a folder or a pattern stands for the `.jsonl` files in it, which a report of one
 * folder names without it.
 * @param option the one that names another folder, if the path comes from it
 * @throws Failure EXIT.usage for a path without runs
 */
export function filesBehind(paths: readonly string[], option: string | null = null): RunFile[] {
  const files = new Map<string, RunFile>()
  for (const selection of paths) {
    for (const path of selectRuns(selection, option)) {
      const isNamed = paths.length > 1 || path === selection
      files.set(path, { path, name: isNamed ? path : basename(path) })
    }
  }
  return [...files.values()]
}

/** Which runs a person wants: null for all. */
export interface RunChoice {
  readonly scenarios: readonly string[] | null
  readonly experiments: readonly string[] | null
}

/**
 * Those of the runs that were asked for.
 * @throws Failure EXIT.usage when a name fits none; the message lists the names that there are.
 */
export function chooseRuns<Run extends { readonly scenario: string; readonly experiment: string }>(
  runs: readonly Run[],
  { scenarios, experiments }: RunChoice,
): Run[] {
  refuseUnknown(
    'scenario',
    scenarios ?? [],
    runs.map(({ scenario }) => scenario),
  )
  refuseUnknown(
    'experiment',
    experiments ?? [],
    runs.map(({ experiment }) => experiment),
  )
  const chosen = runs.filter(
    ({ scenario, experiment }) =>
      (scenarios?.includes(scenario) ?? true) && (experiments?.includes(experiment) ?? true),
  )
  if (chosen.length === 0 && runs.length > 0)
    throw new Failure(
      EXIT.usage,
      `no run of ${experiments?.join(', ')} in ${scenarios?.join(', ')}: see both with optionlake experiment report alone`,
    )
  return chosen
}

function refuseUnknown(kind: string, wanted: readonly string[], present: readonly string[]): void {
  const names = [...new Set(present)].sort()
  const unknown = wanted.find((name) => !names.includes(name))
  if (unknown === undefined) return
  throw new Failure(
    EXIT.usage,
    `no run of the ${kind} "${unknown}": did you mean ${suggest(unknown, names)}? The files have ${names.join(', ')}`,
  )
}
