import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath, lakeFolder } from '../lake-head.ts'
import { finding } from './findings.ts'

export const repairAnswer = z.strictObject({
  ...lakeFolder,
  dry_run: z.boolean().describe('True where nothing was done, with --dry-run.'),
  repairs: z
    .array(
      z.strictObject({
        kind: z
          .enum([
            'quarantined',
            'adopted',
            'restored',
            'replaced',
            'merged',
            'commit_replaced',
            'ledger_corrected',
            'ledger_rebuilt',
          ])
          .describe('What was done.'),
        path: absolutePath.describe("The file; the table's folder for a row of the ledger."),
        detail: z.string().describe('One line for a person.'),
      }),
    )
    .describe('What was done; in a dry run, what would be.'),
  findings: z.array(finding).describe('What is still wrong after it; in a dry run, what is wrong now.'),
})

export type RepairAnswer = AnswerOf<typeof repairAnswer>
