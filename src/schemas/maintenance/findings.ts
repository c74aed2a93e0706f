import { z } from 'zod'
import { absolutePath } from '../lake-head.ts'

export const finding = z
  .strictObject({
    kind: z
      .enum([
        'missing_file',
        'damaged_file',
        'unreadable_file',
        'wrong_rows',
        'duplicate_rows',
        'unknown_file',
        'broken_log',
        'broken_checkpoint',
        'unsupported_table',
        'ledger_differs',
        'slot_without_report',
      ])
      .describe('Kind of damage.'),
    path: absolutePath.describe("The file; the table's folder if no single file is at fault."),
    detail: z.string().describe('One line for a person.'),
  })
  .describe('Something that is wrong in a lake.')
  .meta({ id: 'finding' })
