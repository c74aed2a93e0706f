import type { Action, MetaData, Protocol } from './actions.ts'
import { DeltaError } from './errors.ts'

/** The versions of the protocol that new tables get. */
export const READER_VERSION = 1
export const WRITER_VERSION = 2

/** From these versions on, a table lists the features that it needs. */
const FEATURES_READER_VERSION = 3
const FEATURES_WRITER_VERSION = 7

/** Table features that change what a reader must do. None are supported. */
const READER_FEATURES: ReadonlySet<string> = new Set()
/**
 * Table features whose rules a commit follows: `appendOnly`, because commits that remove data are refused, and
 * `invariants`, because a table with a column invariant is not written at all. Writer version 2 consists of these two.
 */
const WRITER_FEATURES: ReadonlySet<string> = new Set(['appendOnly', 'invariants'])

/** The features that a version without a list of features added, by their names in such a list. */
const FEATURES_OF_VERSION: Readonly<Record<string, string>> = {
  'reader 2': 'columnMapping',
  'writer 3': 'checkConstraints',
  'writer 4': 'changeDataFeed, generatedColumns',
  'writer 5': 'columnMapping',
  'writer 6': 'identityColumns',
}

const APPEND_ONLY = 'delta.appendOnly'

/** The part of a table's state that says who may write it. */
export interface TableDescription {
  readonly version: number
  readonly protocol: Protocol | null
  readonly metaData: MetaData | null
}

/**
 * @param name the table, for the message.
 * @throws DeltaError 'protocol_unsupported' when a reader needs a version or feature that this module does not have.
 */
export function checkReadable(
  protocol: Protocol,
  { version, name }: { version: number; name: string },
): void {
  const needed = neededToRead(protocol)
  if (needed !== null) throw unsupportedError({ version, name }, needed, 'read')
}

/**
 * Checks that a table may be written: by a commit, a checkpoint or a clean-up of its log.
 * @throws DeltaError 'protocol_unsupported' when that takes a version, a feature or a rule that this module does not have.
 */
export function checkWritable(state: TableDescription, name: string): void {
  const { version, protocol, metaData } = state
  const needed = (protocol && (neededToRead(protocol) ?? neededToWrite(protocol))) ?? ruleIn(metaData)
  if (needed !== null) throw unsupportedError({ version, name }, needed, 'write')
}

/**
 * Checks that a commit keeps the rules of the table that it follows.
 * @throws DeltaError 'protocol_unsupported' as `checkWritable`; 'refused' when the commit removes data from an
 * append-only table.
 */
export function checkCommit(state: TableDescription, actions: readonly Action[], name: string): void {
  checkWritable(state, name)
  if (!isTrue(state.metaData?.configuration[APPEND_ONLY])) return
  const removal = actions.find((action) => 'remove' in action && action.remove.dataChange)
  if (!removal || !('remove' in removal)) return
  throw new DeltaError(
    'refused',
    `${name} at version ${state.version} has the property ${APPEND_ONLY}=true, so ${removal.remove.path} and its rows cannot be removed: set the property to false to allow it`,
  )
}

function neededToRead({ minReaderVersion, readerFeatures }: Protocol): string | null {
  if (minReaderVersion <= READER_VERSION) return null
  if (minReaderVersion !== FEATURES_READER_VERSION || !readerFeatures) {
    return versionText('reader', minReaderVersion)
  }
  return featuresText(readerFeatures, READER_FEATURES, `reader version ${minReaderVersion}`)
}

function neededToWrite({ minWriterVersion, writerFeatures }: Protocol): string | null {
  if (minWriterVersion <= WRITER_VERSION) return null
  if (minWriterVersion !== FEATURES_WRITER_VERSION || !writerFeatures) {
    return versionText('writer', minWriterVersion)
  }
  return featuresText(writerFeatures, WRITER_FEATURES, `writer version ${minWriterVersion}`)
}

function versionText(role: 'reader' | 'writer', version: number): string {
  const features = FEATURES_OF_VERSION[`${role} ${version}`]
  return `Delta ${role} version ${version}${features === undefined ? '' : ` (${features})`}`
}

function featuresText(
  needed: readonly string[],
  supported: ReadonlySet<string>,
  version: string,
): string | null {
  const missing = needed.filter((feature) => !supported.has(feature))
  if (missing.length === 0) return null
  return `the table feature${missing.length === 1 ? '' : 's'} ${missing.join(', ')} (${version})`
}

/** A rule in the metadata that writers must keep and this module cannot; null without one. */
function ruleIn(metaData: MetaData | null): string | null {
  if (metaData === null) return null
  const { configuration, schemaString } = metaData
  const constraint = Object.keys(configuration).find((key) => key.startsWith('delta.constraints.'))
  if (constraint) return `the check constraint ${constraint.slice('delta.constraints.'.length)}`
  const mapping = configuration['delta.columnMapping.mode']
  if (mapping !== undefined && mapping !== 'none') return `column mapping by ${mapping}`
  if (isTrue(configuration['delta.enableChangeDataFeed'])) return 'the change data feed'
  return COLUMN_RULES.some(([key]) => schemaString.includes(key)) ? columnRuleIn(schemaString) : null
}

/** Keys in a column's metadata. */
const COLUMN_RULES: readonly (readonly [key: string, name: string])[] = [
  ['delta.invariants', 'the invariant'],
  ['delta.generationExpression', 'the generation expression'],
  ['delta.identity.', 'the identity values'],
]

/** Searches nested columns as well. */
function columnRuleIn(schemaString: string): string | null {
  let found: string | null = null
  const search = (_key: string, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value
    const { name, metadata } = value as { name?: unknown; metadata?: unknown }
    if (typeof metadata !== 'object' || metadata === null) return value
    const keys = Object.keys(metadata)
    const rule = COLUMN_RULES.find(([key]) => keys.some((one) => one.startsWith(key)))
    if (rule) found ??= `${rule[1]} of column ${String(name)}`
    return value
  }
  try {
    JSON.parse(schemaString, search)
  } catch {
    return 'a schema that is JSON'
  }
  return found
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true'
}

function unsupportedError(
  { version, name }: { version: number; name: string },
  needed: string,
  verb: 'read' | 'write',
): DeltaError {
  const consequence = verb === 'read' ? 'cannot read it' : 'writes nothing to it'
  return new DeltaError(
    'protocol_unsupported',
    `${name} at version ${version} needs ${needed}, which this program does not have, so it ${consequence}: remove it with the program that added it`,
  )
}
