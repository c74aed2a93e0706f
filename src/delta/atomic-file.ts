import { link, mkdir, open, rename, rm, stat, statfs } from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { TEMPORARY_PREFIX } from '../lake/layout.ts'
import { EXIT, Failure } from '../process/failure.ts'

/** One file to be put on disk so that it survives a power cut. */
export interface AtomicFile {
  /** Where it will be seen, absolute. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Completes the temporary name; unused so far in that folder. */
  readonly unique: string
  /** Folders between the file and this one are made if absent, and flushed with it. */
  readonly below: string
}

/** A file that somebody else writes under a temporary name, to be put under its final one. */
export interface Draft {
  /** Where to write it: its folder is there, the file is not. */
  readonly temporary: string
  readonly path: string
  readonly below: string
}

/**
 * Puts a file under its final name, whole or not at all, and returns once it would survive a power cut.
 * @throws Failure EXIT.io, with nothing left behind, when the disk refuses.
 */
export async function publish(file: AtomicFile): Promise<void> {
  const draft = { temporary: temporaryOf(file), path: file.path, below: file.below }
  await writeFlushed(draft.temporary, file).catch(async (error: unknown) => {
    await discard(draft.temporary)
    throw ioFailure('write', file.path, error)
  })
  await reveal([draft])
}

/** Makes the folder of a draft and gives it a name. @throws Failure EXIT.io */
export async function draftOf(file: Omit<AtomicFile, 'bytes'>): Promise<Draft> {
  const temporary = temporaryOf(file)
  await mkdir(dirname(temporary), { recursive: true }).catch((error: unknown) => {
    throw ioFailure('write', file.path, error)
  })
  return { temporary, path: file.path, below: file.below }
}

/** Flushes what was written to a draft, and reads it back. @throws Failure EXIT.io */
export async function flushDraft({ temporary, path }: Draft): Promise<Buffer> {
  try {
    const handle = await open(temporary, 'r')
    try {
      await handle.sync()
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw ioFailure('write', path, error)
  }
}

/**
 * Puts flushed drafts under their final names, and flushes each folder once: they then outlive a power cut.
 * @throws Failure EXIT.io, with none of them left, when the disk refuses.
 */
export async function reveal(drafts: readonly Draft[]): Promise<void> {
  try {
    const renamed = await Promise.allSettled(drafts.map((draft) => rename(draft.temporary, draft.path)))
    const failed = renamed.find((one) => one.status === 'rejected')
    // Only when all have ended: a name taken later would escape being taken back.
    if (failed) throw failed.reason
    const folders = new Set(drafts.flatMap(({ path, below }) => foldersBetween(dirname(path), below)))
    await Promise.all([...folders].map(flushFolder))
  } catch (error) {
    await Promise.all(drafts.flatMap(({ temporary, path }) => [discard(temporary), discard(path)]))
    throw ioFailure('write', drafts.map(({ path }) => path).join(' and '), error)
  }
}

/**
 * The same, but only if nobody has taken the name: of two that try, one gets 'written', the other 'exists'.
 * @throws Failure EXIT.io when the disk refuses. If the name was taken by us but could not be flushed, the
 * message says so and the file stays: a reader may have seen it already.
 */
export async function putIfAbsent(file: AtomicFile): Promise<'written' | 'exists'> {
  const temporary = temporaryOf(file)
  try {
    await writeFlushed(temporary, file)
    const taken = await link(temporary, file.path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EEXIST') return false
        throw error
      },
    )
    if (!taken) return 'exists'
  } catch (error) {
    throw ioFailure('write', file.path, error)
  } finally {
    await discard(temporary)
  }
  await flushFolders(dirname(file.path), file.below).catch((error: unknown) => {
    throw new UnflushedFailure(file.path, error)
  })
  return 'written'
}

/** The file is there, but whether it would outlive a power cut is not known. */
export class UnflushedFailure extends Failure {
  constructor(path: string, cause: unknown) {
    super(EXIT.io, `${path} is written but could not be flushed (${codeOf(cause)}): check the disk`, cause)
  }
}

/**
 * Removes a file that nobody may see. That a disk which has just refused a write also refuses this is no news:
 * the first failure is what a person needs, and the next opening of the lake clears what was left.
 */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {})
}

/** A failure of the disk as one line: what was tried, on which path, and what a person can do. */
export function ioFailure(verb: string, path: string, cause: unknown): Failure {
  const code = codeOf(cause)
  const advice =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'the disk is full: free some space'
      : code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
        ? 'not permitted: check owner and mount'
        : 'check the disk'
  return new Failure(EXIT.io, `cannot ${verb} ${path} (${code}): ${advice}`, cause)
}

/** Less than this is a full disk: what a file system keeps for itself differs. */
const FULL_BELOW_BYTES = 1_000_000

/**
 * The cause of a failed write, where the writer did not say it: Polars reports a footer that found no room as
 * "transport error". A disk without room explains it.
 */
export async function writeCause(folder: string, cause: unknown): Promise<unknown> {
  if (/^E[A-Z]+$/.test(codeOf(cause))) return cause
  const disk = await statfs(folder).catch(() => null)
  if (disk === null || disk.bavail * disk.bsize >= FULL_BELOW_BYTES) return cause
  return Object.assign(new Error('no space left', { cause }), { code: 'ENOSPC' })
}

/** Whether a path exists. @throws Failure EXIT.io when the disk cannot say. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
      throw ioFailure('look at', path, error)
    },
  )
}

function temporaryOf(file: Omit<AtomicFile, 'bytes'>): string {
  return join(dirname(file.path), `${TEMPORARY_PREFIX}${file.unique}`)
}

async function writeFlushed(temporary: string, file: AtomicFile): Promise<void> {
  await mkdir(dirname(temporary), { recursive: true })
  const handle = await open(temporary, 'wx')
  try {
    await handle.writeFile(file.bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Flushes a folder and its parents up to and including `top`. Always all of them: a parent made by a process
 * that was killed before it flushed would otherwise never be flushed by anybody.
 */
export async function flushFolders(folder: string, top: string): Promise<void> {
  await Promise.all(foldersBetween(folder, top).map(flushFolder))
}

function foldersBetween(folder: string, top: string): string[] {
  const folders = [folder]
  for (let at = folder; at !== top && at !== dirname(at); at = dirname(at)) folders.push(dirname(at))
  return folders
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** The system's name of an error. Polars says it in words that end in "(os error 28)", or panics of "Os { code: 28". */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause)
  if ('code' in cause && /^E[A-Z]+$/.test(String(cause.code))) return String(cause.code)
  const number = /(?:\(os error |\bOs \{ code: )(\d+)/.exec(cause.message)?.[1]
  const known = Object.entries(constants.errno).find(([, value]) => value === Number(number))
  return known?.[0] ?? cause.message
}
