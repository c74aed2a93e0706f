import { mkdir, rename } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { flushFolders } from '../../../delta/index.ts'
import { exists, ioFailure } from '../../delta.ts'
import type { Layout } from '../../layout.ts'

/**
 * Moves a file of the lake to the quarantine, keeping its path below the lake's folder. If the quarantine already has a
 * file of that name, a number is appended. Nothing is ever deleted. Does nothing if the file does not exist.
 * @throws Failure EXIT.io
 */
export async function moveToQuarantine(layout: Layout, path: string): Promise<void> {
  if (!(await exists(path))) return
  const target = await freeNameInQuarantine(layout, path)
  try {
    await mkdir(dirname(target), { recursive: true })
    await rename(path, target)
    await flushFolders(dirname(target), layout.root)
    await flushFolders(dirname(path), layout.root)
  } catch (error) {
    throw ioFailure('move', path, error)
  }
}

/** The path of a file in the quarantine, with a number if the name is taken. @throws Failure EXIT.io */
export async function freeNameInQuarantine(layout: Layout, path: string): Promise<string> {
  const wanted = join(layout.quarantine, relative(layout.root, path))
  let target = wanted
  for (let n = 2; await exists(target); n++) target = `${wanted}.${n}`
  return target
}
