import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddFile } from '../../delta/actions.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { matchesChecksum } from '../checksum.ts'
import type { Lake } from '../open.ts'

/** More are not looked through for the one that is damaged: `optionlake verify` does that. */
const MOST_LOOKED_AT = 300

/**
 * What DuckDB said about some files, as a failure that names the file and what to do. A question that DuckDB
 * cannot understand is a defect of ours, and comes back as it is.
 */
export async function readFailure(lake: Lake, files: readonly AddFile[], error: unknown): Promise<unknown> {
  const message = firstLine(error)
  if (/^(Parser|Binder|Catalog) Error/.test(message)) return error
  const named = message.includes(lake.layout.table)
  // Out of memory or interrupted: the files are not at fault.
  if (!named && /^(Out of Memory|INTERRUPT)/i.test(message)) return error
  const damaged = named ? null : await firstDamaged(lake, files)
  const what = damaged === null ? lake.layout.table : join(lake.layout.table, damaged.path)
  return new Failure(
    EXIT.io,
    `cannot read ${what}: ${message}; optionlake verify tells what else is damaged`,
    error,
  )
}

/** The first line of what was thrown. */
export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] as string
}

/** Many messages about a damaged page do not say whose: the checksum does. */
async function firstDamaged(lake: Lake, files: readonly AddFile[]): Promise<AddFile | null> {
  for (const file of files.slice(0, MOST_LOOKED_AT)) {
    const bytes = await readFile(join(lake.layout.table, file.path)).catch(() => null)
    const isIntact = bytes?.length === file.size && matchesChecksum(bytes, file.sha256)
    if (!isIntact) return file
  }
  return null
}
