import { mkdirSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

/**
 * Creates a folder and those above it, one by one, because Node's recursive mkdir never returns below folders such as /proc.
 * @throws the error of the system, with its code
 */
export function makeFolderSync(folder: string): void {
  const missing: string[] = []
  for (let part = resolve(folder); !isThere(part); part = dirname(part)) missing.unshift(part)
  for (const part of missing) {
    try {
      mkdirSync(part)
    } catch (error) {
      // Another run may have made it in the meantime.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
  // All of it is there now: this only fails when it is a file.
  mkdirSync(folder, { recursive: true })
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
