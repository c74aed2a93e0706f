import { createHash } from 'node:crypto'
import { link, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { discard, flushFolders, systemCode, TEMPORARY_PREFIX } from '../../delta/index.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { ioFailure } from '../delta.ts'
import { isCompleteParquet } from '../write/data-file.ts'

/** How a file came to its new place. A link is a second name for the same bytes on the same disk. */
export type TransferKind = 'linked' | 'copied'

/** Where files are written, and how. */
export interface TransferOptions {
  /** Makes hard links where the file system allows it; otherwise always copies. */
  readonly link: boolean
  /** Returns a name never used before in the target. */
  unique(): string
}

/** What the log says of a file; null where it does not. */
export interface FileFacts {
  readonly size: number | null
  readonly sha256: string | null
}

/** A file that the source no longer has. Its writer may have deleted it since its log was read. */
export class VanishedError extends Error {
  readonly path: string

  constructor(path: string) {
    super(`${path} has vanished`)
    this.path = path
  }
}

/**
 * Copies or links a data file. Compares its bytes with the log first, so that damage does not spread. The target has its
 * name only when it is complete and flushed; `flushNewNames` then makes the name survive a power cut.
 * @throws VanishedError; Failure EXIT.io when the file is damaged or a disk operation fails. A target that existed stays.
 */
export async function transferDataFile(
  source: string,
  target: string,
  { facts, ...options }: TransferOptions & { readonly facts: FileFacts },
): Promise<TransferKind> {
  const bytes = await readSource(source)
  const fault = faultOf(bytes, facts)
  if (fault !== null) {
    throw new Failure(EXIT.io, `cannot copy ${source}: ${fault}; run optionlake repair, then try again`)
  }
  return transfer(source, target, { read: async () => bytes, ...options })
}

/** Copies or links a file that was checked; `read` gives its bytes. Otherwise like `transferDataFile`. */
export async function transfer(
  source: string,
  target: string,
  { read, link: mayLink, unique }: TransferOptions & { readonly read: () => Promise<Buffer> },
): Promise<TransferKind> {
  const temporary = join(dirname(target), `${TEMPORARY_PREFIX}${unique()}`)
  try {
    await mkdir(dirname(target), { recursive: true })
    const kind = mayLink && (await linked(source, temporary)) ? 'linked' : 'copied'
    if (kind === 'copied') await writeCopy(source, temporary, await read())
    await rename(temporary, target)
    return kind
  } catch (error) {
    await discard(temporary)
    if (isMissing(error) && !(await isThere(source))) throw new VanishedError(source)
    throw ioFailure('write', target, error)
  }
}

/** @throws VanishedError; Failure EXIT.io */
export async function readSource(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw isMissing(error) ? new VanishedError(path) : ioFailure('read', path, error)
  })
}

/** What is wrong with a data file; null for nothing. A file without a checksum must at least be complete. */
export function faultOf(bytes: Buffer, { size, sha256 }: FileFacts): string | null {
  if (size !== null && bytes.length !== size) return `it has ${bytes.length} bytes, the log says ${size}`
  if (sha256 !== null && createHash('sha256').update(bytes).digest('hex') !== sha256) {
    return 'it is damaged, its checksum differs'
  }
  return isCompleteParquet(bytes) ? null : 'it is not a complete Parquet file'
}

const FLUSHED_AT_ONCE = 16

/** Flushes the folders of new files and all folders above them up to `root`. @throws Failure EXIT.io */
export async function flushNewNames(folders: Iterable<string>, root: string): Promise<void> {
  const all = new Set<string>()
  for (const folder of folders) {
    for (let at = folder; !all.has(at) && at.length >= root.length; at = dirname(at)) all.add(at)
  }
  const ordered = [...all]
  for (let at = 0; at < ordered.length; at += FLUSHED_AT_ONCE) {
    await Promise.all(
      ordered.slice(at, at + FLUSHED_AT_ONCE).map((folder) =>
        flushFolders(folder, folder).catch((error: unknown) => {
          throw ioFailure('flush', folder, error)
        }),
      ),
    )
  }
}

export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

/** File systems, file limits and rules of the system that forbid a link, where a copy is possible. */
const NO_LINK: ReadonlySet<string> = new Set([
  'EXDEV',
  'EPERM',
  'EACCES',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
])

async function linked(source: string, temporary: string): Promise<boolean> {
  return link(source, temporary).then(
    () => true,
    (error: unknown) => {
      if (NO_LINK.has(systemCode(error))) return false
      throw error
    },
  )
}

/** The time of the copy is that of the source, because the log's clean-up and other engines go by it. */
async function writeCopy(source: string, temporary: string, bytes: Buffer): Promise<void> {
  const { atime, mtime } = await stat(source)
  const handle = await open(temporary, 'wx')
  try {
    await handle.writeFile(bytes)
    await handle.utimes(atime, mtime)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
