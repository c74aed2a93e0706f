import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const COLLECTOR = ['schedule', 'gateway', 'chain', 'harvest', 'snapshot', 'lake', 'analytics'] as const

/** The drawing of docs/architecture.md: which room may import which. `market` and `process` are open to all. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  process: [],
  market: [],
  config: [...COLLECTOR, 'serve', 'simulator'],
  schedule: [],
  gateway: [],
  chain: ['gateway'],
  harvest: ['gateway'],
  snapshot: ['harvest'],
  delta: [],
  lake: ['delta', 'snapshot'],
  analytics: ['lake', 'snapshot'],
  capture: [...COLLECTOR, 'config'],
  serve: COLLECTOR,
  daemon: [...COLLECTOR, 'config', 'capture', 'serve'],
  commands: [...COLLECTOR, 'config', 'capture', 'serve', 'daemon'],
  simulator: ['exchange'],
  exchange: [],
  experiments: ['gateway', 'lake'],
}
/** Arrows that are still to go. */
const TO_GO: readonly RegExp[] = [/^src\/capture\/fetch-chain\.ts imports src\/daemon\//]
/** Only these packages may be imported by only these files. */
const ONLY_IN: Record<string, RegExp> = {
  '@stoqey/ib': /^src\/gateway\//,
  opossum: /^src\/gateway\/breaker\//,
  'node-cron': /^src\/schedule\/cron\.ts$/,
  'nodejs-polars': /^src\/lake\//,
  '@duckdb/node-api': /^src\/lake\//,
  'hyparquet-writer': /^src\/delta\//,
}
/** The Delta module could be a package of its own. */
const DELTA_PACKAGES = new Set(['zod', 'hyparquet', 'hyparquet-writer'])
/** The composition roots: they alone may start the wings. */
const ROOTS = /^src\/(daemon\/embedded-simulator|commands\/gateway\/simulate)\.ts$/
const WINGS = new Set(['simulator', 'exchange', 'experiments'])

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
    if (room === undefined) continue
    for (const name of importsOf(file).filter((name) => name.startsWith('.'))) {
      const target = relative(root, resolve(root, dirname(file), name))
      const other = roomOf(target)
      if (other === room || other === 'market' || other === 'process') continue
      const arrow = `${file} imports ${target}`
      if (TO_GO.some((one) => one.test(arrow))) continue
      if (other !== undefined && WINGS.has(other) && ROOTS.test(file)) continue
      if (other === undefined || !MAY_IMPORT[room]?.includes(other)) wrong.push(arrow)
    }
  }
  expect(wrong).toEqual([])
})

test('the Delta module imports nothing of this program, and the program only its entry', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap((name) => {
      const target = name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name
      const toDelta = roomOf(target) === 'delta'
      const isAllowed =
        roomOf(file) === 'delta'
          ? toDelta || name.startsWith('node:') || DELTA_PACKAGES.has(name)
          : !toDelta || target === 'src/delta/index.ts'
      return isAllowed ? [] : [`${file} imports ${target}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('every room stands in the drawing', () => {
  const rooms = new Set(files.map(roomOf).filter((room) => room !== undefined))
  expect([...rooms].filter((room) => !(room in MAY_IMPORT))).toEqual([])
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
