import { join } from 'node:path'
import { commitName, type DeltaTable, logFolderOf } from '../../delta/index.ts'
import { exists, loadWholeTable } from '../delta.ts'
import { tableFolder } from '../layout.ts'
import { SHA256_TAG } from '../tables/data-files.ts'
import { LEDGER_APP } from '../tables/ledger.ts'
import { SLOTS } from '../tables/small-tables.ts'
import { generationTable, TABLES } from './backup-folder.ts'
import { copyLog, type LogCopy } from './copy-log.ts'
import { type FileFacts, type TransferOptions, VanishedError } from './transfer.ts'

/** A data file of one version of a table. */
export interface PinnedFile {
  /** Below the table's folder. */
  readonly path: string
  readonly facts: FileFacts
  /** False for a replaced file, which only older versions need. */
  readonly isActive: boolean
}

/** One version of a table, whose log was copied. */
export interface PinnedTable {
  readonly name: string
  readonly version: number
  readonly files: readonly PinnedFile[]
}

/**
 * Copies the logs of all tables of a lake to a new folder, and reads from the copies which data files their versions
 * need. From then on nothing that a writer does to the log matters.
 * @param former an earlier folder of this kind, from which unchanged files are taken.
 * @throws VanishedError when a clean-up of the log came in between: try again. Failure EXIT.io
 */
export async function pinLake(
  root: string,
  generation: string,
  { former, ...options }: TransferOptions & { readonly former: string | null },
): Promise<PinnedTable[]> {
  const pinned: PinnedTable[] = []
  const copies = new Map<string, LogCopy>()
  let stored = -1
  for (const name of TABLES) {
    const from = logFolderOf(tableFolder(root, name))
    if (!(await exists(from))) continue
    const folder = generationTable(generation, name)
    const formerLog = former === null ? null : logFolderOf(generationTable(former, name))
    const copy = await copyLog(from, logFolderOf(folder), { ...options, former: formerLog })
    // A table whose first commit has not been written yet.
    if (copy.version < 0) continue
    const table = await loadCopy(folder, { from, copy })
    if (name === SLOTS.name) stored = table.state.transactions.get(LEDGER_APP) ?? -1
    copies.set(name, copy)
    pinned.push({ name, version: copy.version, files: filesOf(table, copy) })
  }
  checkLedger(root, copies.get('option_snapshots'), stored)
  return pinned
}

/** Loads the copied log. If it gives no table but the original does, a clean-up came in between. */
async function loadCopy(
  folder: string,
  { from, copy }: { readonly from: string; readonly copy: LogCopy },
): Promise<DeltaTable> {
  const loaded = await loadWholeTable(folder).catch(() => null)
  if (loaded?.state.version === copy.version) return loaded
  await loadWholeTable(join(from, '..'))
  throw new VanishedError(join(from, commitName(copy.oldest - 1)))
}

/** Every report that `slots` lacks must be in a copied commit of `option_snapshots`. */
function checkLedger(root: string, copy: LogCopy | undefined, stored: number): void {
  if (copy === undefined || copy.oldest <= stored + 1) return
  throw new VanishedError(join(logFolderOf(tableFolder(root, 'option_snapshots')), commitName(stored + 1)))
}

function filesOf({ state }: DeltaTable, { added }: LogCopy): PinnedFile[] {
  const active = [...state.files.values()].map(({ path, size, tags }): PinnedFile => {
    return { path, isActive: true, facts: { size, sha256: tags?.[SHA256_TAG] ?? null } }
  })
  const replaced = [...state.removed.keys()]
    .filter((path) => !state.files.has(path))
    .map((path): PinnedFile => ({ path, isActive: false, facts: added.get(path) ?? NO_FACTS }))
  return [...active, ...replaced]
}

const NO_FACTS: FileFacts = { size: null, sha256: null }
