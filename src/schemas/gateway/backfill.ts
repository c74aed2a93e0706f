import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeFolder } from '../lake-head.ts'
import { calendarDate } from '../times.ts'

const dates = {
  from: calendarDate.nullable().describe('First session; null if there was none.'),
  to: calendarDate.nullable().describe('Last session; null if there was none.'),
}

export const backfillAnswer = z.strictObject({
  gateway: z.string().describe('The gateway, for a person.'),
  ...lakeFolder,
  results: z
    .array(
      z.strictObject({
        symbol: z.string().describe('Underlying.'),
        rows: z.int().describe('Sessions stored.'),
        ...dates,
      }),
    )
    .describe('What was stored, by symbol.'),
  items: z
    .array(
      z.strictObject({
        symbol: z.string().describe('Underlying.'),
        what: z
          .enum(['TRADES', 'OPTION_IMPLIED_VOLATILITY'])
          .describe("What was asked for, in the gateway's words: closes or volatilities."),
        sessions: z.int().describe('Sessions received.'),
        ...dates,
        failure: z
          .string()
          .nullable()
          .describe('Why nothing came, for a person; null where the gateway answered.'),
      }),
    )
    .describe('Each request with what came of it.'),
})

export type BackfillAnswer = AnswerOf<typeof backfillAnswer>
