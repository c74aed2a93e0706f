import { join } from 'node:path'

/** Prefix of temporary files. They are hidden and do not end in `.parquet` or `.json`, so that no glob matches them. */
export const TEMPORARY_PREFIX = '.tmp-'

/** The last-checkpoint hint, in the log folder. */
export const LAST_CHECKPOINT = '_last_checkpoint'

/** The log folder of a table's folder. */
export function logFolderOf(table: string): string {
  return join(table, '_delta_log')
}

/** The name of one version's commit file. */
export function commitName(version: number): string {
  return `${String(version).padStart(20, '0')}.json`
}

/** The version in a commit file's name; null for other files. */
export function commitVersionOf(name: string): number | null {
  return /^\d{20}\.json$/.test(name) ? Number(name.slice(0, 20)) : null
}

/** The name of one version's checkpoint. */
export function checkpointName(version: number): string {
  return `${String(version).padStart(20, '0')}.checkpoint.parquet`
}

/** The version in a checkpoint's name; null for other files. */
export function checkpointVersionOf(name: string): number | null {
  return /^\d{20}\.checkpoint\.parquet$/.test(name) ? Number(name.slice(0, 20)) : null
}

/** The names of a checkpoint's files: one, or as many as it has parts. Only other programs write checkpoints in parts. */
export function checkpointNames(version: number, parts: number): string[] {
  if (parts <= 1) return [checkpointName(version)]
  const digits = (part: number) => String(part).padStart(10, '0')
  const base = checkpointName(version).replace(/parquet$/, '')
  return Array.from({ length: parts }, (_, n) => `${base}${digits(n + 1)}.${digits(parts)}.parquet`)
}

/** A checkpoint that a log's file names announce. */
export interface NamedCheckpoint {
  readonly version: number
  /** Number of files; null for a checkpoint of version 2, which has another format. */
  readonly parts: number | null
  /** The name of its file, or of one of its parts. */
  readonly name: string
}

/** The checkpoints that a log's file names announce, newest first, except those of which a part is missing. */
export function checkpointsIn(names: readonly string[]): NamedCheckpoint[] {
  const found = new Map<string, NamedCheckpoint & { readonly files: number }>()
  for (const name of names) {
    const match = /^(\d{20})\.checkpoint\.(?:\d{10}\.(\d{10})\.|([\da-f-]{36})\.)?(?:parquet|json)$/.exec(
      name,
    )
    if (!match) continue
    const [version, parts] = [Number(match[1]), match[3] ? null : Number(match[2] ?? 1)]
    const key = parts === null ? name : `${version} ${parts}`
    found.set(key, { version, parts, name, files: (found.get(key)?.files ?? 0) + 1 })
  }
  return [...found.values()]
    .filter(({ parts, files }) => parts === null || parts === files)
    .map(({ version, parts, name }) => ({ version, parts, name }))
    .sort((a, b) => b.version - a.version)
}

/** A path below the table's folder as stored in the log: percent-encoded, as Delta requires. */
export function pathToLog(path: string): string {
  return path.split('/').map(encodePart).join('/')
}

/** The path on disk of a path in the log; null if it is not a relative path inside the table's folder. */
export function pathFromLog(logged: string): string | null {
  const path = /^[a-z][a-z0-9+.-]*:/i.test(logged) ? null : decoded(logged)
  if (path === null) return null
  const inside = path.split('/').every((part) => part !== '' && part !== '..' && part !== '.')
  return inside ? path : null
}

function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll('%3D', '=')
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text)
  } catch {
    return null
  }
}
