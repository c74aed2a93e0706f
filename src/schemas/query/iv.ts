import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { figure } from '../figure.ts'
import { lakeHead } from '../lake-head.ts'
import { calendarDate, instant } from '../times.ts'

const ivDay = z
  .strictObject({
    date: calendarDate.describe('Session.'),
    iv30: z
      .number()
      .nullable()
      .describe('30-day implied volatility, a fraction a year; null where there is none.'),
    close: z.number().nullable().describe('Last price of the underlying, $ or points.'),
    vix: z.number().nullable().describe('Level of the VIX, points.'),
    cycles: z.int().nullable().describe('Cycles whose median iv30 is; null where the value is not our own.'),
    definition_version: z
      .int()
      .nullable()
      .describe('Version of the definitions that iv30 follows; null where the value is not our own.'),
  })
  .describe('One session of the history.')
  .meta({ id: 'iv_day' })

const rank = (sessions: number) =>
  figure.describe(`Place between the lowest and the highest of ${sessions} sessions, 0 to 100.`)
const percentile = (sessions: number) =>
  figure.describe(`Share of ${sessions} sessions strictly below the current value, 0 to 100.`)

/** Daily volatility with its ranks and history, as the command line and HTTP return it. */
export const ivHistory = {
  symbol: z.string().describe('Underlying.'),
  iv_source: z
    .enum(['chain', 'ib_index'])
    .describe("Whose volatilities all of these are: chain, our own iv30; ib_index, IB's daily volatility."),
  slot: instant.nullable().describe('The newest slot; null if the symbol has none.'),
  current: figure.describe('The volatility that is ranked.'),
  ranks: z
    .strictObject({
      iv_rank: rank(252),
      iv_rank_126d: rank(126),
      iv_rank_60d: rank(60),
      iv_percentile: percentile(252),
      iv_percentile_126d: percentile(126),
      iv_percentile_60d: percentile(60),
    })
    .describe('Where the current value stands among those of earlier sessions.'),
  from: calendarDate.describe('First date of the history.'),
  to: calendarDate.describe('Last date of the history.'),
  low: ivDay
    .nullable()
    .describe("Session with the lowest value that follows today's definitions; null without any."),
  high: ivDay.nullable().describe('The same with the highest value.'),
  history: z.array(ivDay).describe('Sessions from the first to the last.'),
}

export const ivAnswer = z.strictObject({ ...lakeHead, ...ivHistory })

export type IvAnswer = AnswerOf<typeof ivAnswer>
