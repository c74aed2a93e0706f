import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import type { Located, TableState } from '../../../delta/index.ts'
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

/** A file below a table's folder that no commit names. */
export interface UnknownFile {
  /** Below the table's folder. */
  readonly path: string
  /** When it was last written, epoch milliseconds of the file system's clock. */
  readonly writtenAt: number
  /** Whether its name is of the kind that optionlake gives its data files. */
  readonly isOurs: boolean
}

/** Another program's file of this age, or younger, may be about to be committed by that program. */
const FRESH_MS = 24 * 3_600_000

/**
 * Files below a table's folder that no commit names. Ignores hidden files and files newer than `before`, because a
 * writer may be about to commit them; of other programs' files, those of the last day.
 * @param isOurName whether optionlake gives such names to files of this table.
 * @param before epoch milliseconds of the file system's clock.
 */
export async function findUnknownFiles(
  folder: string,
  table: Pick<TableState<Located, unknown>, 'files' | 'removed'>,
  { before, isOurName }: { before: number; isOurName: (path: string) => boolean },
): Promise<UnknownFile[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw ioFailure('read', folder, error)
    },
  )
  const unknown: UnknownFile[] = []
  for (const entry of entries) {
    const path = relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/')
    const isHidden = path.split('/').some((part) => part.startsWith('.') || part.startsWith('_'))
    if (!entry.isFile() || isHidden || table.files.has(path) || table.removed.has(path)) continue
    const found = await stat(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw ioFailure('look at', join(folder, path), error)
    })
    if (!found) continue
    const isOurs = isOurName(path)
    const writtenAt = Math.floor(found.mtimeMs)
    if (writtenAt <= before - (isOurs ? 0 : FRESH_MS)) unknown.push({ path, writtenAt, isOurs })
  }
  return unknown.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** The finding of a file that no commit names. */
export function unknownFinding(folder: string, { path, isOurs }: UnknownFile): Finding {
  const detail = isOurs
    ? 'no commit names it: its commit is lost, or its writer was killed; run: optionlake repair'
    : 'no commit names it, and another program wrote it: move it away, or run: optionlake repair --unknown-files'
  return { kind: 'unknown_file', path: join(folder, path), detail }
}
