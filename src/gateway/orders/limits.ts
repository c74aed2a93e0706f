import { z } from 'zod'

/** What may be sent, whatever the caller decides. */
export const orderLimits = z.strictObject({
  maxOrderQuantity: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10)
    .describe('Most contracts, combinations or shares in one order.'),
  maxOrdersPerMinute: z
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe('Most orders in any 60 seconds, changes of orders included; cancels are not counted.'),
  maxLossPerDay: z
    .number()
    .positive()
    .default(1_000)
    .describe(
      "Loss of a day in dollars, by IB's daily profit and loss of the account, from which on orders are refused unless they only reduce a position. As long as the gateway has not told it, such orders are refused, too.",
    ),
})

export type OrderLimits = z.output<typeof orderLimits>
