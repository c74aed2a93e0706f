import * as z from 'zod'
import { damagedError } from './errors.ts'

// The kinds and fields of actions that this module knows. Others are skipped, as the protocol allows.
const properties = z.record(z.string(), z.string())
const values = z.record(z.string(), z.string().nullable())
const add = z.object({
  path: z.string(),
  partitionValues: values,
  size: z.int().nonnegative(),
  modificationTime: z.int(),
  dataChange: z.boolean(),
  stats: z.string().nullish(),
  tags: values.nullish(),
  /** Parsed only to be refused by `replay`: without it, deleted rows would be read. */
  deletionVector: z.unknown().optional(),
})
const remove = z.object({
  path: z.string(),
  deletionTimestamp: z.int().nullish(),
  dataChange: z.boolean(),
  extendedFileMetadata: z.boolean().nullish(),
  partitionValues: values.nullish(),
  size: z.int().nullish(),
})
const metaData = z.object({
  id: z.string(),
  name: z.string().nullish(),
  description: z.string().nullish(),
  format: z.object({ provider: z.string(), options: properties.default({}) }),
  schemaString: z.string(),
  partitionColumns: z.array(z.string()),
  configuration: properties.default({}),
  createdTime: z.int().nullish(),
})
const features = z.array(z.string()).nullish()
const protocol = z.object({
  minReaderVersion: z.int(),
  minWriterVersion: z.int(),
  readerFeatures: features,
  writerFeatures: features,
})
const txn = z.object({ appId: z.string(), version: z.int(), lastUpdated: z.int().nullish() })
const commitInfo = z.record(z.string(), z.unknown())
const line = z.looseObject({
  add: add.nullish(),
  remove: remove.nullish(),
  metaData: metaData.nullish(),
  protocol: protocol.nullish(),
  txn: txn.nullish(),
  // The protocol does not define its content, so nothing in it can be wrong.
  commitInfo: commitInfo.nullish().catch(null),
})

/** Adds a data file to the table. `path` is percent-encoded. */
export type Add = z.infer<typeof add>
/** Removes a data file from the table. The file stays on disk for readers of older versions. */
export type Remove = z.infer<typeof remove>
export type MetaData = z.infer<typeof metaData>
export type Protocol = z.infer<typeof protocol>
/** The latest version that an application has written. Lets the application skip work it has already done. */
export type Transaction = z.infer<typeof txn>
/** Free-form information from the writer, with values of any type. This module does not interpret it. */
export type CommitInfo = z.infer<typeof commitInfo>

export type Action =
  | { readonly commitInfo: CommitInfo }
  | { readonly protocol: Protocol }
  | { readonly metaData: MetaData }
  | { readonly txn: Transaction }
  | { readonly add: Add }
  | { readonly remove: Remove }

/** One version of the table as a list of actions. A checkpoint is read into the same form. */
export interface Commit {
  readonly version: number
  readonly actions: readonly Action[]
}

/** A valid line of a commit or row of a checkpoint. */
export type ActionLine = z.infer<typeof line>

/**
 * The action of one line of a commit or one row of a checkpoint; empty for kinds that this module skips.
 * @throws DeltaError 'damaged' when the line or row is malformed.
 */
export function parseAction(value: unknown, name: string): Action[] {
  const parsed = line.safeParse(value)
  if (parsed.success) return actionOf(parsed.data)
  const issue = parsed.error.issues[0]
  throw damagedError(name, `${issue?.path.join('.')}: ${issue?.message}`)
}

export function actionOf(parsed: ActionLine): Action[] {
  if (parsed.commitInfo) return [{ commitInfo: parsed.commitInfo }]
  if (parsed.protocol) return [{ protocol: parsed.protocol }]
  if (parsed.metaData) return [{ metaData: parsed.metaData }]
  if (parsed.txn) return [{ txn: parsed.txn }]
  if (parsed.add) return [{ add: parsed.add }]
  if (parsed.remove) return [{ remove: parsed.remove }]
  return []
}

/** @throws DeltaError 'damaged' naming the file when the text is not JSON. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw damagedError(name, 'it is truncated or damaged')
  }
}
