import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { slotOutcome } from '../rows.ts'
import { calendarDate, instant } from '../times.ts'

const count = (text: string) => z.int().describe(text)
const figure = (text: string) => z.number().nullable().describe(`${text}; null where it is not known.`)

export const topAnswer = z.strictObject({
  url: z.string().describe('Address of the daemon.'),
  at: instant.describe("The daemon's own time."),
  source: z.string().describe('The gateway, for a person.'),
  clock: z
    .string()
    .nullable()
    .describe('What the time is, where it is not that of the machine, for a person.'),
  connected: z.boolean().describe('Whether there is a session with the gateway.'),
  session: z
    .strictObject({
      date: calendarDate.describe('Trade date.'),
      open: instant.describe('When it opens.'),
      close: instant.describe('When it closes.'),
    })
    .nullable()
    .describe('The trading session; null while there is none.'),
  next_slot: z
    .strictObject({
      slot: instant.describe('When it is due.'),
      symbols: z.array(z.string()).describe('Underlyings that it is due for.'),
    })
    .nullable()
    .describe('The next slot; null where none is known.'),
  cycle_seconds: z
    .number()
    .nullable()
    .describe('Seconds since the running cycle began; null while none runs.'),
  limits: z
    .strictObject({
      messages_per_second: z.number().describe('Messages that may be sent in a second.'),
      contracts_per_second: z.number().describe('Contracts that these are enough for.'),
      lines: z.number().describe('Market data lines.'),
      lines_in_use: figure('Lines in use'),
      peak_messages_per_second: figure('The most messages in any one second'),
    })
    .describe('Limits of the gateway.'),
  health: z
    .strictObject({
      status: z.string().describe('ok, degraded or failed.'),
      checks: z
        .array(
          z.strictObject({
            name: z.string().describe('Name of the check; docs/health.md has each.'),
            status: z.enum(['ok', 'warn', 'fail']).describe('Its result.'),
            reason: z.string().describe('Why, for a person.'),
            advice: z.string().nullable().describe('What to do; null if nothing.'),
          }),
        )
        .describe('The checks.'),
    })
    .describe('Health of the daemon.'),
  date: calendarDate.describe("Trade date of the symbols' slots."),
  symbols: z
    .array(
      z.strictObject({
        symbol: z.string().describe('Underlying.'),
        stored: count('Slots stored whole.'),
        partial: count('Slots stored in part.'),
        missing: count('Slots that are missing.'),
        due: count('Slots that are over by now.'),
        newest: z
          .strictObject({
            symbol: z.string().describe('Underlying.'),
            timestamp: instant.describe('Slot.'),
            outcome: slotOutcome,
            requested: count('Contracts asked for.'),
            answered: count('Contracts that answered.'),
            reason: z.string().nullable().describe('Why it is not stored whole; null where it is.'),
          })
          .nullable()
          .describe('The newest slot with an outcome; null before the first.'),
        price: figure('Price of the underlying, $'),
        iv30: figure('30-day implied volatility, a fraction a year'),
        iv_rank: figure('Its place in the range of 252 sessions, 0 to 100'),
        vix: figure('Level of the VIX, points'),
      }),
    )
    .describe('The slots and figures of each symbol.'),
  notices: z
    .array(
      z.strictObject({
        code: z.int().describe("The gateway's code."),
        message: z.string().describe('Its words.'),
        at: instant.describe('When it came.'),
      }),
    )
    .describe("The gateway's last notices, the newest first."),
})

export type TopAnswer = AnswerOf<typeof topAnswer>
