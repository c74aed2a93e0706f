import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath, lakeFolder } from '../lake-head.ts'

export const vacuumAnswer = z.strictObject({
  ...lakeFolder,
  dry_run: z.boolean().describe('True where nothing was deleted, with --dry-run.'),
  deleted: z.array(absolutePath).describe('Files that were deleted; in a dry run, that would be.'),
  bytes: z.int().describe('Their size, bytes.'),
  kept: z.int().describe('Replaced files that were kept because they are within the retention.'),
})

export type VacuumAnswer = AnswerOf<typeof vacuumAnswer>
