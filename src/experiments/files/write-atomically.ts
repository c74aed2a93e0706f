import { randomUUID } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'
import { makeFolderSync } from '../../process/make-folder.ts'

/**
 * Writes or replaces a text file: completely or not at all, and flushed. Folders above it are created.
 * @throws Failure EXIT.cannotCreate or EXIT.io; nothing half-written is left.
 */
export function writeTextAtomically(path: string, text: string): void {
  replaceAtomically(path, (temporary) => writeFileSync(temporary, text, { flag: 'wx' }))
}

/** The same for a file that `write` creates under a temporary name in the same folder. */
export function replaceAtomically<T>(path: string, write: (temporary: string) => T): T {
  const temporary = temporaryBeside(path)
  try {
    const written = write(temporary)
    publish(temporary, path)
    return written
  } catch (error) {
    rmSync(temporary, { force: true })
    throw writeFailure(path, error)
  }
}

/** Creates a folder and those above it if needed. @throws Failure EXIT.cannotCreate */
export function createFolder(folder: string): void {
  try {
    makeFolderSync(folder)
  } catch (error) {
    const { code = null } = error as NodeJS.ErrnoException
    throw new Failure(
      EXIT.cannotCreate,
      `cannot create the folder ${folder} (${code}): choose another place`,
      error,
      code,
    )
  }
}

/** A name that is free, in the folder of `path`, which is created if needed. @throws Failure EXIT.cannotCreate */
export function temporaryBeside(path: string): string {
  createFolder(dirname(path))
  return join(dirname(path), `.tmp-${randomUUID()}`)
}

/** Flushes a temporary file and gives it its name, which may be taken. */
export function publish(temporary: string, path: string): void {
  flush(temporary)
  renameSync(temporary, path)
  flush(dirname(path))
}

function flush(path: string): void {
  const fd = openSync(path, constants.O_RDONLY)
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

const NOT_CREATABLE: ReadonlySet<string | undefined> = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOTDIR',
  'EISDIR',
])

/** The failure of a write; anything that is no system error is given back as it is. */
export function writeFailure(path: string, error: unknown): unknown {
  if (error instanceof Failure) return error
  const { code, message } = error as NodeJS.ErrnoException
  if (code === undefined) return error
  const kind = NOT_CREATABLE.has(code) ? EXIT.cannotCreate : EXIT.io
  return new Failure(kind, `cannot write ${path}: ${message}`, error, code)
}
