import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { instant } from '../times.ts'

/** What became of the messages of one receiver. */
export const receiverState = z
  .strictObject({
    name: z.string().describe('Name in alerts.receivers.'),
    kind: z.enum(['webhook', 'command']).describe('How it is told.'),
    target: z.string().describe('Host of the webhook, or name of the program.'),
    sent: z.int().describe('Messages delivered since the daemon was started.'),
    failed_attempts: z.int().describe('Attempts that failed.'),
    held_back: z.int().describe('Changes that had no message of their own.'),
    pending: z.int().describe('Changes that wait to be delivered.'),
    last_sent_at: instant.nullable().describe('When the last message was delivered; null if none was.'),
    problem: z
      .strictObject({
        message: z.string().describe('For a person.'),
        since: instant.describe('Since when.'),
      })
      .nullable()
      .describe('Why messages do not arrive; null while they do.'),
    told: z
      .array(
        z.strictObject({
          check: z.string().describe('Name of the check of /health.'),
          status: z.enum(['warn', 'fail']).describe('What the receiver was told.'),
          at: instant.describe('When.'),
        }),
      )
      .describe('What it was told that is not ok, and not yet told to be over.'),
  })
  .describe('What became of the messages of one receiver.')
  .meta({ id: 'alert_receiver_state' })

export const alertsListAnswer = z.strictObject({
  daemon: z.string().nullable().describe('Address of the daemon that was asked; null if none is running.'),
  receivers: z
    .array(
      z.strictObject({
        name: z.string().describe('Name in alerts.receivers.'),
        kind: z.enum(['webhook', 'command']).describe('How it is told.'),
        target: z
          .string()
          .nullable()
          .describe(
            'Host of the webhook, or name of the program; null where it comes from a secret that is not read.',
          ),
        levels: z
          .record(z.string(), z.enum(['warn', 'fail', 'never']))
          .describe('From which status on it is told of each check of /health.'),
        state: receiverState
          .nullable()
          .describe('What became of its messages; null without a running daemon.'),
      }),
    )
    .describe('The configured receivers.'),
})

export type AlertsListAnswer = AnswerOf<typeof alertsListAnswer>
