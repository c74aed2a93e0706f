import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Action, actionsOf, parseAction } from './actions.ts'
import { ioFailure } from './durable.ts'
import { checkpointName, LAST_CHECKPOINT } from './layout.ts'

/** Under this name a checkpoint of ours carries the digest of its rows, in the footer of the file. */
export const SEAL_KEY = 'optionlake.seal'

/** What `_last_checkpoint` says of the newest checkpoint. */
const lastCheckpoint = z.object({
  version: z.int().nonnegative(),
  /** Actions in it. */
  size: z.int().nonnegative(),
  parts: z.int().nullish(),
  sizeInBytes: z.int().nullish(),
  numOfAddFiles: z.int().nullish(),
})
export type LastCheckpoint = z.infer<typeof lastCheckpoint>

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
  const content = await contentOf(bytes)
  if (content === null) return fault('it is cut short or damaged')
  const { rows, seal } = content
  if (seal !== null && seal !== sealOf(version, rows)) return fault('it is damaged, its seal does not match')
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

type WellFormed = Parameters<typeof actionsOf>[0]

/** The digest of a checkpoint's rows, whatever the order of their fields, and of the version they stand for. */
export function sealOf(version: number, rows: readonly unknown[]): string {
  const hash = createHash('sha256').update(String(version))
  for (const row of rows) hash.update(sortedJson(row))
  return hash.digest('hex')
}

function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join()}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const known = Object.entries(value).filter(([, part]) => part !== null && part !== undefined)
  const parts = known
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, part]) => `${name}:${sortedJson(part)}`)
  return `{${parts.join()}}`
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

/**
 * The rows of a Parquet file and the seal in its footer; null when it is no such file. In JavaScript: a database that
 * starts for this alone takes longer than reading a year's log may.
 */
async function contentOf(bytes: Buffer): Promise<{ rows: unknown[]; seal: string | null } | null> {
  const { parquetMetadata, parquetReadObjects } = await import('hyparquet')
  const whole = new Uint8Array(bytes).buffer
  const file = { byteLength: whole.byteLength, slice: (from: number, to?: number) => whole.slice(from, to) }
  try {
    const metadata = parquetMetadata(whole)
    const rows = await parquetReadObjects({ file, metadata })
    const seal = metadata.key_value_metadata?.find(({ key }) => key === SEAL_KEY)?.value
    return { rows: rows.map(plain), seal: seal ?? null }
  } catch {
    // What a reader of Parquet trips over in a damaged file has no name that would help a person.
    return null
  }
}

/** Parquet's value as the commit files write it: numbers instead of BigInt, absent instead of null. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  const known = Object.entries(value).filter(([, part]) => part !== null && part !== undefined)
  return Object.fromEntries(known.map(([name, part]) => [name, plain(part)]))
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
