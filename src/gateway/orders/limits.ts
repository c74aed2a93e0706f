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

/** Counts orders in a sliding window of 60 s. Reads no clock: times are monotonic ms and must not decrease. */
export interface OrderRate {
  /** Counts one order, or returns why it is one too many. */
  take(nowMs: number): string | null
}

const WINDOW_MS = 60_000

export function createOrderRate({ maxOrdersPerMinute }: Pick<OrderLimits, 'maxOrdersPerMinute'>): OrderRate {
  let times: number[] = []
  return {
    take: (nowMs) => {
      times = times.filter((time) => nowMs - time < WINDOW_MS)
      if (times.length >= maxOrdersPerMinute) {
        return `${times.length} orders were sent in the last minute, and maxOrdersPerMinute is ${maxOrdersPerMinute}`
      }
      times.push(nowMs)
      return null
    },
  }
}
