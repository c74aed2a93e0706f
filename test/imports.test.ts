import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

/** The drawing of docs/architecture.md: which room may import which. `market` is open to all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  market: [],
  schedule: [],
  gateway: [],
  chain: ['gateway'],
  harvest: ['gateway'],
  snapshot: ['harvest'],
  lake: ['snapshot'],
  analytics: ['lake', 'snapshot'],
  serve: ['schedule', 'gateway', 'chain', 'harvest', 'snapshot', 'lake', 'analytics'],
  simulator: [],
  experiments: ['gateway', 'simulator'],
}
/** Only these packages may be imported by only these files. */
const ONLY_IN: Record<string, RegExp> = {
  '@stoqey/ib': /^src\/gateway\//,
  opossum: /^src\/gateway\/breaker[a-z-]*\.ts$/,
  'node-cron': /^src\/schedule\/cron\.ts$/,
  'nodejs-polars': /^src\/lake\//,
  '@duckdb/node-api': /^src\/lake\//,
}
/** Files above the rooms that a room may use: the failure type, and nothing that knows the rooms. */
const OPEN_TO_ALL = new Set(['src/failure.ts'])
/** The composition roots: they alone may start the wings, and the configuration may name their options. */
const ROOTS = /^src\/(config|config-schema|collector\/(connection|embedded|place)|commands\/simulate)\.ts$/

/** Folders that put the rooms together: they may import any, and no room imports them. */
const ABOVE_THE_ROOMS = new Set(['commands', 'collector'])

const root = resolve(import.meta.dirname, '..')

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] as string)
}

const roomOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1]
const files = sources('src')

test('a room imports only the rooms that the drawing allows', () => {
  const wrong: string[] = []
  for (const file of files) {
    const room = roomOf(file)
    for (const name of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = relative(root, resolve(root, dirname(file), name))
      const other = roomOf(target)
      if (!room || ABOVE_THE_ROOMS.has(room)) {
        const wing = other === 'simulator' || other === 'experiments'
        if (wing && !ROOTS.test(file)) wrong.push(`${file} starts a wing: ${target}`)
      } else if (other === undefined) {
        if (!OPEN_TO_ALL.has(target)) wrong.push(`${file} imports ${target}, which stands above the rooms`)
      } else if (other !== room && other !== 'market' && !MAY_IMPORT[room]?.includes(other)) {
        wrong.push(`${file} imports ${target}`)
      }
    }
  }
  expect(wrong).toEqual([])
})

test('every room stands in the drawing', () => {
  const rooms = new Set(files.map(roomOf).filter((room) => room && !ABOVE_THE_ROOMS.has(room)))
  expect([...rooms].filter((room) => !((room as string) in MAY_IMPORT))).toEqual([])
})

test('a package that has one place is imported only there', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => ONLY_IN[name] && !ONLY_IN[name].test(file))
      .map((name) => `${file} imports ${name}`),
  )
  expect(wrong).toEqual([])
})

test('only main ends the process', () => {
  const wrong = files.filter(
    (file) => file !== 'src/main.ts' && /process\.exit\(/.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(wrong).toEqual([])
})
