import { readdirSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import type { RunFile } from './identify-runs.ts'

/**
 * The files of step records behind paths: a folder stands for the `.jsonl` files in it.
 * @throws Failure EXIT.usage for a path that is not there, and when there is no file at all.
 */
export function filesBehind(paths: readonly string[]): RunFile[] {
  const files = new Map<string, RunFile>()
  for (const path of paths) {
    const isFolder = statOf(path).isDirectory()
    const found = isFolder
      ? readdirSync(path)
          .filter((name) => name.endsWith('.jsonl'))
          .sort()
          .map((name) => ({ path: join(path, name), name: paths.length === 1 ? name : join(path, name) }))
      : [{ path, name: path }]
    for (const file of found) files.set(file.path, file)
  }
  if (files.size === 0)
    throw new Failure(
      EXIT.usage,
      `${paths.join(', ')} has no .jsonl file: run experiments first, with optionlake experiment run`,
    )
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

function statOf(path: string): Stats {
  try {
    return statSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const advice = code === 'ENOENT' ? 'there is no such file or folder' : String(code)
    throw new Failure(EXIT.usage, `cannot report on ${path}: ${advice}`, error, code)
  }
}
