import { z } from 'zod'
import { datesToRead, daysUpTo, ivAnswer } from '../../analytics/answers/iv-answer.ts'
import { carryOf } from '../../analytics/options.ts'
import { marketData } from '../../analytics/stored/reader.ts'
import { readRows } from '../../lake/tables/read-rows.ts'
import { DAILY_OBSERVATIONS } from '../../lake/tables/small-tables.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { figure } from '../../schemas/figure.ts'
import { calendarDate } from '../../schemas/times.ts'
import { at, headOf, slotHead, symbol } from '../questions.ts'
import { tool } from '../tool.ts'

const day = z.strictObject({
  date: calendarDate,
  iv30: z.number().nullable().describe('A fraction a year: 0.17 is 17 %.'),
  close: z.number().nullable(),
  vix: z.number().nullable().describe('Points.'),
  cycles: z.int().nullable().describe('Slots in the median; null where the value is not our own.'),
  definition_version: z.int().nullable(),
})

export const ivTool = tool({
  name: 'iv_history',
  title: 'Implied volatility, its rank and history',
  description:
    'The 30-day implied volatility of a slot with its rank and percentile over 60, 126 and 252 sessions, and the daily history that they are taken in. `iv_source` says whose volatility it is: chain, our own, or ib_index, that of Interactive Brokers; the two are never mixed. There is no rank over 30 days of history: the windows are 60, 126 and 252 sessions, of the 30-day volatility.',
  input: z.strictObject({
    symbol,
    at: at.optional(),
    days: z.int().min(1).max(3_660).default(60).describe('Calendar days of history in the answer.'),
  }),
  output: z.strictObject({
    ...slotHead,
    iv_source: z.enum(['chain', 'ib_index']),
    current: figure.describe('The volatility that is ranked.'),
    ranks: z.record(z.string(), figure).describe('iv_rank and iv_percentile by window, 0 to 100.'),
    from: calendarDate,
    to: calendarDate,
    low: day.nullable().describe('The session with the lowest value of the history.'),
    high: day.nullable(),
    history: z.array(day).describe('By session, oldest first.'),
  }),
  answer: async (asked, sources) => {
    const { lake, analytics } = sources
    const carry = carryOf(analytics, asked.symbol)
    const data = await marketData(lake, asked.symbol, {
      carry,
      ...(asked.at !== undefined && { at: asked.at }),
    })
    const head = await headOf(sources, asked, data)
    const now = lake.clock.now()
    const range = daysUpTo(data?.date ?? newYorkDate(asked.at ?? now), asked.days)
    const observed = await readRows(lake, DAILY_OBSERVATIONS, {
      symbol: asked.symbol,
      ...datesToRead(data, range),
    })
    const answer = ivAnswer(data, observed, { symbol: asked.symbol, now, ...range })
    const { iv_source, current, ranks, from, to, low, high, history } = answer
    return { ...head, iv_source, current, ranks, from, to, low, high, history: [...history] }
  },
})
