/**
 * Holds our figures against published and recorded ones and writes docs/references.md.
 *
 *   npm run references
 *   npm run references -- --check     compares the page with the code and writes nothing
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatTable } from '../src/commands/terminal/table.ts'
import { printGoals } from './bench/report.ts'
import { compareAll } from './references/compare.ts'
import { quantileOf, shownError } from './references/comparison.ts'
import { referencesPage } from './references/page.ts'

const HELP = `Usage: references [--check] [--help]

Compares our figures with IB's recorded model ticks, Cboe's worked example and values of the literature, prints the differences
and writes docs/references.md. With --check it writes nothing and ends with 1 if the page differs.
`

if (process.argv.includes('--help')) process.stdout.write(HELP)
else {
  // Runs from build/scripts.
  const root = resolve(import.meta.dirname, '../..')
  const path = resolve(root, 'docs/references.md')
  const comparisons = compareAll(root)
  const page = referencesPage(comparisons)
  console.log(
    formatTable(comparisons, [
      { title: 'reference', value: ({ reference }) => reference },
      { title: 'figure', value: ({ figure }) => figure },
      { title: 'n', align: 'right', value: ({ errors }) => String(errors.length) },
      { title: 'p50', align: 'right', value: (one) => shownError(quantileOf(one, 0.5)) },
      { title: 'p99', align: 'right', value: (one) => shownError(quantileOf(one, 0.99)) },
      { title: 'worst', align: 'right', value: (one) => shownError(quantileOf(one, 1)) },
      { title: 'unit', value: ({ unit }) => unit },
    ]),
  )
  if (process.argv.includes('--check')) {
    const isSame = readFileSync(path, 'utf8') === page
    console.log(
      isSame ? 'docs/references.md is up to date' : 'docs/references.md differs: npm run references',
    )
    if (!isSame) process.exitCode = 1
  } else {
    writeFileSync(path, page)
  }
  printGoals(
    'references',
    comparisons.map((one) => {
      const p99 = quantileOf(one, 0.99)
      const value = Number.isFinite(p99) ? p99 : null
      const name = `${one.figure}, ${one.reference}`
      return { name, value, unit: one.unit, atMost: one.atMost, why: 'no value of ours' }
    }),
  )
}
