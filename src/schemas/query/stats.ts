import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeHead } from '../lake-head.ts'
import { ledgerRow } from '../rows.ts'
import { instant } from '../times.ts'

export const growth = z
  .strictObject({
    symbols: z
      .array(
        z.strictObject({
          symbol: z.string().describe('Underlying.'),
          basis: z
            .enum(['compacted_days', 'slot_files'])
            .describe(
              'What was measured: compacted days, or files of single slots, which become smaller when their day is compacted.',
            ),
          days: z.int().describe('Days measured.'),
          bytes_per_day: z.number().describe('Bytes of a full session: the median of the days.'),
        }),
      )
      .describe('Growth by symbol.'),
    other_tables_bytes_per_day: z
      .number()
      .nullable()
      .describe('Bytes a session of the tables with one file a day; null without a measured day.'),
    bytes_per_day: z.number().nullable().describe('Bytes of a full session; null without rows.'),
    bytes_per_year: z.number().nullable().describe('Bytes of 252 sessions; null without rows.'),
    free_bytes: z.number().describe('Free bytes of the disk.'),
    sessions_until_full: z
      .number()
      .nullable()
      .describe('Sessions until the disk is full; null without rows.'),
    reason: z.string().nullable().describe('Why figures are null; null if none is.'),
  })
  .describe('How fast the lake grows.')

export const statsAnswer = z.strictObject({
  ...lakeHead,
  version: z.int().describe('Version of option_snapshots in the Delta log.'),
  rows: z.int().describe('Rows of option_snapshots.'),
  symbols: z.array(z.string()).describe('Symbols with rows, sorted.'),
  slots: z.int().describe('Slots in which at least one symbol has rows.'),
  first_slot: instant.nullable().describe('The first slot with rows; null without rows.'),
  last_slot: instant.nullable().describe('The last slot with rows; null without rows.'),
  files: z.int().describe('Data files of the newest version.'),
  bytes: z.int().describe('Their size, bytes, without replaced files that are still on disk.'),
  bytes_per_row: z.number().nullable().describe('Bytes a row; null without rows.'),
  growth,
  ledger: z.array(ledgerRow).describe('The whole ledger by slot and symbol.'),
})

export type StatsAnswer = AnswerOf<typeof statsAnswer>
