import { z } from 'zod'
import type { SqlValue } from '../../lake/query/sql.ts'
import { lakeSource } from '../../schemas/lake-head.ts'
import { selectTool } from '../tool.ts'

/** Text of the rows of one answer. */
const MAX_BYTES = 400_000

export const sqlTool = selectTool({
  name: 'query_sql',
  title: 'One SELECT over the lake',
  description:
    "Runs exactly one SELECT in DuckDB's SQL over the tables of the lake (describe_tables), read-only: nothing is written and nothing outside the lake is read. At most `limit` rows, 400 kB and 30 seconds (another time, if the server was started with one); a query that takes longer, or more than 1.5 GB of memory, is ended. Timestamps are UTC; `symbol = 'SPY' AND date = '2026-11-20'` in WHERE keeps other files closed. Select `timestamp` too, so that the answer names its slot.",
  input: z.strictObject({
    query: z
      .string()
      .min(1)
      .max(20_000)
      .describe('One SELECT, without a semicolon.')
      .meta({
        examples: [
          "SELECT timestamp, iv30, iv_rank FROM market_metrics WHERE symbol = 'SPY' ORDER BY timestamp DESC LIMIT 5",
        ],
      }),
    limit: z.int().min(1).max(5_000).default(200).describe('At most so many rows.'),
  }),
  output: z.strictObject({
    lake_source: lakeSource,
    columns: z.array(z.string()),
    rows: z
      .array(z.array(z.union([z.string(), z.number(), z.boolean()]).nullable()))
      .describe('Values in the order of `columns`; times are ISO 8601, lists and structs are JSON text.'),
    truncated: z.boolean().describe('Whether rows were left out because of a limit.'),
    truncated_by: z.enum(['rows', 'bytes']).nullable(),
  }),
  answer: async ({ query, limit }, select) => {
    const { lake, columns, rows, cutBy } = await select({ query, maxRows: limit, maxBytes: MAX_BYTES })
    return {
      ...{ lake_source: lake.source, columns: [...columns], rows: rows.map((row) => row.map(cellOf)) },
      ...{ truncated: cutBy !== null, truncated_by: cutBy },
    }
  },
})

type Cell = string | number | boolean | null

function cellOf(value: SqlValue): Cell {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value
}
