import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'
import { matchesChecksum } from '../checksum.ts'
import { firstLine } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import type { StoredFile } from '../tables/data-files.ts'
import { deletedFileFailure } from '../tables/deleted-file.ts'

/** DuckDB errors that only the SQL can cause, even if they name a path of the lake. */
const QUERY_ERROR = /^(Parser|Binder|Catalog|Permission) Error/
/** DuckDB errors about pages that cannot be decompressed or decoded. They rarely name the file. */
const DAMAGED_PAGE = /^IO Error|decompress|thrift|TProtocol|corrupt/i

const LIST_DAMAGE = 'optionlake verify lists what else is damaged'

/** Files whose checksums are verified to find the damaged one. `optionlake verify` checks all. */
const MAX_FILES_CHECKED = 300

/**
 * The failure for an error of user-written SQL. A query that DuckDB refuses, or that needs too much memory, is a usage
 * error. An error about a file of the lake is an I/O error.
 */
export function queryFailure(lake: Lake, error: unknown): Failure {
  const message = firstLine(error)
  const isDamage = DAMAGED_PAGE.test(message) || message.includes(lake.layout.root)
  if (QUERY_ERROR.test(message) || !isDamage) {
    return new Failure(EXIT.usage, `the query failed: ${message}`, error)
  }
  return new Failure(EXIT.io, `the query failed: ${message}; optionlake verify lists what is damaged`, error)
}

/**
 * The failure for an error of this program's own SQL over data files of one table. An error about a file becomes a
 * failure that names the file. Errors that files cannot cause are returned unchanged, because invalid SQL is a bug in
 * this program.
 * @param folder of the table.
 */
export async function readFailure(
  lake: Lake,
  { folder, files }: { readonly folder: string; readonly files: readonly StoredFile[] },
  error: unknown,
): Promise<unknown> {
  const deleted = await deletedFileFailure(lake, { folder, files })
  if (deleted) return deleted
  const message = firstLine(error)
  const unreadable = files.find((file) => file.unreadable !== null)
  if (unreadable) {
    const path = join(folder, unreadable.path)
    return new Failure(EXIT.io, `cannot read ${path}: ${unreadable.unreadable}; ${LIST_DAMAGE}`, error)
  }
  if (/^(Parser|Binder|Catalog) Error/.test(message)) return error
  const isNamed = message.includes(folder)
  if (!isNamed && /^(Out of Memory|INTERRUPT)/i.test(message)) return error
  const damaged = isNamed ? null : await firstDamaged(folder, files)
  const path = damaged === null ? folder : join(folder, damaged.path)
  return new Failure(EXIT.io, `cannot read ${path}: ${message}; ${LIST_DAMAGE}`, error)
}

/** The first file that is missing or differs from the log. */
async function firstDamaged(folder: string, files: readonly StoredFile[]): Promise<StoredFile | null> {
  for (const file of files.slice(0, MAX_FILES_CHECKED)) {
    const bytes = await readFile(join(folder, file.path)).catch(() => null)
    const isIntact = bytes?.length === file.size && matchesChecksum(bytes, file.sha256)
    if (!isIntact) return file
  }
  return null
}
