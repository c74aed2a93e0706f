import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath, lakeOfSource } from '../lake-head.ts'

const count = (what: string) => z.int().min(0).describe(what)
const written = {
  ...lakeOfSource,
  path: absolutePath.describe('What was written: a file, or the folder of nautilus and lean.'),
  bytes: count('Bytes of the files together.'),
  rows: count('Rows of the lake that were read.'),
}

/** What `export --json` prints: one member for each kind of output. */
export const exportAnswer = z
  .discriminatedUnion('format', [
    z
      .strictObject({ format: z.enum(['parquet', 'csv']).describe('Format of the file.'), ...written })
      .describe('One file. Its rows are those that were read, or the computed ones with --features.'),
    z
      .strictObject({
        format: z.literal('nautilus'),
        ...written,
        contracts: count('Option contracts that have a quote.'),
        quotes: count('Quotes of options.'),
        underlyings: count('Stocks and indices.'),
        bars: count('Five-minute bars of stocks and indices.'),
        left_out: z
          .strictObject({
            one_sided: count('Rows without a bid or an ask, or without its size.'),
            repeated: count('Rows that repeat the quote of an earlier slot.'),
          })
          .describe('Rows that are no quote in the catalog, by reason.'),
      })
      .describe('A catalog of nautilus_trader.'),
    z
      .strictObject({
        format: z.literal('lean'),
        ...written,
        quotes: count('Lines of quotes.'),
        trades: count('Lines of what was traded between two slots.'),
        open_interest: count('Lines of open interest.'),
        bars: count('Lines of stocks and indices.'),
        left_out: z
          .strictObject({
            without_quote: count('Rows without a bid and without an ask.'),
            repeated: count('Rows that repeat the quote of an earlier slot.'),
            other_options: count('Rows of options on futures and of adjusted contracts.'),
            other_day: count('Rows whose quote came on another day, or in the minute of an earlier one.'),
          })
          .describe('Rows that have no quote in the folder, by reason.'),
      })
      .describe("LEAN's data folder."),
  ])
  .describe('What was exported, and where it is.')

export type ExportAnswer = AnswerOf<typeof exportAnswer>

export const featureColumns = z.strictObject({
  columns: z
    .array(
      z.strictObject({
        name: z.string().describe('Name of the column.'),
        type: z.string().describe('string, double, long, integer, timestamp or date.'),
        unit: z.string().describe('Unit; empty without one.'),
        doc: z.string().describe('Meaning.'),
      }),
    )
    .describe('Columns of export --features, in the order of the file.'),
})

export type FeatureColumns = AnswerOf<typeof featureColumns>
