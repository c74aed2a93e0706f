import { z } from 'zod'
import { contents } from '../../lake/query/contents.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { lakeSource } from '../../schemas/lake-head.ts'
import { SQL_TYPES, STORED_TABLES } from '../stored-tables.ts'
import { tool } from '../tool.ts'

export const tablesTool = tool({
  name: 'describe_tables',
  title: 'The tables that SQL can read',
  description:
    'The tables of the lake with their rows and, for the tables that are named, every column with type, unit and meaning. Read it before query_sql. The view chains is option_snapshots with mid, expiry_date, days_to_expiry and option_right.',
  input: z.strictObject({
    tables: z
      .array(z.string().max(40))
      .max(10)
      .default([])
      .describe('Give the columns of these tables; left out: only the list of tables.')
      .meta({ examples: [['market_metrics']] }),
  }),
  output: z.strictObject({
    lake_source: lakeSource,
    tables: z.array(
      z.strictObject({
        name: z.string(),
        meaning: z.string(),
        rows: z.int().nullable(),
        columns: z.array(
          z.strictObject({
            name: z.string(),
            type: z.string(),
            unit: z.string(),
            nullable: z.boolean(),
            meaning: z.string(),
          }),
        ),
      }),
    ),
  }),
  answer: async ({ tables: wanted }, { lake }) => {
    const names = STORED_TABLES.map(({ name }) => name)
    const unknown = wanted.find((name) => !names.includes(name))
    if (unknown !== undefined) {
      throw new Failure(EXIT.usage, `there is no table "${unknown}": the tables are ${names.join(', ')}`)
    }
    const { tables } = await contents(lake)
    return {
      lake_source: lake.source,
      tables: STORED_TABLES.map(({ name, meaning, columns }) => ({
        ...{ name, meaning },
        rows: tables.find((one) => one.name === name)?.rows ?? null,
        columns: wanted.includes(name)
          ? columns.map(({ name: column, type, unit, nullable, doc }) => ({
              ...{ name: column, type: SQL_TYPES[type], unit, nullable, meaning: doc },
            }))
          : [],
      })),
    }
  },
})
