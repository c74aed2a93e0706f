import { link, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EXIT, Failure } from '../failure.ts'
import { TEMPORARY_PREFIX } from './layout.ts'

/** One file to be put on disk so that it survives a power cut. */
export interface DurableFile {
  /** Where it will be seen, absolute. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Completes the temporary name; unused so far in that folder. */
  readonly unique: string
  /** Folders between the file and this one are made if absent, and flushed with it. */
  readonly below: string
}

/**
 * Puts a file under its final name, whole or not at all, and returns once it would survive a power cut.
 * @throws Failure EXIT.io, with nothing left behind, when the disk refuses.
 */
export async function publish(file: DurableFile): Promise<void> {
  const temporary = temporaryOf(file)
  try {
    await writeFlushed(temporary, file)
    await rename(temporary, file.path)
    await flushFolders(dirname(file.path), file.below)
  } catch (error) {
    await discard(temporary)
    await discard(file.path)
    throw ioFailure('write', file.path, error)
  }
}

/**
 * The same, but only if nobody has taken the name: of two that try, one gets 'written', the other 'exists'.
 * @throws Failure EXIT.io when the disk refuses. If the name was taken by us but could not be flushed, the
 * message says so and the file stays: a reader may have seen it already.
 */
export async function putIfAbsent(file: DurableFile): Promise<'written' | 'exists'> {
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

function temporaryOf(file: DurableFile): string {
  return join(dirname(file.path), `${TEMPORARY_PREFIX}${file.unique}`)
}

async function writeFlushed(temporary: string, file: DurableFile): Promise<void> {
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
  for (let at = folder; ; at = dirname(at)) {
    const handle = await open(at, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
    if (at === top || at === dirname(at)) return
  }
}

function codeOf(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause) return String(cause.code)
  return cause instanceof Error ? cause.message : String(cause)
}
