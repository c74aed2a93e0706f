import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeFolder, lakeVersion } from '../lake-head.ts'

export const restoreVersionAnswer = z.strictObject({
  ...lakeFolder,
  as_of: lakeVersion.describe('The version that was restored.'),
  dry_run: z.boolean().describe('True where nothing was done, with --dry-run.'),
  tables: z
    .array(
      z.strictObject({
        table: z.string().describe('Name of the table.'),
        to_version: z
          .int()
          .nullable()
          .describe('Version that the table goes back to; null if it did not exist then.'),
        new_version: z
          .int()
          .nullable()
          .describe('The new version; null if nothing changes, and in a dry run.'),
        files_added: z.int().describe('Data files added again.'),
        files_removed: z.int().describe('Data files removed. They stay on disk until vacuum.'),
      }),
    )
    .describe('What changes in each table.'),
  slots_removed: z.int().describe('Entries of the ledger that are now missing, with the reason restored.'),
  slots_reverted: z.int().describe('Entries of the ledger that are again as they were then.'),
})

export type RestoreVersionAnswer = AnswerOf<typeof restoreVersionAnswer>
