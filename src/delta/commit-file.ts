import { createHash } from 'node:crypto'
import { type Action, type ActionLine, actionOf, type CommitInfo, parseAction, parseJson } from './actions.ts'
import { damagedError } from './errors.ts'

/**
 * Where checksums are stored. The protocol does not require them, but without them damage to a commit is noticed only
 * if it breaks the JSON.
 */
export interface ChecksumKeys {
  /**
   * `object.field`, such as `myapp.checksum`. In a commit, this field of this object in `commitInfo` has the SHA-256 of
   * the commit's text. In a checkpoint's footer, the key of this name has the SHA-256 of its rows.
   */
  readonly content: string
  /**
   * The tag in `_last_checkpoint` with the SHA-256 of the checkpoint's bytes, such as `myapp.sha256`. The key of the same
   * name in the checkpoint's footer has the SHA-256 of the bytes with these digits set to 0.
   */
  readonly file: string
}

/** The text of one commit, `commitInfo` first. Has a checksum if there are keys and a `commitInfo`. */
export function commitText(actions: readonly Action[], keys: ChecksumKeys | null): string {
  const infos = actions.filter((action) => 'commitInfo' in action)
  const others = actions.filter((action) => !('commitInfo' in action))
  const lines = [...infos.map(({ commitInfo }) => withBlank(commitInfo, keys)), ...others]
  const text = `${lines.map((action) => JSON.stringify(action)).join('\n')}\n`
  if (keys === null || infos.length === 0) return text
  const { field } = partsOf(keys)
  return text.replace(`"${field}":""`, () => `"${field}":"${sha256(text)}"`)
}

/**
 * Parses one commit. `name` is only used in error messages.
 * @throws DeltaError 'damaged' naming the file, and if possible the line, when the text is truncated, damaged or not a
 * Delta commit.
 */
export function parseCommit(text: string, name: string, keys: ChecksumKeys | null): Action[] {
  const lines = linesOf(text)
  if (lines.length === 0) throw damagedError(name, 'it is empty')
  const checksum = keys === null ? 'none' : checksumOf(text, keys)
  const actions = lines.flatMap((text, index) => {
    const where = `${name}, line ${index + 1}`
    const value = parseJson(text, where)
    // With a matching checksum the value is as written, so it need not be validated.
    return checksum === 'matches' ? actionOf(value as ActionLine) : parseAction(value, where)
  })
  const isCovered = keys !== null && actions.some((action) => isMarked(action, keys))
  if (checksum === 'differs' || (checksum === 'none' && isCovered)) {
    throw damagedError(name, 'it is truncated or damaged, its checksum does not match')
  }
  return actions
}

/** The actions of a commit's text, each validated, without regard to a checksum. @throws DeltaError 'damaged' */
export function parseActions(text: string, name: string): Action[] {
  return linesOf(text).flatMap((line, index) => {
    const where = `${name}, line ${index + 1}`
    return parseAction(parseJson(line, where), where)
  })
}

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.trim() !== '')
}

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function checksumOf(text: string, keys: ChecksumKeys): 'matches' | 'differs' | 'none' {
  const { field } = partsOf(keys)
  const pattern = new RegExp(`"${field}":"([0-9a-f]{64})"`)
  const written = pattern.exec(text)?.[1]
  if (written === undefined) return 'none'
  return written === sha256(text.replace(pattern, `"${field}":""`)) ? 'matches' : 'differs'
}

/**
 * Whether the commit is one of ours, and so must have a checksum: it has the object in which we store it, or its
 * `engineInfo` has the name of this object. One of these marks is left when the other one is damaged.
 */
function isMarked(action: Action, keys: ChecksumKeys): boolean {
  if (!('commitInfo' in action)) return false
  const { object } = partsOf(keys)
  const { [object]: own, engineInfo } = action.commitInfo
  return own != null || (typeof engineInfo === 'string' && engineInfo.startsWith(`${object}/`))
}

/** The checksum field is empty in the text from which the checksum is computed. */
function withBlank(commitInfo: CommitInfo, keys: ChecksumKeys | null): Action {
  if (keys === null) return { commitInfo }
  const { object, field } = partsOf(keys)
  const { [field]: _, ...others } = (commitInfo[object] ?? {}) as Record<string, unknown>
  return { commitInfo: { ...commitInfo, [object]: { [field]: '', ...others } } }
}

function partsOf({ content }: ChecksumKeys): { object: string; field: string } {
  const [, object, field] = /^([\w-]+)\.([\w-]+)$/.exec(content) ?? []
  if (!object || !field) throw new RangeError(`a checksum key must be of the form object.field: ${content}`)
  return { object, field }
}
