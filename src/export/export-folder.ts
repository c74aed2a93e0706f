import { mkdir, open, readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { EXIT, Failure } from '../process/failure.ts'

/** Every exported folder has this file, which says what it holds. A folder without it is never replaced. */
export const MANIFEST_FILE = 'optionlake-export.json'

/**
 * A folder under a hidden name that gets its own when everything is in it. Its thousands of files are not flushed one by one,
 * which would take minutes: after a power cut within the next half minute, export again.
 */
export interface ExportFolder {
  /** Where it will be; absolute. */
  readonly path: string
  /**
   * Writes one file below it. Returns at once; when too many files are under way it returns a promise to
   * wait for. A failure is thrown by a later call.
   * @param name relative, with `/`.
   */
  write(name: string, bytes: Uint8Array): Promise<void> | undefined
  /** Bytes of the files so far. */
  bytes(): number
  /** Waits for the files, writes the manifest and gives the folder its name. @throws Failure EXIT.io, EXIT.usage */
  publish(manifest: object): Promise<void>
  /** Removes what was not published. */
  discard(): Promise<void>
}

/** Files that are being written at once. */
const FILES_AT_ONCE = 16

/**
 * @param replace whether a folder of an earlier export, with its manifest, may be replaced.
 * @throws Failure EXIT.usage when the folder exists and must stay; EXIT.cannotCreate when its parent is missing or read-only.
 */
export async function openExportFolder(
  folder: string,
  { replace, unique }: { readonly replace: boolean; readonly unique: string },
): Promise<ExportFolder> {
  const parent = await realpath(dirname(resolve(folder))).catch((error: unknown) => {
    throw folderFailure(`the folder of ${resolve(folder)} cannot be found`, error, 'create it first')
  })
  const path = join(parent, basename(resolve(folder)))
  const existing = await contentOf(path)
  checkReplaceable(path, existing, replace)
  const temporary = join(parent, `.tmp-${basename(path)}-${unique}`)
  await mkdir(temporary).catch((error: unknown) => {
    throw folderFailure(`cannot write into ${parent}`, error, 'choose another folder with --out')
  })
  const folders = new Map<string, Promise<unknown>>([[temporary, Promise.resolve()]])
  const pending = new Set<Promise<void>>()
  let bytes = 0
  let failure: unknown
  const folderFor = (below: string): Promise<unknown> => {
    const known = folders.get(below)
    if (known) return known
    const made = folderFor(dirname(below)).then(() => mkdir(below))
    folders.set(below, made)
    return made
  }
  const writeOne = async (file: string, content: Uint8Array) => {
    try {
      await folderFor(dirname(file))
      await writeFile(file, content, { flag: 'wx' })
      bytes += content.length
    } catch (error) {
      failure ??= error
    }
  }
  const throwFailure = () => {
    if (failure !== undefined) throw writeFailure(path, failure)
  }
  const write = (name: string, content: Uint8Array) => {
    throwFailure()
    const one: Promise<void> = writeOne(join(temporary, name), content).finally(() => pending.delete(one))
    pending.add(one)
    return pending.size < FILES_AT_ONCE ? undefined : Promise.race(pending)
  }
  return {
    ...{ path, write, bytes: () => bytes },
    publish: async (manifest) => {
      write(MANIFEST_FILE, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`))
      await Promise.all(pending)
      throwFailure()
      try {
        await swap(temporary, path, existing !== null)
        await flush(parent)
      } catch (error) {
        throw error instanceof Failure ? error : writeFailure(path, error)
      }
    },
    discard: async () => {
      await Promise.all(pending)
      await rm(temporary, { recursive: true, force: true }).catch(() => {})
    },
  }
}

/** The names in a folder; null if it does not exist. */
async function contentOf(path: string): Promise<readonly string[] | null> {
  try {
    return await readdir(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return null
    if (code === 'ENOTDIR')
      throw new Failure(EXIT.usage, `${path} is a file: choose another name for the folder`)
    throw folderFailure(`cannot look into ${path}`, error, 'choose another folder with --out')
  }
}

function checkReplaceable(path: string, existing: readonly string[] | null, replace: boolean): void {
  if (existing === null || existing.length === 0) return
  if (!existing.includes(MANIFEST_FILE)) {
    throw new Failure(
      EXIT.usage,
      `${path} exists already and is no export of optionlake (it has no ${MANIFEST_FILE}): choose another name`,
    )
  }
  if (replace) return
  throw new Failure(EXIT.usage, `${path} exists already: choose another name, or replace it with --force`)
}

/** Gives the folder its name. An earlier one is moved away first, and is back under its name if that fails. */
async function swap(temporary: string, path: string, exists: boolean): Promise<void> {
  if (!exists) return rename(temporary, path)
  const old = `${temporary}-replaced`
  await rename(path, old)
  try {
    await rename(temporary, path)
  } catch (error) {
    await rename(old, path)
    throw error
  }
  await rm(old, { recursive: true, force: true })
}

async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  await handle.sync().finally(() => handle.close())
}

function folderFailure(what: string, error: unknown, remedy: string): Failure {
  const { code } = error as NodeJS.ErrnoException
  return new Failure(EXIT.cannotCreate, `${what} (${code}): ${remedy}`, error, code)
}

function writeFailure(path: string, error: unknown): Failure {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure(
      EXIT.io,
      `cannot write ${path}: the disk is full; nothing was left behind`,
      error,
      code,
    )
  }
  const isRefused = code === 'EACCES' || code === 'EPERM' || code === 'EROFS'
  return new Failure(isRefused ? EXIT.cannotCreate : EXIT.io, `cannot write ${path}: ${message}`, error, code)
}
