import { z } from 'zod'

/** Which future is the front one. */
export const futuresOptions = z.strictObject({
  rollDays: z
    .int()
    .min(0)
    .max(60)
    .default(4)
    .describe(
      'a future stops being the front this many calendar days before its last trading day: 4 is the Monday of the week of a third Friday, 0 its expiry',
    ),
})
export type FuturesOptions = z.output<typeof futuresOptions>
