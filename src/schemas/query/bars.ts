import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { lakeHead } from '../lake-head.ts'
import { barRow } from '../rows.ts'

export const barsAnswer = z.strictObject({
  ...lakeHead,
  symbol: z.string().describe('Stock, index or root of futures.'),
  bars: z.array(barRow).describe('Bars by time; empty where none are stored.'),
})

export type BarsAnswer = AnswerOf<typeof barsAnswer>
