import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DeltaError, ioError, systemCode } from './errors.ts'
import { TEMPORARY_PREFIX } from './file-names.ts'

/** A file to write so that it survives a power cut. */
export interface AtomicFile {
  /** The final name, absolute. */
  readonly path: string
  readonly bytes: Uint8Array
  /** Part of the temporary name; must be new in that folder. */
  readonly unique: string
  /** A parent folder. Folders between it and the file are created if needed, and all of them are flushed. */
  readonly below: string
}

/** A file that another library writes under a temporary name, to be renamed to its final name. */
export interface TemporaryFile {
  /** The path to write to. Its folder exists, the file does not. */
  readonly temporary: string
  readonly path: string
  readonly below: string
}

/**
 * Writes a file under its final name, completely or not at all. Once this returns, the file survives a power cut.
 * @throws DeltaError 'io'; nothing is left behind.
 */
export async function writeAtomically(file: AtomicFile): Promise<void> {
  const renamed = { temporary: temporaryPath(file), path: file.path, below: file.below }
  await writeFlushed(renamed.temporary, file).catch(async (error: unknown) => {
    await discard(renamed.temporary)
    throw ioError('write', file.path, error)
  })
  await renameIntoPlace([renamed])
}

/**
 * The same, but reads the bytes back and has them checked before the file gets its name.
 * @param check throws when the bytes cannot be used.
 * @throws DeltaError 'io'; the error of `check`. Nothing is left behind.
 */
export async function writeChecked(
  file: AtomicFile,
  check: (written: Buffer) => Promise<void>,
): Promise<void> {
  const renamed = { temporary: temporaryPath(file), path: file.path, below: file.below }
  try {
    await writeFlushed(renamed.temporary, file)
    await check(await readFile(renamed.temporary))
  } catch (error) {
    await discard(renamed.temporary)
    throw error instanceof DeltaError ? error : ioError('write', file.path, error)
  }
  await renameIntoPlace([renamed])
}

/** Creates the folder of a temporary file and chooses its name. @throws DeltaError 'io' */
export async function createTemporary(file: Omit<AtomicFile, 'bytes'>): Promise<TemporaryFile> {
  const temporary = temporaryPath(file)
  await mkdir(dirname(temporary), { recursive: true }).catch((error: unknown) => {
    throw ioError('write', file.path, error)
  })
  return { temporary, path: file.path, below: file.below }
}

/** Flushes a temporary file and reads it back. @throws DeltaError 'io' */
export async function flushTemporary({ temporary, path }: TemporaryFile): Promise<Buffer> {
  try {
    const handle = await open(temporary, 'r')
    try {
      await handle.sync()
      return await handle.readFile()
    } finally {
      await handle.close()
    }
  } catch (error) {
    throw ioError('write', path, error)
  }
}

/**
 * Renames flushed temporary files to their final names, and flushes each folder once. The files then survive a power
 * cut.
 * @throws DeltaError 'io'; none of the files is left.
 */
export async function renameIntoPlace(files: readonly TemporaryFile[]): Promise<void> {
  try {
    const renamed = await Promise.allSettled(files.map((file) => rename(file.temporary, file.path)))
    const failed = renamed.find((one) => one.status === 'rejected')
    // Thrown only after all renames have ended, because a file renamed later would not be removed below.
    if (failed) throw failed.reason
    const folders = new Set(files.flatMap(({ path, below }) => foldersBetween(dirname(path), below)))
    await Promise.all([...folders].map(flushFolder))
  } catch (error) {
    await Promise.all(files.flatMap(({ temporary, path }) => [discard(temporary), discard(path)]))
    throw ioError('write', files.map(({ path }) => path).join(' and '), error)
  }
}

/** The result of a write that must not replace a file. */
export type PutOutcome =
  /** `notFlushed` when the folder could not be flushed: the file is there, but may not survive a power cut. */
  | { readonly kind: 'written'; readonly notFlushed: DeltaError | null }
  /** The name is taken by another file. */
  | { readonly kind: 'exists' }
  /** Whether the file is there is known, unless the file system failed in a way that leaves it open. */
  | { readonly kind: 'failed'; readonly isWritten: false | 'unknown'; readonly error: DeltaError }

