import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { DeltaError, damagedError, ioError } from './errors.ts'
import { checkpointName, checkpointsIn, commitName, commitVersionOf } from './file-names.ts'
import { findSegment, readCommits } from './log-segment.ts'
import type { DeltaTable } from './table.ts'
import { emptyState, type Located, replay, type TableState, withCompletedFiles } from './table-state.ts'

/** A version that the log can still give, and when it was committed. */
export interface VersionTime {
  readonly version: number
  /**
   * Epoch milliseconds: `commitInfo.timestamp`, or the time at which the commit file was last modified if it has none.
   * Never earlier than that of the version before, even if a clock was set back. A version whose commit is deleted has
   * the time at which its checkpoint was last modified.
   */
  readonly time: number
}

type Log = Pick<DeltaTable, 'folder' | 'logFolder'>

/**
 * Reads one version of a table. Does not change the table's state.
 * @throws DeltaError 'no_such_version' when the version does not exist yet or no longer exists; as `loadTable`.
 */
export async function readVersion<File extends Located, Facts>(
  {
    folder,
    logFolder,
    checksum,
    projection,
  }: Pick<DeltaTable<File, Facts>, 'folder' | 'logFolder' | 'checksum' | 'projection'>,
  version: number,
): Promise<TableState<File, Facts>> {
  if (!Number.isSafeInteger(version) || version < 0) throw new RangeError(`not a version: ${version}`)
  const { readable, newest } = await versionsIn(logFolder)
  const [oldest] = readable
  // A version between these two that cannot be read is missing or damaged, which the search for it reports.
  if (oldest !== undefined && (version < oldest || version > newest)) {
    throw await noSuchVersionError({ folder, logFolder }, `version ${version}`)
  }
  const { checkpoint } = await findSegment(logFolder, { checksum, upTo: version })
  const begun = checkpoint?.version ?? -1
  const start = replay(emptyState(projection, begun), checkpoint ? [checkpoint] : [], projection, folder)
  const commits = await readCommits(logFolder, { from: begun + 1, to: version }, checksum)
  const state = replay(start, commits, projection, folder)
  if (state.version === version) return withCompletedFiles(state, projection, folder)
  throw damagedError(join(logFolder, commitName(state.version + 1)), 'it is missing')
}

/** The versions that the log can still give, oldest first. @throws DeltaError 'io' */
export async function availableVersions({
  logFolder,
}: Pick<DeltaTable, 'logFolder'>): Promise<VersionTime[]> {
  const { readable, checkpoints } = await versionsIn(logFolder)
  const available: VersionTime[] = []
  let latest = Number.NEGATIVE_INFINITY
  for (let at = 0; at < readable.length; at += READ_AT_ONCE) {
    const versions = readable.slice(at, at + READ_AT_ONCE)
    const times = await Promise.all(
      versions.map((version) => timeOf(logFolder, version, checkpoints.get(version))),
    )
    for (const [n, time] of times.entries()) {
      if (time === null) continue
      latest = Math.max(latest, time)
      available.push({ version: versions[n] as number, time: latest })
    }
  }
  return available
}

/**
 * The newest version at a time, epoch milliseconds.
 * @throws DeltaError 'no_such_version' when the oldest version available is later; 'io'.
 */
export async function versionAsOf(table: Log, time: number): Promise<VersionTime> {
  const versions = await availableVersions(table)
  const found = versions.findLast((one) => one.time <= time)
  if (found) return found
  throw noSuchVersion(table, `version as of ${textOf(time)}`, versions)
}

const READ_AT_ONCE = 16

/**
 * The versions that a checkpoint and the commits after it give, ascending, and the newest version in the log. Looks
 * only at the names of the files.
 */
async function versionsIn(logFolder: string): Promise<{
  readonly readable: readonly number[]
  readonly newest: number
  /** The name of a file of each checkpoint. */
  readonly checkpoints: ReadonlyMap<number, string>
}> {
  const names = await readdir(logFolder).catch((error: unknown) => {
    throw ioError('read', logFolder, error)
  })
  const commits = new Set(names.flatMap((name) => commitVersionOf(name) ?? []))
  const newest = [...commits].reduce((most, version) => Math.max(most, version), -1)
  // A checkpoint that is newer than all commits contradicts the log and is not read.
  const isPossible = (version: number) => newest < 0 || version <= newest
  const loadable = checkpointsIn(names).filter(({ version, parts }) => parts !== null && isPossible(version))
  const checkpoints = new Map(loadable.map(({ version, name }) => [version, name]))
  const readable = new Set<number>()
  for (const version of [...new Set([...commits, ...checkpoints.keys()])].sort((a, b) => a - b)) {
    const follows = commits.has(version) && (version === 0 || readable.has(version - 1))
    if (follows || checkpoints.has(version)) readable.add(version)
  }
  return { readable: [...readable], newest: Math.max(newest, ...checkpoints.keys()), checkpoints }
}

/** Null if the file was deleted in the meantime. */
async function timeOf(
  logFolder: string,
  version: number,
  checkpoint = checkpointName(version),
): Promise<number | null> {
  const path = join(logFolder, commitName(version))
  const text = await orNull(path, readFile(path, 'utf8'))
  if (text !== null) return writtenTime(text) ?? modifiedAt(path)
  return modifiedAt(join(logFolder, checkpoint))
}

async function modifiedAt(path: string): Promise<number | null> {
  const facts = await orNull(path, stat(path))
  return facts === null ? null : Math.trunc(facts.mtimeMs)
}

async function orNull<T>(path: string, reading: Promise<T>): Promise<T | null> {
  return reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioError('read', path, error)
  })
}

/** `commitInfo.timestamp` of a commit. Null without one, also in a damaged line: reading the version reports the damage. */
function writtenTime(text: string): number | null {
  const line = text.split('\n').find((one) => one.startsWith('{"commitInfo"'))
  if (line === undefined) return null
  try {
    const { commitInfo } = JSON.parse(line) as { commitInfo?: { timestamp?: unknown } | null }
    const time = commitInfo?.timestamp
    return typeof time === 'number' && Number.isSafeInteger(time) ? time : null
  } catch {
    return null
  }
}

async function noSuchVersionError(table: Log, what: string): Promise<DeltaError> {
  return noSuchVersion(table, what, await availableVersions(table))
}

function noSuchVersion({ folder }: Log, what: string, versions: readonly VersionTime[]): DeltaError {
  const nameOf = (one: VersionTime | undefined) => (one ? `${one.version} (${textOf(one.time)})` : 'none')
  const range = `the oldest is ${nameOf(versions[0])}, the newest ${nameOf(versions.at(-1))}`
  return new DeltaError('no_such_version', `${folder} has no ${what}: ${range}`)
}

function textOf(time: number): string {
  return Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : String(time)
}
