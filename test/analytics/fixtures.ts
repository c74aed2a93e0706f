import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Beside the sources, and for programs compiled to build/test. */
const FOLDERS = ['../fixtures', '../../../test/fixtures']

/** The lines of a fixture after its head, split at commas. */
export function readCsv(name: string): string[][] {
  const lines = readFileSync(fixturePath(name), 'utf8').trim().split('\n')
  return lines.slice(1).map((line) => line.split(','))
}

/** Where a fixture is. */
export function fixturePath(name: string): string {
  const paths = FOLDERS.map((folder) => join(import.meta.dirname, folder, name))
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw new Error(`no fixture ${name}: looked for ${paths.join(' and ')}`)
  return found
}
