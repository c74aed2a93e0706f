import { expiryTimesOf } from '../../market/option-hours.ts'
import type { EpochMs } from '../../market/units.ts'
import { isOfThisVersion } from '../../snapshot/definition-version.ts'
import { QUALITY_FLAGS } from '../../snapshot/quality-flags.ts'
import type { SnapshotRow } from '../../snapshot/row.ts'
import type { Carry } from '../carry.ts'
import { type ChainRow, groupChain } from '../chain.ts'
import { withOwnGreeks } from './own-greeks.ts'

/**
 * Rows whose own volatility and greeks follow an older version of the definitions, with those of this version, solved again
 * from the stored quotes. Without it a rebuilt figure that uses deltas of rows would have the new version and old inputs.
 * Rows with the greeks of IB's model stay as they are, and so do rows that are not stored ones, which have no version. The
 * rows in the lake are not changed: they record what was known when they were written.
 */
export function withOwnGreeksOfThisVersion(
  rows: readonly ChainRow[],
  { slot, symbol, carry }: { readonly slot: EpochMs; readonly symbol: string; readonly carry: Carry },
): readonly ChainRow[] {
  if (!rows.some(isOlderOwn)) return rows
  // The columns that own greeks need are among those that figures read.
  const cleared = rows.map((row) => (isOlderOwn(row) ? withoutGreeks(row) : row)) as SnapshotRow[]
  const solved = withOwnGreeks(groupChain(cleared, { slot, expiresAt: expiryTimesOf(symbol) }), carry)
  // A row without volatility in an older version may have one today: that is for new rows to say.
  return solved.map((row, at) => (isOlderOwn(rows[at] as ChainRow) ? row : (rows[at] as ChainRow)))
}

function isOlderOwn({ greeks_source, definition_version }: ChainRow): boolean {
  return (
    greeks_source === 'own' && definition_version !== undefined && !isOfThisVersion({ definition_version })
  )
}

function withoutGreeks(row: ChainRow): ChainRow {
  const { greeks_own, iv_missing } = QUALITY_FLAGS
  const flags = ((row.flags ?? 0) & ~greeks_own) | iv_missing
  return {
    ...row,
    iv: null,
    delta: null,
    gamma: null,
    theta: null,
    vega: null,
    greeks_source: null,
    flags,
  } as ChainRow
}
