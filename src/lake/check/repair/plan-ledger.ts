import { join } from 'node:path'
import type { TableState } from '../../../delta/index.ts'
import { pathFromLog } from '../../../delta/index.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import type { Lake } from '../../open.ts'
import { LEDGER_APP, settled } from '../../tables/ledger.ts'
import { folderOf } from '../../tables/loaded-small-tables.ts'
import { rowsOfFiles, sortedByKey } from '../../tables/read-rows.ts'
import { SLOTS, type SmallFile } from '../../tables/small-tables.ts'
import { reportsOf } from '../../tables/snapshot-table.ts'
import { removalOf } from '../../write/data-file.ts'
import { partitionValues, rowsByPartition, stageRows } from '../../write/write-rows.ts'
import type { Repair } from '../findings.ts'
import type { SmallTablePlan } from './plan-small-table.ts'
import type { SurvivingLog } from './surviving-log.ts'
import type { TablePlan } from './table-plan.ts'

/** The plan of `slots`, and the ledger as far as it survives. */
export interface LedgerPlan {
  readonly plan: TablePlan
  readonly ledger: readonly LedgerRow[]
}

/**
 * Adds to the plan of `slots` the days whose files are damaged, written again from the reports in the log. If commits
 * whose reports should be in `slots` are no longer in the log, all days with reports are written.
 */
export async function planLedger(
  lake: Lake,
  snapshots: SurvivingLog,
  { slots, state }: { slots: SmallTablePlan<typeof SLOTS>; state: TableState<SmallFile> },
): Promise<LedgerPlan> {
  const intact = snapshots.found.commits.filter(({ actions }) => actions !== null)
  const reports = intact.map(({ version, actions }) => ({
    version,
    reports: reportsOf({ version, actions: actions ?? [] }),
  }))
  const stored = state.transactions.get(LEDGER_APP) ?? -1
  const oldest = snapshots.found.commits[0]?.version ?? snapshots.version + 1
  const isCut = oldest > stored + 1
  const allByDay = rowsByPartition(
    SLOTS,
    reports.flatMap((one) => one.reports),
  )
  const laterByDay = rowsByPartition(
    SLOTS,
    reports.filter(({ version }) => version > stored).flatMap((one) => one.reports),
  )
  const files = [...state.files.values()]
  const days = new Set([
    ...files.map(({ partition }) => partition),
    ...slots.changed.keys(),
    ...allByDay.keys(),
  ])
  const rebuilt: { readonly part: string | null; readonly rows: LedgerRow[] }[] = []
  const ledger: LedgerRow[] = []
  for (const part of days) {
    const change = slots.changed.get(part)
    const own = files.filter(({ partition }) => partition === part)
    const base = (change ? change.rows : await rowsOfFiles(lake, SLOTS, own)) as readonly LedgerRow[]
    const isRebuilt = isCut ? allByDay.has(part) : change?.hasBad === true
    const rows = sortedByKey(SLOTS, settled(base, (isRebuilt ? allByDay : laterByDay).get(part) ?? []))
    ledger.push(...rows)
    const isSame = JSON.stringify(rows) === JSON.stringify(sortedByKey(SLOTS, base))
    if (isRebuilt && !isSame) rebuilt.push({ part, rows })
  }
  return {
    plan: withRebuilt(lake, slots, { state, rebuilt, version: isCut ? snapshots.version : null }),
    ledger,
  }
}

/** The plan with whole days in place of what it does to these days. */
function withRebuilt(
  lake: Lake,
  { plan }: SmallTablePlan<typeof SLOTS>,
  {
    state,
    rebuilt,
    version,
  }: {
    state: TableState<SmallFile>
    rebuilt: readonly { readonly part: string | null; readonly rows: LedgerRow[] }[]
    version: number | null
  },
): TablePlan {
  const now = lake.clock.now()
  const parts = new Set(rebuilt.map(({ part }) => part))
  const isOfPart = (values: Readonly<Record<string, string | null>> | null | undefined) =>
    parts.has(values?.[SLOTS.partition] ?? null)
  const removals = [...state.files.values()]
    .filter(({ partition }) => parts.has(partition))
    .map((file) =>
      removalOf(file, { partitionValues: partitionValues(SLOTS, file.partition), now, dataChange: true }),
    )
  const others = plan.actions.filter((action) => {
    if ('add' in action) return !isOfPart(action.add.partitionValues)
    return !('remove' in action && isOfPart(action.remove.partitionValues))
  })
  const folder = folderOf(lake, SLOTS)
  const dropped = new Set(
    plan.actions.flatMap((action) =>
      'add' in action && !others.includes(action) ? [pathFromLog(action.add.path) ?? action.add.path] : [],
    ),
  )
  const unnamed = [...dropped].filter((path) => !state.removed.has(path)).map((path) => join(folder, path))
  return {
    ...plan,
    leftover: [...plan.leftover, ...unnamed],
    actions: [...removals, ...others],
    stage: async () => {
      const staged = (await plan.stage()).filter(({ add }) => !isOfPart(add.partitionValues))
      for (const { part, rows } of rebuilt) staged.push(await stageRows(lake, SLOTS, { part, rows }))
      return staged
    },
    transaction: version === null ? null : { appId: LEDGER_APP, version, lastUpdated: now },
    repairs: [
      ...plan.repairs.filter(({ path }) => !dropped.has(path.slice(folder.length + 1))),
      ...unnamed.map(
        (path): Repair => ({ kind: 'quarantined', path, detail: 'its reports are written again' }),
      ),
      ...rebuilt.map(
        ({ part, rows }): Repair => ({
          kind: 'ledger_rebuilt',
          path: folder,
          detail: `${rows.length} reports of ${part}`,
        }),
      ),
    ],
  }
}
