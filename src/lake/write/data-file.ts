import { readFile, statfs } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import {
  type Action,
  type Add,
  discard,
  pathToLog,
  systemCode,
  type TemporaryFile,
} from '../../delta/index.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { matchesChecksum, sha256Of } from '../checksum.ts'
import { createTemporary, flushTemporary, ioFailure } from '../delta.ts'
import { hideArrowSchema } from '../engines/arrow-schema.ts'
import { firstLine } from '../engines/duckdb.ts'
import { type Frame, statsOf, writeParquet } from '../engines/polars.ts'
import { dataPath } from '../layout.ts'
import type { Lake } from '../open.ts'
import { ROWS_TAG, SHA256_TAG, type SnapshotFile, type StoredFile } from '../tables/data-files.ts'

/** Number of hexadecimal digits of the checksum in the name of a data file. */
const NAMED_DIGITS = 32

/** A data file to write, of any table. */
interface NewDataFile {
  /** The table's folder, absolute. */
  readonly folder: string
  /** The file's path below that folder, which may contain the checksum of its bytes. */
  pathOf(sha256: string): string
  readonly partitionValues: Readonly<Record<string, string>>
  /** False if the rows were already in the table, in other files. */
  readonly dataChange: boolean
}

/** The facts that determine the path of a data file of `option_snapshots`. */
interface SnapshotFilePlace {
  readonly symbol: string
  readonly date: SessionDate
  /** The first slot in the file. */
  readonly slot: EpochMs
  readonly dataChange: boolean
}

/** A data file flushed under a temporary name, invisible to readers. */
export interface StagedFile {
  readonly file: TemporaryFile
  readonly add: Add
}

/** What the log records of a new file. */
interface FileDescription {
  readonly rows: number
  /** Delta's statistics, as JSON text. */
  readonly stats: string
  /** Further tags of its add action. */
  readonly tags?: Readonly<Record<string, string>>
}

/**
 * Lets `write` create a data file under a temporary name, and flushes it. What remains is to rename and commit it.
 * @throws Failure EXIT.io when a disk operation fails; nothing is left behind.
 */
export async function stageFile<Description extends FileDescription>(
  lake: Lake,
  { folder, pathOf, partitionValues, dataChange }: NewDataFile,
  write: (path: string) => Promise<Description>,
): Promise<StagedFile & { readonly description: Description }> {
  const unnamed = join(folder, pathOf(''))
  const file = await createTemporary({ path: unnamed, unique: lake.snapshots.unique(), below: folder })
  try {
    const refused = async (error: unknown) => {
      throw ioFailure('write', file.path, await writeCause(dirname(file.path), error))
    }
    const description = await write(file.temporary).catch(refused)
    await hideArrowSchema(file.temporary).catch(refused)
    const bytes = await flushTemporary(file)
    if (!isCompleteParquet(bytes)) return await refused(new Error('the file was truncated'))
    const sha256 = sha256Of(bytes)
    const path = pathOf(sha256)
    return {
      description,
      file: { ...file, path: join(folder, path) },
      add: {
        path: pathToLog(path),
        partitionValues: { ...partitionValues },
        size: bytes.length,
        modificationTime: lake.clock.now(),
        dataChange,
        stats: description.stats,
        tags: { [SHA256_TAG]: sha256, [ROWS_TAG]: String(description.rows), ...description.tags },
      },
    }
  } catch (error) {
    await discard(file.temporary)
    throw error
  }
}

/** A data file of `option_snapshots`. */
export function newSnapshotFile(lake: Lake, place: SnapshotFilePlace): NewDataFile {
  const { symbol, date, dataChange } = place
  return {
    folder: lake.layout.table,
    pathOf: (sha256) => dataPath({ ...place, unique: named(sha256, lake.snapshots.unique()) }),
    partitionValues: { symbol, date },
    dataChange,
  }
}

/** Stages a frame as a data file of `option_snapshots`. @throws as `stageFile` */
export function stageFrame(lake: Lake, frame: Frame, place: SnapshotFilePlace): Promise<StagedFile> {
  return stageFile(lake, newSnapshotFile(lake, place), async (path) => {
    writeParquet(frame, path)
    return { rows: frame.height, stats: statsOf(frame) }
  })
}

