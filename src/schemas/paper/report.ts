import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'

export const paperReportAnswer = z.strictObject({
  path: absolutePath.describe('The page that was written.'),
  bytes: z.int().describe('Its size, bytes.'),
  trades: z.int().describe('Trades in it.'),
  equity: z.number().describe('Realized and unrealized profit and loss at the end, $.'),
})

export type PaperReportAnswer = AnswerOf<typeof paperReportAnswer>
