import type { Action, DeltaTable, Located } from '../../../delta/index.ts'
import type { EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { LedgerRow } from '../../../snapshot/ledger.ts'
import { commit } from '../../delta.ts'
import { commitInfo } from '../../tables/commit-info.ts'

/**
 * Commits a repair together with the corrected ledger rows.
 * @throws Failure EXIT.io; EXIT.tryLater when another program has committed a conflicting change.
 */
export async function commitRepair<File extends Located, Facts>(
  table: DeltaTable<File, Facts>,
  actions: readonly Action[],
  { now, reports = [] }: { now: EpochMs; reports?: readonly LedgerRow[] },
): Promise<void> {
  const info = commitInfo('REPAIR', { timestamp: now, reports })
  const outcome = await commit(table, table.state.version, [info, ...actions])
  if (outcome.kind === 'committed') return
  throw new Failure(EXIT.tryLater, `${table.folder}: ${outcome.reason} during the repair: run it again`)
}
