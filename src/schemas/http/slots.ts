import { z } from 'zod'
import { ledgerRow } from '../rows.ts'
import { calendarDate, instant } from '../times.ts'
import { servedHead, symbol } from './head.ts'

const timeOfDay = z
  .string()
  .regex(/^\d\d:\d\d$/)
  .describe('New York time.')

/** The answer of `/api/slots`: the ledger of a trade date. */
export const slotsAnswer = z
  .strictObject({
    date: calendarDate,
    at: instant,
    ...servedHead,
    symbols: z.array(symbol),
    interval_seconds: z.int().describe('From one slot to the next.'),
    session: z
      .strictObject({
        open: instant,
        close: instant,
        options_close: instant.describe('Options on some indices trade for another 15 minutes.'),
        early_close: z.boolean(),
      })
      .nullable()
      .describe('Null on a day without a session.'),
    expected: z.array(
      z.strictObject({
        slot: instant,
        time: timeOfDay,
        symbols: z.array(symbol).describe('The symbols that the slot is due for.'),
      }),
    ),
    slots: z
      .array(ledgerRow.extend({ time: timeOfDay }))
      .describe('The ledger: one entry for each slot and symbol that has one.'),
  })
  .meta({ id: 'slots_answer' })

/** The answer of `/api/sessions`: trade dates with stored slots. */
export const sessionsAnswer = z
  .strictObject({
    symbol: symbol.nullable().describe('Null for those of all symbols.'),
    at: instant,
    ...servedHead,
    symbols: z.array(symbol),
    sessions: z
      .array(z.strictObject({ date: calendarDate, first_slot: instant, last_slot: instant }))
      .describe('Newest first.'),
    count: z.int().describe('Of all sessions, also those left out here.'),
  })
  .meta({ id: 'sessions_answer' })
