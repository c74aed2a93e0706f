import { createRequire } from 'node:module'

export type DuckDB = typeof import('@duckdb/node-api')

/** DuckDB, by require: an import would read the text of the package for the names of its exports first, for 0.2 s. */
export const duckdb = createRequire(import.meta.url)('@duckdb/node-api') as DuckDB
