import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { futuresFigures } from '../futures-figures.ts'
import { lakeHead } from '../lake-head.ts'
import { futureRow } from '../rows.ts'
import { slotHead } from '../slot-head.ts'

const { timestamp: _, ...stored } = futureRow.shape

/** The futures of a symbol in one slot, as the command line and HTTP return them. */
export const curve = {
  ...slotHead,
  figures: futuresFigures.nullable().describe('Basis and roll yield; null without a slot.'),
  futures: z
    .array(
      z.strictObject({
        ...stored,
        days: z.int().describe('Calendar days from the trade date of the slot to the last trading day.'),
        mid: z.number().nullable().describe('Middle of bid and ask, as quoted; null without both sides.'),
        basis: z.number().nullable().describe('mid less spot_price, points; null without either.'),
      }),
    )
    .describe(
      'The futures of the slot, nearest expiry first: the columns of future_snapshots and what follows.',
    ),
}

export const futuresAnswer = z.strictObject({ ...lakeHead, ...curve })

export type FuturesAnswer = AnswerOf<typeof futuresAnswer>
