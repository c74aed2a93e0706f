import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as z from 'zod'
import { type Action, type ActionLine, actionOf, type Commit, parseAction } from '../actions.ts'
import { type ChecksumKeys, sha256 } from '../commit-file.ts'
import { ioError } from '../errors.ts'
import { checkpointNames, LAST_CHECKPOINT } from '../file-names.ts'
import { checkpointRows, checksumOfRows } from './checkpoint-rows.ts'
import { matchesOwnChecksum } from './file-checksum.ts'
import { decodingEnds } from './trial-decoding.ts'

/** The contents of `_last_checkpoint`, which describes the newest checkpoint. */
const lastCheckpoint = z.object({
  version: z.int().nonnegative(),
  /** Number of actions in the checkpoint. */
  size: z.int().nonnegative(),
  /** Bounded, so that a damaged number does not become that many file names. */
  parts: z.int().positive().max(10_000).nullish(),
  sizeInBytes: z.int().nullish(),
  numOfAddFiles: z.int().nullish(),
  tags: z.record(z.string(), z.string()).nullish(),
})
export type LastCheckpoint = z.infer<typeof lastCheckpoint>

/** A checkpoint or last-checkpoint hint that cannot be used. */
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

/** The last-checkpoint hint; null if the log has none. */
export async function readLastCheckpoint(logFolder: string): Promise<LastCheckpointReading | null> {
  const path = join(logFolder, LAST_CHECKPOINT)
  const bytes = await bytesOf(path)
  if (bytes === null) return null
  const parsed = lastCheckpoint.safeParse(jsonOrNull(bytes.toString('utf8')))
  if (parsed.success) return { kind: 'read', hint: parsed.data }
  return { kind: 'fault', fault: { path, why: 'it is truncated or damaged' } }
}

/** What a checkpoint is compared with, and how it is stored. */
interface CheckpointOptions {
  readonly hint: LastCheckpoint | null
  readonly checksum: ChecksumKeys | null
  /** Number of files; as the hint says, or 1, if left out. */
  readonly parts?: number
  /** Whether a file without a checksum of its own is a fault. */
  readonly mustHaveChecksum?: boolean
}

/**
 * Reads one checkpoint, and compares it with the hint if the hint is for the same version. Damage to the file is
 * returned as a fault and not thrown, because the log may be readable without the checkpoint.
 * @throws DeltaError 'io'
 */
export async function readCheckpoint(
  logFolder: string,
  version: number,
  { hint, checksum: keys, parts: given, mustHaveChecksum = false }: CheckpointOptions,
): Promise<CheckpointReading> {
  const hinted = hint?.version === version ? hint : null
  const parts = given ?? hinted?.parts ?? 1
  const expected = parts === (hinted?.parts ?? 1) ? hinted : null
  const actions: Action[] = []
  let rows = 0
  let size = 0
  for (const name of checkpointNames(version, parts)) {
    const whole = parts === 1 ? expected : null
    const part = await readPart(join(logFolder, name), {
      version,
      expected: whole,
      keys,
      mustHaveChecksum,
    })
    if (part.kind === 'fault') return part
    for (const action of part.actions) actions.push(action)
    rows += part.rows
    size += part.size
  }
  const wrong = contradictionOf(expected, { rows, size, actions })
  if (wrong === null) return { kind: 'read', version, actions }
  return {
    kind: 'fault',
    fault: { path: join(logFolder, checkpointNames(version, parts)[0] as string), why: wrong },
  }
}

type PartReading =
  | {
      readonly kind: 'read'
      readonly actions: readonly Action[]
      readonly rows: number
      readonly size: number
    }
  | { readonly kind: 'fault'; readonly fault: CheckpointFault }

/** The last bytes of every Parquet file. */
const PARQUET_END = 'PAR1'

async function readPart(
  path: string,
  {
    version,
    expected,
    keys,
    mustHaveChecksum,
  }: {
    version: number
    expected: LastCheckpoint | null
    keys: ChecksumKeys | null
    mustHaveChecksum: boolean
  },
): Promise<PartReading> {
  const fault = (why: string): PartReading => ({ kind: 'fault', fault: { path, why } })
  const bytes = await bytesOf(path)
  if (bytes === null) return fault('it is missing')
  if (expected?.sizeInBytes != null && expected.sizeInBytes !== bytes.length) {
    return fault(`it has ${bytes.length} bytes, ${LAST_CHECKPOINT} says ${expected.sizeInBytes}`)
  }
  if (bytes.toString('latin1', bytes.length - 4) !== PARQUET_END) return fault('it is truncated or damaged')
  // Before anything is parsed: by the hint's checksum, or without one by the file's own.
  const ofBytes = keys === null ? undefined : expected?.tags?.[keys.file]
  if (ofBytes !== undefined) {
    if (ofBytes !== sha256(bytes)) return fault('it is damaged, its checksum differs')
  } else if (keys !== null) {
    const matches = matchesOwnChecksum(bytes, keys.file)
    if (matches === false) return fault('it is truncated or damaged')
    if (matches === null && !(await decodingEnds(path, bytes.length)))
      return fault('it is damaged, so that decoding it does not end')
  }
  const content = await checkpointRows(bytes, keys)
  if (content.kind === 'fault') return fault(content.why)
  const { rows, checksum } = content
  if (mustHaveChecksum && checksum === null) return fault('it has no checksum')
  // The hint's checksum covers every byte and belongs to this version. Another one would take as long as the decoding.
  const isAsHinted = ofBytes !== undefined
  if (checksum !== null && !isAsHinted && checksum !== checksumOfRows(version, inWrittenOrder(rows))) {
    return fault('it is damaged, the checksum of its rows does not match')
  }
  try {
    // With a matching checksum the rows are as written, so they need not be validated.
    const actions = rows.flatMap((row, index) =>
      checksum === null ? parseAction(row, `${path}, row ${index}`) : actionOf(row as ActionLine),
    )
    return { kind: 'read', actions, rows: rows.length, size: bytes.length }
  } catch (error) {
    return fault((error as Error).message)
  }
}

/**
 * The rows with other actions before files and these before removed files, which is the order that their checksum has.
 * The writer of version 0.1 put the first kind last when a table had 1,000 files and no removed one.
 */
function inWrittenOrder(rows: readonly unknown[]): readonly unknown[] {
  const kindOf = (row: unknown) => {
    const { add, remove } = row as { add?: unknown; remove?: unknown }
    return remove ? 2 : add ? 1 : 0
  }
  return [0, 1, 2].flatMap((kind) => rows.filter((row) => kindOf(row) === kind))
}

function contradictionOf(
  expected: LastCheckpoint | null,
  { rows, size, actions }: { rows: number; size: number; actions: readonly Action[] },
): string | null {
  if (expected?.sizeInBytes != null && expected.sizeInBytes !== size)
    return `it has ${size} bytes, ${LAST_CHECKPOINT} says ${expected.sizeInBytes}`
  const adds = actions.filter((action) => 'add' in action).length
  if (expected && expected.size !== rows)
    return `it has ${rows} rows, ${LAST_CHECKPOINT} says ${expected.size}`
  if (expected?.numOfAddFiles != null && expected.numOfAddFiles !== adds) {
    return `it names ${adds} files, ${LAST_CHECKPOINT} says ${expected.numOfAddFiles}`
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