/** The part of a data file's name that is new, and contains the checksum of its bytes. */
export function named(sha256: string, unique: string): string {
  return `${sha256.slice(0, NAMED_DIGITS)}-${unique}`
}

/**
 * Whether a data file's name contains the checksum of its bytes. This distinguishes a file whose commit was lost from a
 * damaged file and from another program's file.
 */
export function isNamedAfter(path: string, sha256: string): boolean {
  return path.endsWith('.parquet') && basename(path).includes(`-${sha256.slice(0, NAMED_DIGITS)}-`)
}

/** Deletes staged files, renamed or not, that were not committed. */
export async function withdraw(staged: readonly StagedFile[]): Promise<void> {
  await Promise.all(staged.flatMap(({ file }) => [discard(file.temporary), discard(file.path)]))
}

/** The removal of a data file of any table. */
export function removalOf(
  file: Pick<StoredFile, 'path' | 'size'>,
  {
    partitionValues,
    now,
    dataChange,
  }: { partitionValues: Readonly<Record<string, string | null>>; now: number; dataChange: boolean },
): Action {
  return {
    remove: {
      path: pathToLog(file.path),
      deletionTimestamp: now,
      dataChange,
      extendedFileMetadata: true,
      partitionValues: { ...partitionValues },
      size: file.size,
    },
  }
}

/** The removal of a data file of `option_snapshots`. */
export function snapshotRemoval(
  file: SnapshotFile,
  { now, dataChange }: { now: EpochMs; dataChange: boolean },
): Action {
  const { symbol, date } = file
  return removalOf(file, { partitionValues: { symbol, date }, now, dataChange })
}

/** Absolute path of a data file of `option_snapshots`. */
export function dataFilePath(lake: Lake, file: Pick<SnapshotFile, 'path'>): string {
  return join(lake.layout.table, file.path)
}

/**
 * Reads a data file and verifies its checksum, so that no new file is made from damaged rows.
 * @throws Failure EXIT.io
 */
export async function readChecked(lake: Lake, file: SnapshotFile): Promise<Buffer> {
  const path = dataFilePath(lake, file)
  if (file.unreadable !== null) {
    throw new DamagedFailure(
      `cannot read ${path}: ${file.unreadable}; restore it from a copy, or run: optionlake repair`,
    )
  }
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw ioFailure('read', path, error)
    throw new DamagedFailure(
      `cannot read ${path}: it is missing; restore it from a copy, or run: optionlake repair`,
    )
  })
  if (matchesChecksum(bytes, file.sha256)) return bytes
  throw new DamagedFailure(
    `cannot read ${path}: it is damaged, its checksum differs; restore it from a copy, or run: optionlake repair`,
  )
}

/** The failure for a data file whose rows cannot be decoded, or have values that do not fit their columns. */
export function unreadable(lake: Lake, file: SnapshotFile, error: unknown): DamagedFailure {
  const why = firstLine(error)
  return new DamagedFailure(
    `cannot read ${dataFilePath(lake, file)}: ${why}; restore it from a copy, or run: optionlake verify`,
  )
}

/** A damaged or missing data file. Unlike a failing disk, it does not affect other days. */
export class DamagedFailure extends Failure {
  constructor(message: string) {
    super(EXIT.io, message)
  }
}

/**
 * Whether a Parquet file is complete. The footer is written last, so a file lacks it if the last buffer was lost
 * without an error.
 */
export function isCompleteParquet(bytes: Buffer): boolean {
  if (bytes.length < 12) return false
  const marks = [bytes.subarray(0, 4), bytes.subarray(-4)].every((mark) => mark.toString('latin1') === 'PAR1')
  return marks && bytes.readUInt32LE(bytes.length - 8) <= bytes.length - 12
}

/** A disk with less free space counts as full. Not zero, because file systems keep some space in reserve. */
const FULL_BELOW_BYTES = 1_000_000

/**
 * The cause of a failed write. Polars reports a footer that did not fit on the disk as "transport error"; if the disk
 * is full, that is the cause.
 */
async function writeCause(folder: string, cause: unknown): Promise<unknown> {
  if (/^E[A-Z]+$/.test(systemCode(cause))) return cause
  const disk = await statfs(folder).catch(() => null)
  if (disk === null || disk.bavail * disk.bsize >= FULL_BELOW_BYTES) return cause
  return Object.assign(new Error('no space left', { cause }), { code: 'ENOSPC' })
}
