import { z } from 'zod'
import type { AnswerOf } from '../answer-of.ts'
import { absenceReason, figure } from '../figure.ts'
import { lakeHead } from '../lake-head.ts'
import { slotHead } from '../slot-head.ts'
import { calendarDate, expiry } from '../times.ts'

const sum = (text: string) => z.number().nullable().describe(`${text}; null where unknown for all contracts.`)

/** Open interest and gamma exposure of some contracts. */
const sums = {
  call_open_interest: sum('Open interest of calls, contracts'),
  put_open_interest: sum('Open interest of puts, contracts'),
  call_oi_change: sum('Calls opened less calls closed since the session before, contracts'),
  put_oi_change: sum('Puts opened less puts closed since the session before, contracts'),
  call_gamma_exposure: sum('Gamma exposure of calls, $ for a move of 1 %'),
  put_gamma_exposure: sum('Gamma exposure of puts, $ for a move of 1 %'),
  gamma_exposure: sum('Gamma exposure of both, $ for a move of 1 %'),
}

/** The positioning of a slot, as the command line and HTTP return it. */
export const positioning = {
  ...slotHead,
  underlying_price: z.number().nullable().describe('Price of the underlying, $; null without a slot.'),
  assumption: z.string().describe('The sign rule of every exposure, which no data show.'),
  oi_date: calendarDate.nullable().describe('Session at whose end the open interest was counted.'),
  oi_date_before: calendarDate
    .nullable()
    .describe('Session of the open interest that changes are against; null where it is not stored.'),
  figures: z
    .strictObject({
      put_call_volume_ratio: figure.describe('Volume of puts over volume of calls.'),
      put_call_oi_ratio: figure.describe('Open interest of puts over that of calls.'),
      put_call_volume_ratio_60d: figure.describe('The ratio of volumes, of expirations within 60 days.'),
      put_call_oi_ratio_60d: figure.describe('The ratio of open interests, of expirations within 60 days.'),
      gamma_exposure: figure.describe('Gamma exposure of all contracts, $ for a move of 1 %.'),
      gamma_flip: figure.describe('Price of the underlying at which the exposure changes its sign.'),
      oi_change_calls: figure.describe('Calls opened less calls closed since the session before, contracts.'),
      oi_change_puts: figure.describe('Puts opened less puts closed since the session before, contracts.'),
    })
    .nullable()
    .describe('Figures of the slot with their basis; null without a slot.'),
  expirations: z
    .array(
      z.strictObject({
        expiry,
        trading_class: z.string().nullable().describe('Trading class; null where the rows do not say.'),
        settlement: z.string().describe('am or pm.'),
        days: z.number().describe('Calendar days from the slot to the end.'),
        max_pain: z
          .number()
          .nullable()
          .describe('Strike at which the holders of its options would get least, $; null with a reason.'),
        max_pain_payout: z.number().nullable().describe('What they would get there, $.'),
        max_pain_reason: absenceReason.nullable().describe('Why there is no such strike.'),
        ...sums,
      }),
    )
    .describe('By expiration and class.'),
  strikes: z
    .array(z.strictObject({ strike: z.number().describe('Strike, $.'), ...sums }))
    .describe('By strike, over the expirations.'),
  profile: z
    .array(
      z.strictObject({
        price: z.number().describe('Price of the underlying, $.'),
        gamma_exposure: z.number().describe('Total exposure there, $ for a move of 1 %.'),
      }),
    )
    .describe('The total exposure at other prices of the underlying.'),
}

export const positioningAnswer = z.strictObject({ ...lakeHead, ...positioning })

export type PositioningAnswer = AnswerOf<typeof positioningAnswer>
