import { join } from 'node:path'
import { refresh } from '../../../src/lake/delta.ts'
import { currentState } from '../../../src/lake/open.ts'
import { smallDeltaTable } from '../../../src/lake/tables/loaded-small-tables.ts'
import { randomOf } from '../campaign.ts'
import { compareAll, compareTotals, type Differences } from './compare.ts'
import type { ForeignEngine } from './engine.ts'
import { createModel, OPTION_SNAPSHOTS, recordVersion, SMALL, tableOf } from './model.ts'
import { openWorkspace, operationOf, type Step, type Workspace } from './operations.ts'

/** A run of operations on one new lake: it ends at the first difference. */
export interface RunResult {
  /** Operations that had something to do. */
  readonly done: number
  /** Comparisons of all rows. */
  readonly compared: number
  /** The step after which the lake differed, and how; null if it never did. */
  readonly failure: { readonly at: number; readonly lines: Differences } | null
  /** By kind of operation: how often it ran. */
  readonly counts: ReadonlyMap<string, number>
}

export interface RunOptions {
  readonly engine: ForeignEngine
  /** A folder for the lake, which does not exist yet. */
  readonly folder: string
  readonly steps: readonly Step[]
  /** Stops after so many operations that had something to do. */
  readonly operations?: number
  /** All rows are compared after every so many operations, and at the end. */
  readonly compareEvery: number
  readonly logRetentionDays: number
  /** Whether counts and sums are compared after each operation. */
  readonly totals: boolean
}

export async function runSteps({ engine, folder, steps, ...options }: RunOptions): Promise<RunResult> {
  const model = createModel()
  const workspace = await openWorkspace(join(folder, 'lake'), engine, { ...options, model })
  const counts = new Map<string, number>()
  let compared = 0
  const result = (failure: RunResult['failure']) => ({
    done: [...counts.values()].reduce((sum, count) => sum + count, 0),
    compared,
    failure,
    counts,
  })
  try {
    let done = 0
    for (const [at, step] of steps.entries()) {
      const lines = await differencesAfter(workspace, step, options.totals)
      if (lines === null) continue
      if (lines.length > 0) return result({ at, lines })
      const kind = `${step.by}: ${step.name}`
      counts.set(kind, (counts.get(kind) ?? 0) + 1)
      done++
      const isLast = at === steps.length - 1 || done === options.operations
      if (done % options.compareEvery !== 0 && !isLast) continue
      compared++
      const all = await orMessage(() => compareAll(model, workspace, randomOf(step.seed)))
      if (all !== null && all.length > 0) return result({ at, lines: all })
      if (isLast) break
    }
    return result(null)
  } finally {
    await Promise.allSettled([workspace.lake.close(), workspace.reader.close()])
  }
}

/** Null if the operation had nothing to do, such as a gap to fill. */
async function differencesAfter(
  workspace: Workspace,
  step: Step,
  withTotals: boolean,
): Promise<Differences | null> {
  return orMessage(async () => {
    const outcome = await operationOf(step).run(workspace, randomOf(step.seed))
    if (outcome === null) return null
    await recordVersions(workspace)
    const tables = new Set(withTotals ? outcome.tables : [])
    return [...(outcome.wrong ?? []), ...(await compareTotals(workspace.model, workspace, tables))]
  })
}

/** The versions of the tables after an operation, so that a later one can go back to them. */
async function recordVersions({ lake, model }: Workspace): Promise<void> {
  recordVersion(tableOf(model, OPTION_SNAPSHOTS.name), (await currentState(lake)).version)
  for (const shape of SMALL) {
    const delta = lake.smallTables.has(shape.name) ? await smallDeltaTable(lake, shape) : null
    if (delta !== null) recordVersion(tableOf(model, shape.name), (await refresh(delta)).version)
  }
}

/** An error of an operation or of a comparison is a difference too. */
async function orMessage<T>(work: () => Promise<T>): Promise<T | Differences> {
  try {
    return await work()
  } catch (error) {
    return [(error as Error).message.split('\n').slice(0, 3).join(' ')]
  }
}
