import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { checkpointName, LAST_CHECKPOINT } from '../lake/layout.ts'
import { type Action, actionsOf, parseAction, type WellFormed } from './actions.ts'
import { ioFailure } from './atomic-file.ts'
import { checkpointRows, sealOf } from './checkpoint-rows.ts'

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

/** Tag of the pointer: checksum of the checkpoint's bytes, those too that the seal of its rows does not cover. */
export const CHECKPOINT_SHA256_TAG = 'optionlake.sha256'

/** A checkpoint that is not what it should be, and was passed over. */
export interface CheckpointFault {
  /** Absolute. */
  readonly path: string
  readonly why: string
}

export type CheckpointReading =
  | { readonly kind: 'read'; readonly version: number; readonly actions: readonly Action[] }
  | { readonly kind: 'fault'; readonly fault: CheckpointFault }

/** The pointer to the newest checkpoint; null without one. */
export async function readLastCheckpoint(
  folder: string,
): Promise<{ kind: 'read'; last: LastCheckpoint } | { kind: 'fault'; fault: CheckpointFault } | null> {
  const path = join(folder, LAST_CHECKPOINT)
  const bytes = await bytesOf(path)
  if (bytes === null) return null
  const parsed = lastCheckpoint.safeParse(jsonOrNull(bytes.toString('utf8')))
  if (parsed.success) return { kind: 'read', last: parsed.data }
  return { kind: 'fault', fault: { path, why: 'it is cut short or damaged' } }
}

/**
 * Reads one checkpoint, and holds it against what `_last_checkpoint` says of it where that speaks of the same one.
 * Whatever is wrong with the file is a fault, not an exception: the log may be readable without it.
 */
export async function readCheckpoint(
  folder: string,
  version: number,
  last: LastCheckpoint | null,
): Promise<CheckpointReading> {
  const path = join(folder, checkpointName(version))
  const fault = (why: string): CheckpointReading => ({ kind: 'fault', fault: { path, why } })
  const said = last?.version === version ? last : null
  if (said?.parts && said.parts > 1)
    return fault(`it is in ${said.parts} parts, which this program cannot read`)
  const bytes = await bytesOf(path)
  if (bytes === null) return fault('it is missing')
  if (said?.sizeInBytes != null && said.sizeInBytes !== bytes.length) {
    return fault(`it has ${bytes.length} bytes, ${LAST_CHECKPOINT} says ${said.sizeInBytes}`)
  }
  const content = await checkpointRows(bytes)
  if (content === null) return fault('it is cut short or damaged')
  const { rows, seal } = content
  if (seal !== null && seal !== sealOf(version, rows)) return fault('it is damaged, its seal does not match')
  const sha256 = said?.tags?.[CHECKPOINT_SHA256_TAG]
  if (sha256 !== undefined && sha256 !== createHash('sha256').update(bytes).digest('hex')) {
    return fault('it is damaged, its checksum differs')
  }
  let actions: Action[]
  try {
    // What our own seal covers was looked through before it was written.
    actions = rows.flatMap((row, index) =>
      seal === null ? parseAction(row, `${path}, row ${index}`) : actionsOf(row as WellFormed),
    )
  } catch (error) {
    return fault((error as Error).message)
  }
  const wrong = actionsAgainst(said, { rows: rows.length, actions })
  return wrong === null ? { kind: 'read', version, actions } : fault(wrong)
}

function actionsAgainst(
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
    throw ioFailure('read', path, error)
  })
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
