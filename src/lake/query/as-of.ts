import type { TableState } from '../../delta/index.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { availableVersions, readCommits, readVersion, versionAsOf } from '../delta.ts'
import type { Lake } from '../open.ts'
import { timeText } from '../tables/deleted-file.ts'
import { LEDGER_APP } from '../tables/ledger.ts'
import { smallDeltaTable } from '../tables/loaded-small-tables.ts'
import { SLOTS, type SmallDeltaTable, type SmallFile, type SmallTable } from '../tables/small-tables.ts'

/** A version of `option_snapshots`, or a time: the newest version committed by then. */
export type VersionOrTime = { readonly version: number } | { readonly time: EpochMs }

/**
 * The lake as it was at an earlier version: every reading function gives what it would have given then. The ledger has
 * the reports up to that version. The other tables are as they were at the time. For a version, that is just before the next
 * version of `option_snapshots` was committed, or for rows that are stored before their slot, the version's own time. Nothing can be written to it. Closing the
 * lake closes it too.
 * @throws Failure EXIT.usage when the log does not have the version, naming the oldest and newest; EXIT.io.
 */
export async function lakeAsOf(lake: Lake, wanted: VersionOrTime): Promise<Lake> {
  const { snapshots } = lake
  const versions = await availableVersions(snapshots)
  const version =
    'version' in wanted
      ? wanted.version
      : (versions.findLast(({ time }) => time <= wanted.time) ?? (await versionAsOf(snapshots, wanted.time)))
          .version
  const state = await readVersion(snapshots, version)
  const time = versions.find((one) => one.version === version)?.time
  if (time === undefined) {
    throw new Failure(
      EXIT.tryLater,
      `${snapshots.folder}: version ${version} was committed just now: try again`,
    )
  }
  const next = versions.find((one) => one.version > version)
  const isThen = (at: number, { isStoredBeforeSlot }: SmallTable) => {
    if ('time' in wanted) return at <= wanted.time
    return next === undefined || (isStoredBeforeSlot ? at <= time : at < next.time)
  }
  const states = new Map<string, Promise<TableState<SmallFile> | null>>()
  const smallState = (table: SmallTable) => {
    const known = states.get(table.name) ?? stateThen(lake, table, { version, isThen })
    states.set(table.name, known)
    return known
  }
  const asOf = { version, time: epochMs(time), snapshots: state, smallState }
  return { ...lake, mode: 'read', asOf, close: async () => {} }
}

interface Then {
  /** Of `option_snapshots`. */
  readonly version: number
  /** Whether a commit of another table at this time belongs to it. */
  isThen(time: number, table: SmallTable): boolean
}

async function stateThen(lake: Lake, table: SmallTable, then: Then): Promise<TableState<SmallFile> | null> {
  const stored = await smallDeltaTable(lake, table)
  if (stored === null) return null
  const versions = await availableVersions(stored)
  const found =
    table.name === SLOTS.name
      ? await ledgerVersion(stored, { versions, upTo: then.version })
      : versions.findLast(({ time }) => then.isThen(time, table))?.version
  if (found !== undefined) return readVersion(stored, found)
  const [oldest] = versions
  // The table was created later. Its reports, if it is the ledger, are then still in the log.
  if (oldest === undefined || oldest.version === 0) return null
  throw new Failure(
    EXIT.usage,
    `${stored.folder} has no version as old as version ${then.version} of option_snapshots: ` +
      `the oldest is ${oldest.version} of ${timeText(oldest.time)}`,
  )
}

/** The newest version of `slots` that has no report of a version after `upTo`. */
async function ledgerVersion(
  slots: SmallDeltaTable,
  { versions, upTo }: { versions: readonly { readonly version: number }[]; upTo: number },
): Promise<number | undefined> {
  const [oldest] = versions
  if (oldest === undefined) return undefined
  const { transactions } = await readVersion(slots, oldest.version)
  let stored = transactions.get(LEDGER_APP) ?? -1
  let found = stored <= upTo ? oldest.version : undefined
  for (const { version, actions } of await readCommits(slots.logFolder, { from: oldest.version + 1 })) {
    for (const action of actions) {
      if ('txn' in action && action.txn.appId === LEDGER_APP) stored = action.txn.version
    }
    if (stored <= upTo) found = version
  }
  return found
}
