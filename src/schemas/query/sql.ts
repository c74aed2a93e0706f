import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeHead } from '../lake-head.ts'

/** The result of a query, as the command line and MCP return it. */
export const sqlResult = {
  columns: z.array(z.string()).describe('Names of the columns.'),
  rows: z
    .array(z.array(z.json()))
    .describe(
      'The rows, each with the values of the columns: times as ISO 8601 text in UTC, dates as YYYY-MM-DD, whole numbers beyond 2^53 as text, no NaN.',
    ),
  truncated: z.boolean().describe('True where the query has more rows than --limit.'),
}

export const sqlAnswer = z.strictObject({ ...lakeHead, ...sqlResult })

export type SqlAnswer = AnswerOf<typeof sqlAnswer>
