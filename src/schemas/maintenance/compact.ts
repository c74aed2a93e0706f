import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeFolder } from '../lake-head.ts'
import { calendarDate } from '../times.ts'

/** What became of the maintenance of the log after a commit. */
export const logMaintenance = z
  .strictObject({
    outcome: z.enum(['not_due', 'done', 'failed']).describe('failed: the next commit tries again.'),
    checkpoint_version: z
      .int()
      .nullable()
      .describe('Version that a checkpoint was written of; null if none was.'),
    failure: z.string().nullable().describe('What went wrong, for a person; null if nothing did.'),
  })
  .describe('Maintenance of the Delta log, which follows a commit and cannot undo it.')
  .meta({ id: 'log_maintenance' })

export const compactAnswer = z.strictObject({
  ...lakeFolder,
  compacted: z
    .array(
      z.strictObject({
        symbol: z.string().describe('Underlying.'),
        date: calendarDate.describe('Trade date.'),
        files: z.int().describe('Files that were replaced by one. They stay on disk until vacuum.'),
        rows: z.int().describe('Rows.'),
        bytes_before: z.int().describe('Size of these files, bytes.'),
        bytes_after: z.int().describe('Size of the new file, bytes.'),
        ms: z.number().describe('Time taken, milliseconds.'),
      }),
    )
    .describe('Days that were merged into one file each.'),
  refused: z
    .array(
      z.strictObject({
        symbol: z.string().describe('Underlying.'),
        date: calendarDate.describe('Trade date.'),
        why: z.string().describe('Why it was left as it is, for a person.'),
      }),
    )
    .describe('Days that were left as they are. The exit code is then 74.'),
  maintenance: logMaintenance,
})

export type CompactAnswer = AnswerOf<typeof compactAnswer>
