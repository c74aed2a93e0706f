import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absolutePath } from '../lake-head.ts'

export const experimentReportAnswer = z.strictObject({
  path: absolutePath.describe('The page that was written.'),
  bytes: z.int().describe('Its size, bytes.'),
  runs: z.int().describe('Runs in it.'),
  steps: z.int().describe('Step records of these runs.'),
  left_out: z
    .array(
      z.strictObject({
        file: z.string().describe('What is left out, such as a file.'),
        reason: z.string().describe('Why, for a person.'),
      }),
    )
    .describe('What is left out.'),
})

export type ExperimentReportAnswer = AnswerOf<typeof experimentReportAnswer>
