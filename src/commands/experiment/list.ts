import type { Scenario } from '../../exchange/scenarios/schema.ts'
import { STEP_MS } from '../../exchange/server/market-time.ts'
import type { Experiment } from '../../experiments/strategies/experiment.ts'
import { count } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** The experiments as a table, or as JSON for programs. */
export function listExperiments(experiments: readonly Experiment[], json: boolean): string {
  const rows = experiments.map(({ name, mode, description, file }) => ({ name, mode, description, file }))
  if (json) return JSON.stringify({ experiments: rows })
  return formatTable(rows, [
    { title: 'experiment', value: ({ name }) => name },
    { title: 'mode', value: ({ mode }) => mode },
    {
      title: 'description',
      wraps: true,
      value: ({ description, file }) => `${description}${file === null ? '' : ` (${file})`}`,
    },
  ])
}

/** The scenarios of the embedded exchange as a table, or as JSON for programs. */
export function listScenarios(
  scenarios: readonly (Scenario & { readonly file: string | null })[],
  json: boolean,
): string {
  const rows = scenarios.map(({ id, name, description, seed, steps, file }) => ({
    ...{ id, name, description, seed, steps, file },
    duration_sec: (steps * STEP_MS) / 1_000,
  }))
  if (json) return JSON.stringify({ scenarios: rows })
  return formatTable(rows, [
    { title: 'scenario', value: ({ id }) => id },
    { title: 'seed', align: 'right', value: ({ seed }) => String(seed) },
    { title: 'steps', leaveOut: 2, align: 'right', value: ({ steps }) => count(steps) },
    { title: 'minutes', leaveOut: 1, align: 'right', value: ({ duration_sec }) => count(duration_sec / 60) },
    {
      title: 'description',
      wraps: true,
      value: ({ description, file }) => `${description}${file === null ? '' : ` (${file})`}`,
    },
  ])
}
