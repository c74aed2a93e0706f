import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'

export const alertsTestAnswer = z.strictObject({
  receivers: z
    .array(
      z.strictObject({
        name: z.string().describe('Name in alerts.receivers.'),
        kind: z.enum(['webhook', 'command']).describe('How it is told.'),
        target: z.string().describe('Host of the webhook, or name of the program.'),
        delivered: z.boolean().describe('Whether the message arrived. If one did not, the exit code is 69.'),
        seconds: z.number().describe('Time taken, seconds.'),
        reason: z.string().nullable().describe('Why it did not arrive; null if it did.'),
        detail: z.string().nullable().describe('More of the reason; null without any.'),
      }),
    )
    .describe('One test message to each receiver.'),
})

export type AlertsTestAnswer = AnswerOf<typeof alertsTestAnswer>
