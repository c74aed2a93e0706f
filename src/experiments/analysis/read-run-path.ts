import type { LoadedRun, QueryRow, RunEngine } from './engine.ts'
import type { RunPath } from './run-path.ts'
import { createRunTrace, type TracedFill, type TracedOrder } from './trace-run.ts'

/** The path of a run that the engine has loaded. */
export async function readRunPath(engine: RunEngine, run: LoadedRun): Promise<RunPath> {
  const { name, scenario, experiment, runId, seed, rules } = run
  const rows = await engine.query(
    `SELECT step, bid, ask, mid, spread, inventory, orders, fills FROM ${name}.records ORDER BY step`,
  )
  const mode = run.mode === 'passive' ? 'passive' : 'active'
  const trace = createRunTrace({ scenario, experiment, runId, seed, rules, mode })
  for (const row of rows) {
    trace.add({
      step: row.step as number,
      market: {
        bid: amount(row, 'bid'),
        ask: amount(row, 'ask'),
        mid: amount(row, 'mid'),
        spread: amount(row, 'spread'),
      },
      state: { inventory: amount(row, 'inventory') ?? 0 },
      orders: row.orders as unknown as TracedOrder[],
      fills: row.fills as unknown as TracedFill[],
    })
  }
  const { manifest } = run
  if (manifest.kind === 'manifest' && manifest.manifest.outcome.kind !== 'running')
    trace.addLateFills(manifest.manifest.outcome.late_fills)
  return trace.path()
}

function amount(row: QueryRow, column: string): number | null {
  const value = row[column]
  return typeof value === 'number' ? value : null
}
