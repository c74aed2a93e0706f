import { z } from 'zod'
import { calendarDate, instant } from './times.ts'

/** What an answer about one slot of one symbol says first. */
export const slotHead = {
  symbol: z.string().describe('Underlying, or root of futures.'),
  slot: instant.nullable().describe('The slot that was read; null if the symbol has none.'),
  date: calendarDate.nullable().describe('Trade date of the slot; null without a slot.'),
  age_seconds: z
    .number()
    .nullable()
    .describe('Seconds from the slot to the time that was asked for, or to now; null without a slot.'),
}
