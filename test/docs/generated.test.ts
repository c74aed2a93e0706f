import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { COLUMN_EXAMPLES } from '../../scripts/docs/column-examples.ts'
import { COLUMN_MEANINGS, dataDictionaryPage } from '../../scripts/docs/data-dictionary-page.ts'
import { lakePage } from '../../scripts/docs/lake-page.ts'
import { troubleshootingPage } from '../../scripts/docs/troubleshooting-page.ts'
import { SMALL_TABLES } from '../../src/lake/tables/small-tables.ts'
import type { Column } from '../../src/snapshot/column.ts'
import { SNAPSHOT_COLUMNS } from '../../src/snapshot/row.ts'

const page = (name: string) => readFileSync(resolve(import.meta.dirname, '../../docs', name), 'utf8')
const tables: readonly { readonly name: string; readonly columns: readonly Column[] }[] = [
  { name: 'option_snapshots', columns: SNAPSHOT_COLUMNS },
  ...SMALL_TABLES,
]

test('the generated pages of docs are up to date (npm run docs)', () => {
  expect(page('data-dictionary.md')).toBe(dataDictionaryPage())
  expect(page('troubleshooting.md')).toBe(troubleshootingPage())
  expect(page('lake.md')).toBe(lakePage())
})

test('docs/data-dictionary.md has every column of every table, with its type and a meaning', () => {
  const sections = page('data-dictionary.md').split(/^## /m)
  for (const { name: table, columns } of tables) {
    const section = sections.find((one) => one.startsWith(`${table}\n`)) ?? ''
    const rows = [
      ...section.matchAll(/^\| `(\w+)` \| (\w+) \|[^|]*\| (no|yes[^|]*) \| ([^|]+) \| (`[^`]+`|–) \|$/gm),
    ]
    expect(rows.map(([, column, type]) => `${table}.${column} ${type}`)).toEqual(
      columns.map(({ name, type }) => `${table}.${name} ${type}`),
    )
    const wordless = rows.filter(([, , , , meaning = '']) => !/\w{3}/.test(meaning))
    expect(wordless.map(([line]) => line)).toEqual([])
  }
})

test('docs/lake.md names every table, and no page has words about a column that is gone', () => {
  const named = [...page('lake.md').matchAll(/^\| `(\w+)` \|/gm)].map(([, table]) => table)
  expect(named).toEqual(expect.arrayContaining(tables.map(({ name }) => name)))
  const known = new Set(tables.flatMap(({ name, columns }) => columns.map((one) => `${name}.${one.name}`)))
  const examples = Object.entries(COLUMN_EXAMPLES).flatMap(([table, columns]) =>
    Object.keys(columns).map((column) => `${table}.${column}`),
  )
  expect([...Object.keys(COLUMN_MEANINGS), ...examples].filter((one) => !known.has(one))).toEqual([])
})
