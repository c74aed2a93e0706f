import { resolve } from 'node:path'
import type { Scenario } from '../../exchange/scenarios/schema.ts'
import { STEP_MS } from '../../exchange/server/market-time.ts'
import type { Experiment } from '../../experiments/strategies/experiment.ts'
import type { ExperimentList, ScenarioList } from '../../schemas/experiment/run.ts'
import type { CommandContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { count } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** The experiments as a table, or as JSON for programs. */
export function printExperiments(context: CommandContext, experiments: readonly Experiment[]): void {
  const rows = experiments.map(({ name, mode, description, file }) => ({ name, mode, description, file }))
  if (context.json) {
    printJson<ExperimentList>(context, { experiments: rows.map(withAbsoluteFile) })
    return
  }
  const table = formatTable(rows, [
    { title: 'experiment', value: ({ name }) => name },
    { title: 'mode', value: ({ mode }) => mode },
    {
      title: 'description',
      wraps: true,
      value: ({ description, file }) => `${description}${file === null ? '' : ` (${file})`}`,
    },
  ])
  context.print(table)
}

/** The scenarios of the embedded exchange as a table, or as JSON for programs. */
export function printScenarios(
  context: CommandContext,
  scenarios: readonly (Scenario & { readonly file: string | null })[],
): void {
  const rows = scenarios.map(({ id, name, description, seed, steps, file }) => ({
    ...{ id, name, description, seed, steps, file },
    duration_sec: (steps * STEP_MS) / 1_000,
  }))
  if (context.json) {
    printJson<ScenarioList>(context, { scenarios: rows.map(withAbsoluteFile) })
    return
  }
  const table = formatTable(rows, [
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
  context.print(table)
}

function withAbsoluteFile<Row extends { readonly file: string | null }>(row: Row): Row {
  return { ...row, file: row.file && resolve(row.file) }
}
