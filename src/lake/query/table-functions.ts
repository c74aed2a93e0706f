import type { DuckDBConnection } from '@duckdb/node-api'
import { EXIT, Failure } from '../../process/failure.ts'

/**
 * Table functions that only read. DuckDB runs others within a SELECT as well: they write logs and profiles to files of
 * any name, read memory by its address, or run SQL that is given as text.
 */
const ALLOWED: ReadonlySet<string> = new Set([
  ...['range', 'generate_series', 'unnest', 'repeat', 'repeat_row', 'json_each', 'json_tree', 'glob'],
  ...['read_parquet', 'parquet_scan', 'parquet_metadata', 'parquet_file_metadata', 'parquet_kv_metadata'],
  ...['parquet_schema', 'parquet_bloom_probe', 'read_csv', 'read_csv_auto', 'sniff_csv', 'read_text'],
  ...['read_blob', 'read_json', 'read_json_auto', 'read_json_objects', 'read_json_objects_auto'],
  ...['read_ndjson', 'read_ndjson_auto', 'read_ndjson_objects', 'duckdb_columns', 'duckdb_functions'],
  ...['duckdb_keywords', 'duckdb_memory', 'duckdb_settings', 'duckdb_tables', 'duckdb_types'],
  ...['duckdb_views', 'pragma_table_info', 'pragma_version', 'pg_timezone_names', 'icu_calendar_names'],
])

/** What DuckDB's parser says of a query. */
interface Parsed {
  readonly error: boolean
  readonly error_type?: string
}

/**
 * Refuses whatever is not a SELECT, and a SELECT that calls another table function, before anything of it is prepared: DuckDB
 * acts while it plans some of them, such as EXPORT, which makes its folder. What cannot be parsed passes.
 * @param verb how the query begins
 * @throws Failure EXIT.usage that names the verb or the function
 */
export async function refuseUnlessReading(
  connection: DuckDBConnection,
  { query, verb }: { readonly query: string; readonly verb: string },
): Promise<void> {
  const answer = await connection.runAndReadAll('SELECT json_serialize_sql($query::VARCHAR)', { query })
  const parsed = JSON.parse(String(answer.getRows()[0]?.[0])) as Parsed
  if (parsed.error && parsed.error_type !== 'parser') {
    throw new Failure(EXIT.usage, `${verb} is not allowed here: give one SELECT`)
  }
  const refused = tableFunctionsIn(parsed).find((name) => !ALLOWED.has(name.toLowerCase()))
  if (refused !== undefined) {
    throw new Failure(
      EXIT.usage,
      `the table function ${refused} is not allowed here: the tables are read by name, and range, unnest and glob are allowed`,
    )
  }
}

/** Names of the table functions anywhere in a query, as DuckDB's parser understands it. */
function tableFunctionsIn(tree: unknown): string[] {
  const names: string[] = []
  const open: unknown[] = [tree]
  while (open.length > 0) {
    const node = open.pop()
    if (typeof node !== 'object' || node === null) continue
    const { type, function: called } = node as { type?: unknown; function?: { function_name?: unknown } }
    if (type === 'TABLE_FUNCTION') names.push(String(called?.function_name))
    for (const value of Object.values(node)) open.push(value)
  }
  return names
}
