/**
 * The structure of the source: import cycles, the longest import lists, the fullest folders, coined words.
 *
 *   npm run structure
 */
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { formatTable } from '../src/commands/terminal/table.ts'
import { coinedWords, importCycles, readSourceGraph } from '../test/support/source-graph.ts'
import { printGoals } from './bench/report.ts'

const root = resolve(import.meta.dirname, '../..')
const graph = readSourceGraph(root)
const MOST_LISTED = 5

/** Left out: it only lists the exports of the library. */
const LIBRARY = 'src/index.ts'

const longest = graph.files
  .filter((file) => file !== LIBRARY)
  .map((file) => ({ file, imports: graph.importsOf(file).length }))
  .sort((a, b) => b.imports - a.imports)
const folders = [...new Set(graph.files.map((file) => dirname(file)))]
const fullest = folders
  .map((folder) => ({ folder, files: graph.files.filter((file) => dirname(file) === folder).length }))
  .sort((a, b) => b.files - a.files)
const coined = graph.files.flatMap((file) =>
  coinedWords(readFileSync(join(root, file), 'utf8')).map((place) => `${file}:${place}`),
)
const cycles = importCycles(graph)

const shown = (value: number) => String(value)
console.log(
  formatTable(longest.slice(0, MOST_LISTED), [
    { title: 'longest import lists', value: ({ file }) => file },
    { title: 'imports', align: 'right', value: ({ imports }) => shown(imports) },
  ]),
)
console.log(
  formatTable(fullest.slice(0, MOST_LISTED), [
    { title: 'fullest folders', value: ({ folder }) => folder },
    { title: 'files', align: 'right', value: ({ files }) => shown(files) },
  ]),
)
for (const cycle of cycles) console.log(`cycle: ${cycle.join(' ↔ ')}`)
for (const word of coined) console.log(`coined: ${word}`)

printGoals('structure', [
  { name: 'import cycles, types included', value: cycles.length, unit: 'cycles', atMost: 0 },
  { name: 'coined words in src', value: coined.length, unit: 'words', atMost: 0 },
  { name: 'longest import list', value: longest[0]?.imports ?? 0, unit: 'imports', atMost: 27 },
  { name: 'fullest folder', value: fullest[0]?.files ?? 0, unit: 'files', atMost: 16 },
])