/**
 * Writes a file only if its name is free. If two writers try at once, one gets 'written' and the other 'exists'. The
 * bytes must be unlike those of any other writer: a file with the same bytes is taken to be ours, because the answer to
 * a successful link can get lost on a network file system, and its repetition finds the name taken.
 */
export async function tryPutIfAbsent(file: AtomicFile): Promise<PutOutcome> {
  const temporary = temporaryPath(file)
  try {
    await writeFlushed(temporary, file)
  } catch (error) {
    await discard(temporary)
    return { kind: 'failed', isWritten: false, error: ioError('write', file.path, error) }
  }
  const linking = await link(temporary, file.path).then(
    () => null,
    (error: unknown) => outcomeOfFailedLink(file, error),
  )
  await discard(temporary)
  if (linking !== null) return linking
  return { kind: 'written', notFlushed: await flushNewName(file) }
}

/** Looks at what is under the name now, because an error does not prove that the link was not made. */
async function outcomeOfFailedLink(file: AtomicFile, cause: unknown): Promise<PutOutcome> {
  const code = systemCode(cause)
  if (WITHOUT_HARD_LINKS.has(code)) {
    return { kind: 'failed', isWritten: false, error: noHardLinksError(file.path, cause) }
  }
  const error = ioError('write', file.path, cause)
  const found = await readFile(file.path).catch((reading: unknown) => {
    return systemCode(reading) === 'ENOENT' ? ('nothing' as const) : ('unknown' as const)
  })
  if (found === 'nothing' && code !== 'EEXIST') return { kind: 'failed', isWritten: false, error }
  if (typeof found === 'string')
    return { kind: 'failed', isWritten: 'unknown', error: uncertainError(file.path, cause) }
  if (!found.equals(file.bytes)) return { kind: 'exists' }
  return { kind: 'written', notFlushed: await flushNewName(file) }
}

async function flushNewName({ path, below }: AtomicFile): Promise<DeltaError | null> {
  return flushFolders(dirname(path), below).then(
    () => null,
    (error: unknown) => {
      const message = `${path} is written but could not be flushed (${systemCode(error)}): check the disk`
      return new DeltaError('not_flushed', message, error)
    },
  )
}

/** What `link` answers on FAT, exFAT and some network and FUSE mounts. */
const WITHOUT_HARD_LINKS: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
])

function noHardLinksError(path: string, cause: unknown): DeltaError {
  return new DeltaError(
    'no_hard_links',
    `cannot write ${path} (${systemCode(cause)}): the file system has no hard links, without which two writers could overwrite each other's commits: use a folder on ext4, XFS, Btrfs, ZFS or NFS`,
    cause,
  )
}

function uncertainError(path: string, cause: unknown): DeltaError {
  return new DeltaError(
    'uncertain',
    `whether ${path} is written cannot be determined (${systemCode(cause)}): check the disk; its data files are kept`,
    cause,
  )
}

/**
 * The same, as an exception where neither is the case.
 * @throws DeltaError 'io'; 'no_hard_links'; 'not_flushed' when the file was written but its folder could not be flushed,
 * and 'uncertain' when that is unknown. In these two cases the file stays, because a reader may already have seen it.
 */
export async function putIfAbsent(file: AtomicFile): Promise<'written' | 'exists'> {
  const outcome = await tryPutIfAbsent(file)
  if (outcome.kind === 'failed') throw outcome.error
  if (outcome.kind === 'written' && outcome.notFlushed) throw outcome.notFlushed
  return outcome.kind
}

/**
 * Removes a file that no reader knows. A failure is ignored, because the error to report is that of the failed write
 * before, and a leftover temporary file does no harm.
 */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => {})
}

/** Whether a path exists. @throws DeltaError 'io' when that cannot be determined. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return false
      throw ioError('look at', path, error)
    },
  )
}

function temporaryPath(file: Omit<AtomicFile, 'bytes'>): string {
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
 * Flushes a folder and its parents up to and including `top`. Always flushes all of them, because a process may have
 * created a parent and been killed before it flushed it.
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
