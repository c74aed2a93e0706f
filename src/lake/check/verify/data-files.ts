import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { TableState } from '../../../delta/index.ts'
import { matchesChecksum } from '../../checksum.ts'
import { ioFailure } from '../../delta.ts'
import type { StoredFile } from '../../tables/data-files.ts'
import { isCompleteParquet } from '../../write/data-file.ts'
import type { Finding } from '../findings.ts'

/** Reads a whole data file and compares it with its entry in the log. Null if nothing is wrong. */
export async function verifyDataFile(path: string, file: StoredFile): Promise<Finding | null> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioFailure('read', path, error)
  })
  if (bytes === null) return { kind: 'missing_file', path, detail: 'the log names it, but it does not exist' }
  const damaged = (detail: string): Finding => ({ kind: 'damaged_file', path, detail })
  if (bytes.length !== file.size) return damaged(`it has ${bytes.length} bytes, the log says ${file.size}`)
  if (!matchesChecksum(bytes, file.sha256)) return damaged('its checksum differs')
  if (file.unreadable !== null) return { kind: 'unreadable_file', path, detail: file.unreadable }
  if (isCompleteParquet(bytes)) return null
  return { kind: 'unreadable_file', path, detail: 'it is not a complete Parquet file' }
}

/**
 * Paths of files below a table's folder that no commit names. Ignores hidden files, and files newer than `before`,
 * because a writer may be about to commit them.
 * @param before epoch milliseconds of the file system's clock.
 */
export async function findUnknownFiles(
  folder: string,
  table: Pick<TableState<StoredFile, unknown>, 'files' | 'removed'>,
  before: number,
): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw ioFailure('read', folder, error)
  })
  const unknown: string[] = []
  for (const entry of entries) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    const isHidden = path.split('/').some((part) => part.startsWith('.') || part.startsWith('_'))
    if (!entry.isFile() || isHidden || table.files.has(path) || table.removed.has(path)) continue
    const found = await stat(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw ioFailure('look at', join(folder, path), error)
    })
    if (found && Math.floor(found.mtimeMs) <= before) unknown.push(path)
  }
  return unknown.sort()
}
