import { z } from 'zod'

/** When the gateway is asked what is listed. */
export const chainOptions = z.strictObject({
  minutesBeforeOpen: z
    .int()
    .min(0)
    .max(240)
    .default(30)
    .describe("the day's chains are listed from this long before the open on; minutes"),
  listingsPerSession: z
    .int()
    .min(1)
    .max(20)
    .default(2)
    .describe(
      'how often a session the chains are listed: once before the open, the others at even intervals; finds strikes that are added in the day',
    ),
})
export type ChainOptions = z.output<typeof chainOptions>
