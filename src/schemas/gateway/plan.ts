import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { expiry } from '../times.ts'
import { cycleEstimate } from './collect-once.ts'
import { askedDaemon } from './daemon.ts'

export const planAnswer = z.strictObject({
  gateway: z.string().describe('The gateway, for a person.'),
  daemon: askedDaemon.nullable().describe('The daemon that was asked; null if the gateway was.'),
  limits: z
    .strictObject({
      messages_per_second: z.number().describe('Messages that may be sent within one pacing window.'),
      pacing_window_ms: z.number().describe('Length of that window, milliseconds.'),
      lines: z.int().describe('Market data lines.'),
    })
    .describe('Limits of the gateway.'),
  available_seconds: z.number().describe('Time for one cycle, seconds.'),
  in_window: z.int().describe('Contracts in the windows of strikes.'),
  skipped: z.int().describe('Of these left out because they do not fit.'),
  estimate: cycleEstimate,
  discovery: z
    .strictObject({
      requests: z.int().describe('Contract details that are not in the cache of the day.'),
      seconds: z
        .number()
        .nullable()
        .describe('How long they took now, seconds; null if they were not asked for.'),
    })
    .describe('What is needed before the first slot of a day.'),
  growth: z
    .strictObject({
      bytes_per_row: z.number().describe('Bytes of a stored row.'),
      basis: z
        .enum(['compacted_days', 'slot_files', 'benchmark'])
        .describe('What that was measured on; benchmark where the lake has no rows.'),
      rows_per_day: z.number().describe('Rows of a session.'),
      bytes_per_day: z.number().describe('Bytes of a session.'),
      bytes_per_year: z.number().describe('Bytes of 252 sessions.'),
      free_bytes: z.number().describe('Free bytes of the disk.'),
      sessions_until_full: z
        .number()
        .nullable()
        .describe('Sessions until the disk is full; null without rows.'),
    })
    .describe('How the lake would grow.'),
  expirations: z
    .array(
      z.strictObject({
        symbol: z.string().describe('Underlying.'),
        expiry,
        trading_class: z.string().describe('Trading class.'),
        days: z.number().describe('Calendar days until it ends.'),
        low_strike: z.number().nullable().describe('Lowest strike that is collected, $; null without any.'),
        high_strike: z.number().nullable().describe('Highest strike that is collected, $; null without any.'),
        contracts: z.int().describe('Contracts that are collected.'),
        dropped: z.int().describe('Contracts left out because they do not fit.'),
      }),
    )
    .describe('What is collected of each expiration.'),
  skipped_classes: z
    .record(z.string(), z.array(z.string()))
    .describe('Trading classes that are listed and not collected, by symbol.'),
})

export type PlanAnswer = AnswerOf<typeof planAnswer>
