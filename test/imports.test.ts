import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { coinedWords, importCycles, readSourceGraph } from './support/source-graph.ts'

const COLLECTOR = ['schedule', 'gateway', 'chain', 'harvest', 'snapshot', 'lake', 'analytics'] as const

/** The drawing of docs/architecture.md: which module may import which. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  process: [],
  market: [],
  statistics: [],
  alerts: ['schemas', 'serve'],
  config: [...COLLECTOR, 'alerts', 'bars', 'serve', 'simulator', 'exchange', 'paper'],
  schedule: [],
  gateway: [],
  chain: ['gateway'],
  harvest: ['gateway'],
  snapshot: ['harvest'],
  delta: [],
  lake: ['delta', 'snapshot'],
  export: ['lake', 'snapshot'],
  analytics: ['lake', 'snapshot'],
  bars: ['gateway', 'chain', 'harvest', 'snapshot', 'lake'],
  capture: [...COLLECTOR, 'config'],
  // Only the tables of columns and names, so that an answer describes a stored row as the lake does.
  schemas: ['snapshot', 'analytics'],
  serve: [...COLLECTOR, 'schemas'],
  mcp: ['lake', 'snapshot', 'analytics', 'schedule', 'config', 'schemas'],
  daemon: [...COLLECTOR, 'bars', 'config', 'capture', 'schemas', 'serve', 'alerts'],
  commands: [
    ...COLLECTOR,
    'bars',
    'config',
    'capture',
    'schemas',
    'serve',
    'alerts',
    'daemon',
    'export',
    'mcp',
  ],
  simulator: ['exchange'],
  exchange: [],
  experiments: ['gateway', 'lake'],
  paper: ['gateway', 'config', 'daemon', 'lake', 'analytics', 'snapshot', 'serve', 'schedule'],
}
const OPEN_TO_ALL: ReadonlySet<string | undefined> = new Set(['process', 'market', 'statistics'])
/** Packages with the only files that may import them. */
const ONLY_IN: Record<string, RegExp> = {
  '@stoqey/ib': /^src\/gateway\//,
  '@swc/wasm-typescript': /^src\/experiments\/strategies\//,
  opossum: /^src\/gateway\/breaker\//,
  'node-cron': /^src\/schedule\/cron\.ts$/,
  'nodejs-polars': /^src\/lake\//,
  '@duckdb/node-api': /^src\/lake\//,
  'hyparquet-writer': /^src\/(delta|export\/nautilus)\//,
  fflate: /^src\/export\/lean\//,
}
/** The Delta module could be a separate package. */
const DELTA_PACKAGES = new Set(['zod', 'hyparquet', 'hyparquet-writer'])
/** The composition roots: only they may start programs other than the collector. */
const ROOTS =
  /^src\/(daemon\/(?:sessions\/embedded-simulator|demo\/[a-z-]+)|commands\/(?:gateway\/(?:exchange|simulate\/[a-z-]+)|(?:experiment|paper)\/[a-z-]+))\.ts$/
const WINGS = new Set(['simulator', 'exchange', 'experiments', 'paper'])

const root = resolve(import.meta.dirname, '..')

const moduleOf = (file: string) => /^src\/([^/]+)\//.exec(file)?.[1]
const graph = readSourceGraph(root)
const { files, importsOf } = graph

test('a module imports only the modules that the drawing allows', () => {
  const wrong: string[] = []
  for (const file of files) {
    const module = moduleOf(file)
    if (module === undefined) continue
    for (const target of graph.targetsOf(file)) {
      const other = moduleOf(target)
      if (other === module || OPEN_TO_ALL.has(other)) continue
      const arrow = `${file} imports ${target}`
      if (other !== undefined && WINGS.has(other) && ROOTS.test(file)) continue
      if (other === undefined || !MAY_IMPORT[module]?.includes(other)) wrong.push(arrow)
    }
  }
  expect(wrong).toEqual([])
})

test('the Delta module imports nothing of this program, and the program only its entry', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap((name) => {
      const target = name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : name
      const toDelta = moduleOf(target) === 'delta'
      const isAllowed =
        moduleOf(file) === 'delta'
          ? toDelta || name.startsWith('node:') || DELTA_PACKAGES.has(name)
          : !toDelta || target === 'src/delta/index.ts'
      return isAllowed ? [] : [`${file} imports ${target}`]
    }),
  )
  expect(wrong).toEqual([])
})

test('only the order entry encodes orders', () => {
  const encodes = /\b(placeOrder|cancelOrder|reqGlobalCancel|exerciseOptions|replaceFA)\s*\(/
  const wrong = files.filter(
    (file) =>
      file.startsWith('src/') &&
      !/^src\/(gateway\/orders|simulator)\//.test(file) &&
      encodes.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(wrong).toEqual([])
  const takers = files.filter(
    (file) =>
      /\btakeOrderChannel\b/.test(readFileSync(join(root, file), 'utf8')) &&
      !/^src\/gateway\/(orders\/|session\/order-channel\.ts)/.test(file),
  )
  expect(takers).toEqual([])
})

test('only experiments and the paper trader, and their commands, import the order entry', () => {
  const allowed =
    /^src\/(gateway\/orders|experiments|paper|commands\/(experiment|paper))\/|^src\/config\/schema\.ts$/
  const wrong = files.flatMap((file) =>
    graph
      .targetsOf(file)
      .filter((target) => target.startsWith('src/gateway/orders/') && !allowed.test(file))
      .map((target) => `${file} imports ${target}`),
  )
  // The library exports types of it, and no code.
  expect(wrong.filter((arrow) => !arrow.startsWith('src/index.ts '))).toEqual([])
})

test('every module is in the drawing', () => {
  const modules = new Set(files.map(moduleOf).filter((module) => module !== undefined))
  expect([...modules].filter((module) => !(module in MAY_IMPORT))).toEqual([])
})

test('no file imports itself through others, not even through their types', () => {
  expect(importCycles(graph)).toEqual([])
})

test('no file uses a coined word for a standard term', () => {
  const found = files.flatMap((file) =>
    coinedWords(readFileSync(join(root, file), 'utf8')).map((place) => `${file}:${place}`),
  )
  expect(found).toEqual([])
})

test('a package reserved to one module is imported only there', () => {
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
