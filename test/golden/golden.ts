import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'

const EXPECTED = join(import.meta.dirname, 'expected')

/**
 * Compares a text with the one in `expected/`. `UPDATE_GOLDEN=1` stores the text instead: review the diff, because it is
 * what changes for users.
 */
export function expectGolden(name: string, text: string): void {
  const path = join(EXPECTED, `${name}.txt`)
  const whole = text.endsWith('\n') ? text : `${text}\n`
  if (process.env.UPDATE_GOLDEN === '1') {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, whole)
  }
  expect(whole).toBe(readFileSync(path, 'utf8'))
}

/** Objects whose keys are values: flags, reasons, codes. The keys differ from run to run. */
const MAPS = /(^|\.)(errors|flags|notices|reasons|received|skipped_classes)$/

/** Every path of a JSON value with its types, sorted: `symbols[].rows: number`. Values are left out. */
export function shapeOf(value: unknown): string {
  const found = new Map<string, Set<string>>()
  collect(value, '', found)
  return [...found]
    .map(([path, types]) => `${path || '(all)'}: ${[...types].sort().join(' | ')}`)
    .sort()
    .join('\n')
}

function collect(value: unknown, path: string, found: Map<string, Set<string>>): void {
  const note = (type: string) => found.set(path, (found.get(path) ?? new Set()).add(type))
  if (value === null) note('null')
  else if (Array.isArray(value)) {
    note('array')
    for (const one of value) collect(one, `${path}[]`, found)
  } else if (typeof value === 'object') {
    note('object')
    for (const [key, inner] of Object.entries(value)) {
      const name = MAPS.test(path) ? '*' : key
      collect(inner, path === '' ? name : `${path}.${name}`, found)
    }
  } else note(typeof value)
}
