import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ioFailure } from '../delta.ts'
import { tableFolder } from '../layout.ts'
import type { ProgressOptions } from '../progress.ts'
import type { PinnedTable } from './pinned-lake.ts'
import {
  type FileFacts,
  faultOf,
  isMissing,
  type TransferOptions,
  transferDataFile,
  VanishedError,
} from './transfer.ts'

/** Number and size of data files. */
export interface FileCount {
  readonly files: number
  readonly bytes: number
}

export interface DataCopy {
  readonly linked: FileCount
  readonly copied: FileCount
  /** Files that the target had already. */
  readonly unchanged: FileCount
  /** Files whose bytes were compared with a checksum in the log. */
  readonly verified: number
  /**
   * Files of other programs, which have no checksum in the log. Replaced files that the target has already were proven
   * when they were copied, even if the log no longer has their checksums.
   */
  readonly unproven: number
  /** Replaced files that the source no longer has, as paths below the root. The target may still have them. */
  readonly absent: readonly string[]
  /** The files' folders, to be flushed: also of files that are not new, because a killed run may not have done so. */
  readonly folders: ReadonlySet<string>
}

export interface DataCopyOptions extends TransferOptions, ProgressOptions {
  /** Also reads the files that the target has already, and replaces those that are damaged. */
  readonly verify: boolean
}

/**
 * Copies the data files of pinned versions. A file that the target has with the right size is not copied again, because
 * data files never change and have their name only when they are complete.
 * @throws VanishedError when the source lacks a file that is not replaced; Failure EXIT.io
 */
export async function copyData(
  from: string,
  to: string,
  { tables, ...options }: DataCopyOptions & { readonly tables: readonly PinnedTable[] },
): Promise<DataCopy> {
  const count = { linked: none(), copied: none(), unchanged: none() }
  const folders = new Set<string>()
  const absent: string[] = []
  let verified = 0
  let unproven = 0
  let done = 0
  const total = tables.reduce((sum, { files }) => sum + files.length, 0)
  for (const { name, files } of tables) {
    for (const { path, facts, isActive } of files) {
      options.signal?.throwIfAborted()
      options.onProgress?.(done++, total)
      const [source, target] = [join(tableFolder(from, name), path), join(tableFolder(to, name), path)]
      const isGone = !isActive && (await statOrNull(source)) === null
      const found = isGone
        ? null
        : await outcomeOf(source, target, { ...options, facts }).catch((error: unknown) => {
            if (error instanceof VanishedError && !isActive) return null
            throw error
          })
      if (found === null) {
        absent.push(`${name}/${path}`)
        continue
      }
      count[found.kind] = { files: count[found.kind].files + 1, bytes: count[found.kind].bytes + found.bytes }
      folders.add(dirname(target))
      if (facts.sha256 !== null) {
        if (found.wasRead) verified++
      } else if (isActive || found.kind !== 'unchanged') unproven++
    }
  }
  options.onProgress?.(total, total)
  return { ...count, verified, unproven, absent, folders }
}

interface Outcome {
  readonly kind: 'linked' | 'copied' | 'unchanged'
  readonly bytes: number
  /** The bytes were compared with the log. */
  readonly wasRead: boolean
}

async function outcomeOf(
  source: string,
  target: string,
  { facts, verify, ...options }: DataCopyOptions & { readonly facts: FileFacts },
): Promise<Outcome> {
  const there = await statOrNull(target)
  const isSize = there !== null && (facts.size === null || there.size === facts.size)
  if (isSize && (options.link || !(await isSameFile(source, there)))) {
    const isGood = !verify || faultOf(await read(target), facts) === null
    if (isGood) return { kind: 'unchanged', bytes: there.size, wasRead: verify }
  }
  const kind = await transferDataFile(source, target, { ...options, facts })
  return { kind, bytes: (await statOrNull(target))?.size ?? 0, wasRead: true }
}

/** Whether a file is a link to the source, which a copy should replace. */
async function isSameFile(source: string, target: { ino: number; dev: number }): Promise<boolean> {
  const found = await statOrNull(source)
  return found !== null && found.ino === target.ino && found.dev === target.dev
}

async function statOrNull(path: string) {
  return stat(path).catch((error: unknown) => {
    if (isMissing(error)) return null
    throw ioFailure('look at', path, error)
  })
}

async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw ioFailure('read', path, error)
  })
}

function none(): FileCount {
  return { files: 0, bytes: 0 }
}
