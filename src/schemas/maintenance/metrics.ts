import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeOfSource } from '../lake-head.ts'
import { calendarDate } from '../times.ts'

export const metricsAnswer = z.strictObject({
  ...lakeOfSource,
  days: z.int().describe('Trade dates that were rebuilt.'),
  seconds: z.number().describe('Time taken for the figures, seconds.'),
  slots: z.int().describe('Slots.'),
  rows: z.int().describe('Rows of market_metrics.'),
  slots_per_second: z.number().nullable().describe('Slots a second; null without a slot.'),
  changed: z
    .record(
      z.string(),
      z.strictObject({
        rows: z.int().describe('Rows with another value than before.'),
        days: z.array(calendarDate).describe('Trade dates of these rows.'),
      }),
    )
    .describe('What changed, by table.'),
  surfaces: z
    .strictObject({
      days: z.int().describe('Trade dates that were rebuilt.'),
      fitted: z.int().describe('Surfaces that were fitted.'),
      seconds: z.number().describe('Time taken, seconds.'),
    })
    .nullable()
    .describe('Surfaces; null without --surfaces.'),
})

export type MetricsAnswer = AnswerOf<typeof metricsAnswer>
