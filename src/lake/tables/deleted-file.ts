import { readdir } from 'node:fs/promises'
import { basename, join, relative } from 'node:path'
import {
  type DeltaTable,
  type Located,
  logFolderOf,
  type Projection,
  pathFromLog,
  type VersionTime,
} from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { availableVersions, exists, loadTable, readCommits, readVersion } from '../delta.ts'
import type { Lake } from '../open.ts'

/** Data files of one table. */
interface TableFiles {
  /** The folder of the table. */
  readonly folder: string
  readonly files: readonly Located[]
}

/**
 * The failure for a file of an earlier version that has been deleted since then, usually by `vacuum`. Null if the lake
 * is read at its newest version, if no file is missing, or if the newest version needs the file too: then it is damage.
 */
export async function deletedFileFailure(lake: Lake, { folder, files }: TableFiles): Promise<Failure | null> {
  if (lake.asOf === null) return null
  const missing = await firstMissing(folder, files)
  if (missing === null) return null
  const table = await loadTable(folder, PATHS, { unique: lake.snapshots.unique, conflict: () => null })
  if (table.state.files.has(missing.path)) return null
  const whole = await oldestWholeVersion(table)
  const { version, time } = lake.asOf
  const remedy =
    whole === null
      ? `no version of ${basename(folder)} is whole: optionlake verify lists what is damaged`
      : `the oldest version of ${basename(folder)} that is still whole is ${whole.version} of ${timeText(whole.time)}`
  return new Failure(
    EXIT.usage,
    `version ${version} of ${timeText(time)} cannot be read: ${join(folder, missing.path)} was deleted; ${remedy}`,
  )
}

export function timeText(time: number): string {
  return new Date(time).toISOString()
}

const PATHS: Projection<Located, null> = {
  fileOf: ({ path }) => ({ path: pathFromLog(path) ?? path }),
  begin: () => null,
  fold: () => null,
}

async function firstMissing(folder: string, files: readonly Located[]): Promise<Located | null> {
  for (const file of files) if (!(await exists(join(folder, file.path)))) return file
  return null
}

/** The oldest version from which on no version lacks a file; null if the newest lacks one. */
async function oldestWholeVersion(table: DeltaTable<Located>): Promise<VersionTime | null> {
  const { folder } = table
  const versions = await availableVersions(table)
  const [oldest] = versions
  if (oldest === undefined) return null
  const onDisk = await filesBelow(folder)
  const begun = await readVersion(table, oldest.version)
  const missing = new Set([...begun.files.keys()].filter((path) => !onDisk.has(path)))
  let whole = missing.size === 0 ? oldest : null
  const times = new Map(versions.map((one) => [one.version, one]))
  for (const { version, actions } of await readCommits(logFolderOf(folder), { from: oldest.version + 1 })) {
    for (const action of actions) {
      if ('add' in action) {
        const path = pathFromLog(action.add.path) ?? action.add.path
        if (!onDisk.has(path)) missing.add(path)
      } else if ('remove' in action) missing.delete(pathFromLog(action.remove.path) ?? action.remove.path)
    }
    if (missing.size > 0) whole = null
    else whole ??= times.get(version) ?? null
  }
  return whole
}

/** Paths of all files below a folder, relative to it. */
async function filesBelow(folder: string): Promise<Set<string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return new Set(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name))),
  )
}
