import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The lines of a fixture after its head, split at commas. */
export function readCsv(name: string): string[][] {
  const lines = readFileSync(join(import.meta.dirname, '../fixtures', name), 'utf8')
    .trim()
    .split('\n')
  return lines.slice(1).map((line) => line.split(','))
}
