import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Action, type ActionLine, actionOf, type Commit, parseAction } from '../actions.ts'
import { type ChecksumKeys, sha256 } from '../commit-file.ts'
import { ioError } from '../errors.ts'
import { checkpointName, LAST_CHECKPOINT } from '../file-names.ts'
import { checkpointRows, checksumOfRows } from './checkpoint-rows.ts'

/** What `_last_checkpoint` says of the newest checkpoint. */
const lastCheckpoint = z.object({
  version: z.int().nonnegative(),
  /** Actions in it. */
  size: z.int().nonnegative(),
  parts: z.int().nullish(),
  sizeInBytes: z.int().nullish(),
  numOfAddFiles: z.int().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
})
export type LastCheckpoint = z.infer<typeof lastCheckpoint>

/** A checkpoint, or the hint to it, that cannot be used, and was passed over. */
export interface CheckpointFault {
  /** Absolute. */
  readonly path: string
  readonly why: string
}

export type CheckpointReading =
  | ({ readonly kind: 'read' } & Commit)
  | { readonly kind: 'fault'; readonly fault: CheckpointFault }

export type LastCheckpointReading =
  | { readonly kind: 'read'; readonly hint: LastCheckpoint }
  | { readonly kind: 'fault'; readonly fault: CheckpointFault }

/** The last-checkpoint hint; null where the log has none. */
export async function readLastCheckpoint(logFolder: string): Promise<LastCheckpointReading | null> {
  const path = join(logFolder, LAST_CHECKPOINT)
  const bytes = await bytesOf(path)
  if (bytes === null) return null
  const parsed = lastCheckpoint.safeParse(jsonOrNull(bytes.toString('utf8')))
  if (parsed.success) return { kind: 'read', hint: parsed.data }
  return { kind: 'fault', fault: { path, why: 'it is cut short or damaged' } }
}

/**
 * Reads one checkpoint, and compares it with the hint where that speaks of the same version. Whatever is wrong with
 * the file is a fault, not an exception: the log may be readable without it.
 * @throws DeltaError 'io'
 */
export async function readCheckpoint(
  logFolder: string,
  version: number,
  { hint, checksum: keys }: { readonly hint: LastCheckpoint | null; readonly checksum: ChecksumKeys | null },
): Promise<CheckpointReading> {
  const path = join(logFolder, checkpointName(version))
  const fault = (why: string): CheckpointReading => ({ kind: 'fault', fault: { path, why } })
  const said = hint?.version === version ? hint : null
  if (said?.parts && said.parts > 1)
    return fault(`it is in ${said.parts} parts, which this program cannot read`)
  const bytes = await bytesOf(path)
  if (bytes === null) return fault('it is missing')
  if (said?.sizeInBytes != null && said.sizeInBytes !== bytes.length) {
    return fault(`it has ${bytes.length} bytes, ${LAST_CHECKPOINT} says ${said.sizeInBytes}`)
  }
  const content = await checkpointRows(bytes, keys)
  if (content === null) return fault('it is cut short or damaged')
  const { rows, checksum } = content
  if (checksum !== null && checksum !== checksumOfRows(version, rows)) {
    return fault('it is damaged, the checksum of its rows does not match')
  }
  const ofBytes = keys === null ? undefined : said?.tags?.[keys.file]
  if (ofBytes !== undefined && ofBytes !== sha256(bytes)) return fault('it is damaged, its checksum differs')
  let actions: Action[]
  try {
    // What a checksum covers was well formed when it was written.
    actions = rows.flatMap((row, index) =>
      checksum === null ? parseAction(row, `${path}, row ${index}`) : actionOf(row as ActionLine),
    )
  } catch (error) {
    return fault((error as Error).message)
  }
  const wrong = contradictionOf(said, { rows: rows.length, actions })
  return wrong === null ? { kind: 'read', version, actions } : fault(wrong)
}

function contradictionOf(
  said: LastCheckpoint | null,
  { rows, actions }: { rows: number; actions: readonly Action[] },
): string | null {
  const adds = actions.filter((action) => 'add' in action).length
  if (said && said.size !== rows) return `it has ${rows} rows, ${LAST_CHECKPOINT} says ${said.size}`
  if (said?.numOfAddFiles != null && said.numOfAddFiles !== adds) {
    return `it names ${adds} files, ${LAST_CHECKPOINT} says ${said.numOfAddFiles}`
  }
  if (!actions.some((action) => 'protocol' in action)) return 'it has no protocol'
  return actions.some((action) => 'metaData' in action) ? null : 'it has no metaData'
}

async function bytesOf(path: string): Promise<Buffer | null> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw ioError('read', path, error)
  })
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
