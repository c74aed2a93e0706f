import { readFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { Action, Add, AddFile } from '../../delta/actions.ts'
import {
  type Draft,
  discard,
  draftOf,
  flushDraft,
  ioFailure,
  reveal,
  UnflushedFailure,
  writeCause,
} from '../../delta/atomic-file.ts'
import { type CommitOutcome, commit } from '../../delta/log.ts'
import type { EpochMs, SessionDate } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { matchesChecksum, sha256Of } from '../checksum.ts'
import { type Frame, statsOf, writeParquet } from '../engines/polars.ts'
import { dataPath, pathToLog } from '../layout.ts'
import type { Lake } from '../open.ts'

/** Tags of an add action by which `verify` recognises the file as ours and whole. */
export const SHA256_TAG = 'optionlake.sha256'
export const ROWS_TAG = 'optionlake.rows'

/** Hexadecimal digits of the checksum in a data file's name. */
const NAMED_DIGITS = 32

/** What a data file holds, and so where it lies. */
export interface DataFileLocation {
  readonly symbol: string
  readonly date: SessionDate
  /** The first slot in it. */
  readonly slot: EpochMs
  /** False where the rows were in the table before, in other files. */
  readonly dataChange: boolean
}

/** A data file that is flushed under its temporary name: no reader has seen it. */
export interface StagedFile {
  readonly draft: Draft
  readonly add: Add
}

/** What the log says of a new file, by whoever wrote it. */
export interface FileDescription {
  readonly rows: number
  /** Delta's statistics, as JSON text. */
  readonly stats: string
}

/**
 * Writes a frame as a data file that needs only to be revealed and committed.
 * @throws Failure EXIT.io, with nothing left behind, when the disk refuses.
 */
export function stageFrame(lake: Lake, frame: Frame, place: DataFileLocation): Promise<StagedFile> {
  return stageFile(lake, place, async (path) => {
    writeParquet(frame, path)
    return { rows: frame.height, stats: statsOf(frame) }
  })
}

/** The same for a file that `write` makes by itself and describes. */
export async function stageFile<Description extends FileDescription>(
  lake: Lake,
  place: DataFileLocation,
  write: (path: string) => Promise<Description>,
): Promise<StagedFile & { readonly description: Description }> {
  const { table } = lake.layout
  const placeholder = dataPath({ ...place, unique: lake.log.unique() })
  const draft = await draftOf({ path: join(table, placeholder), unique: lake.log.unique(), below: table })
  try {
    const refused = async (error: unknown) => {
      throw ioFailure('write', draft.path, await writeCause(dirname(draft.path), error))
    }
    const description = await write(draft.temporary).catch(refused)
    const bytes = await flushDraft(draft)
    if (!isWholeParquet(bytes)) return await refused(new Error('it was cut short'))
    const sha256 = sha256Of(bytes)
    const path = dataPath({ ...place, unique: `${sha256.slice(0, NAMED_DIGITS)}-${lake.log.unique()}` })
    return {
      description,
      draft: { ...draft, path: join(table, path) },
      add: {
        path: pathToLog(path),
        partitionValues: { symbol: place.symbol, date: place.date },
        size: bytes.length,
        modificationTime: lake.clock.now(),
        dataChange: place.dataChange,
        stats: description.stats,
        tags: { [SHA256_TAG]: sha256, [ROWS_TAG]: String(description.rows) },
      },
    }
  } catch (error) {
    await discard(draft.temporary)
    throw error
  }
}

/**
 * Whether a data file's name says that these are its bytes. The first half of the checksum stands in it, so that a file
 * whose commit is lost can still be told from one that we did not write, or that is damaged.
 */
export function isNamedAfter(path: string, sha256: string): boolean {
  return path.endsWith('.parquet') && basename(path).includes(`-${sha256.slice(0, NAMED_DIGITS)}-`)
}

/**
 * Makes staged files visible to those who list the folder, and then, by one commit, to those who read the table.
 * When the commit does not come about, by a conflict or a failure, none of the files is left.
 * @throws Failure EXIT.io when the disk refuses.
 */
export async function revealAndCommit(
  lake: Lake,
  {
    staged,
    actions,
    readVersion,
  }: { staged: readonly StagedFile[]; actions: readonly Action[]; readVersion: number },
): Promise<CommitOutcome> {
  try {
    await reveal(staged.map(({ draft }) => draft))
    const outcome = await commit(lake.log, readVersion, actions)
    if (outcome.kind === 'conflict') await withdraw(staged)
    return outcome
  } catch (error) {
    // A commit that is there names the files, flushed or not.
    if (!(error instanceof UnflushedFailure)) await withdraw(staged)
    throw error
  }
}

/** Deletes staged files, revealed or not, whose commit did not come about. */
export async function withdraw(staged: readonly StagedFile[]): Promise<void> {
  await Promise.all(staged.flatMap(({ draft }) => [discard(draft.temporary), discard(draft.path)]))
}

export function removalOf(file: AddFile, { now, dataChange }: { now: EpochMs; dataChange: boolean }): Action {
  return {
    remove: {
      path: pathToLog(file.path),
      deletionTimestamp: now,
      dataChange,
      extendedFileMetadata: true,
      partitionValues: { symbol: file.symbol, date: file.date },
      size: file.size,
    },
  }
}

/** Where a data file lies, absolute. */
export function dataFilePath(lake: Lake, file: Pick<AddFile, 'path'>): string {
  return join(lake.layout.table, file.path)
}

/** The bytes of a data file, checked: a new file must not be made from damaged rows. @throws Failure EXIT.io */
export async function readChecked(lake: Lake, file: AddFile): Promise<Buffer> {
  const path = dataFilePath(lake, file)
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

/** Stored data that are not what was written, as against a disk that refuses: other days do not suffer from it. */
export class DamagedFailure extends Failure {
  constructor(message: string) {
    super(EXIT.io, message)
  }
}

/**
 * Whether a writer came to its end: the footer is written last. One that loses its last buffer and says nothing
 * leaves a file without it.
 */
export function isWholeParquet(bytes: Buffer): boolean {
  if (bytes.length < 12) return false
  const marks = [bytes.subarray(0, 4), bytes.subarray(-4)].every((mark) => mark.toString('latin1') === 'PAR1')
  return marks && bytes.readUInt32LE(bytes.length - 8) <= bytes.length - 12
}
