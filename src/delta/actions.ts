import * as z from 'zod'
import { damagedError } from './errors.ts'

/** The actions of a commit that this module knows. Other kinds are skipped, as the protocol allows. */
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
  format: z.object({ provider: z.string(), options: properties }),
  schemaString: z.string(),
  partitionColumns: z.array(z.string()),
  configuration: properties,
  createdTime: z.int().nullish(),
})
const protocol = z.object({ minReaderVersion: z.int(), minWriterVersion: z.int() })
const txn = z.object({ appId: z.string(), version: z.int(), lastUpdated: z.int().nullish() })
const commitInfo = z.looseObject({
  timestamp: z.int().nullish(),
  operation: z.string().nullish(),
  engineInfo: z.string().nullish(),
})
const line = z.looseObject({
  add: add.optional(),
  remove: remove.optional(),
  metaData: metaData.optional(),
  protocol: protocol.optional(),
  txn: txn.optional(),
  commitInfo: commitInfo.optional(),
})

/** A data file enters the table. `path` is percent-encoded. */
export type Add = z.infer<typeof add>
/** A data file leaves the table; it stays on disk for readers of older versions. */
export type Remove = z.infer<typeof remove>
export type MetaData = z.infer<typeof metaData>
export type Protocol = z.infer<typeof protocol>
/** How far an application has come: Delta's means against doing the same work twice. */
export type Transaction = z.infer<typeof txn>
/** Anything that the writer wants to say; nothing in it is interpreted here. */
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

/** One line of a commit, or one row of a checkpoint, that is known to be well formed. */
export type ActionLine = z.infer<typeof line>

/**
 * The action of one line of a commit or one row of a checkpoint; none when it is of a kind that this module skips.
 * @throws DeltaError 'damaged' when it is malformed.
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
    throw damagedError(name, 'it is cut short or damaged')
  }
}
