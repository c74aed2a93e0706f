import { z } from 'zod'
import type { AnswerOf } from './answer-of.ts'
import { absolutePath } from './lake-head.ts'

export const completionAnswer = z.strictObject({
  shell: z.enum(['bash', 'zsh', 'fish']).describe('The shell that the script is for.'),
  path: absolutePath.describe('Where the script is.'),
  changed: z.boolean().describe('False if the same script was there already.'),
})
export type CompletionAnswer = AnswerOf<typeof completionAnswer>
