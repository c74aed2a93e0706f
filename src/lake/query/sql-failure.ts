import { EXIT, Failure } from '../../process/failure.ts'
import { suggest } from '../../process/suggest.ts'
import { SNAPSHOT_COLUMNS } from '../../snapshot/row.ts'
import { firstLine } from '../engines/duckdb.ts'
import type { Lake } from '../open.ts'
import { SMALL_TABLES } from '../tables/small-tables.ts'
import { CHAINS_COLUMNS, RENAMED } from './chains-view.ts'
import { queryFailure } from './errors.ts'

/** The columns of everything that SQL sees, by name. */
const TABLES: ReadonlyMap<string, readonly string[]> = new Map([
  ['option_snapshots', SNAPSHOT_COLUMNS.map(({ name }) => name)],
  [
    'chains',
    [
      ...SNAPSHOT_COLUMNS.map(({ name }) => name).filter((name) => !(name in RENAMED)),
      ...CHAINS_COLUMNS.map(({ name }) => name),
    ],
  ],
  ...SMALL_TABLES.map(({ name, columns }) => [name, columns.map((column) => column.name)] as const),
])
/** Columns whose names DuckDB's parser takes for words of SQL. */
const RESERVED_COLUMNS = ['right']
/** Columns that are named for one that is unknown. */
const MOST_COLUMNS = 8

/**
 * The failure for an error of a user's SQL: what DuckDB refuses is a usage error that names the tables or columns that
 * there are; an error about a file of the lake is an I/O error.
 */
export function sqlFailure(lake: Lake, query: string, error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error)
  const advice = adviceOn(message, withoutTexts(query))
  if (advice === null && !/^[^:]*: Parser Error: /.test(message)) return queryFailure(lake, error)
  const said = firstLine(error)
    .replace(/^.*?(Parser|Binder|Catalog) Error: /, '')
    .replace(/!$/, '')
  return new Failure(EXIT.usage, `the query failed: ${said}${advice === null ? '' : `: ${advice}`}`, error)
}

function adviceOn(message: string, query: string): string | null {
  const table = /^Catalog Error: Table with name "?([^"\s]+)"? does not exist/.exec(message)?.[1]
  if (table !== undefined) return tableAdvice(table)
  const column =
    /^Binder Error: (?:Referenced column|Values list "[^"]*" does not have a column named) "([^"]+)"/.exec(
      message,
    )?.[1]
  if (column !== undefined) return columnAdvice(column, query)
  const reserved = /Parser Error: syntax error/.test(message) ? reservedIn(query) : undefined
  return reserved === undefined ? null : reservedAdvice(reserved)
}

function tableAdvice(table: string): string {
  const names = [...TABLES.keys()]
  return `did you mean ${suggest(table, names)}? The tables are ${names.join(', ')}`
}

function columnAdvice(column: string, query: string): string | null {
  const named = [...TABLES].filter(([name]) => new RegExp(`\\b${name}\\b`, 'i').test(query))
  const columns = [...new Set(named.flatMap(([, own]) => own))]
  if (columns.length === 0) return null
  const nearest: string[] = []
  while (nearest.length < Math.min(MOST_COLUMNS, columns.length))
    nearest.push(
      suggest(
        column,
        columns.filter((name) => !nearest.includes(name)),
      ),
    )
  const [best, ...others] = nearest
  const tables = named.map(([name]) => name).join(' and ')
  return `did you mean ${best}? ${tables} also has ${others.join(', ')}; all: SELECT * FROM ${named[0]?.[0]} LIMIT 1`
}

function reservedIn(query: string): string | undefined {
  // As a join it is followed by JOIN or OUTER.
  return RESERVED_COLUMNS.find((name) =>
    new RegExp(`\\b${name}\\b(?!\\s+(outer|join|semi|anti)\\b)`, 'i').test(query),
  )
}

function reservedAdvice(column: string): string {
  return `${column} is a word of SQL: write it as "${column}" in double quotes, or use ${RENAMED[column]} of the view chains`
}

/** The query without comments and without what stands in quotes. */
function withoutTexts(query: string): string {
  return query.replace(/\/\*[\s\S]*?\*\/|--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, ' ')
}
