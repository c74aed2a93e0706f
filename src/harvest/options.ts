import { z } from 'zod'

/** How long a contract stays subscribed, and how long a whole cycle may take. */
export const harvestOptions = z.strictObject({
  greeksWaitMs: z
    .int()
    .min(0)
    .max(60_000)
    .default(2_500)
    .describe('how long to wait for model greeks once bid and ask are known; milliseconds'),
  timeoutMs: z
    .int()
    .min(100)
    .max(60_000)
    .default(4_000)
    .describe('longest time a contract stays subscribed; milliseconds'),
  expectedDwellMs: z
    .int()
    .min(1)
    .max(60_000)
    .default(1_200)
    .describe('how long a contract is expected to stay subscribed, for planning only; milliseconds'),
  intervalSeconds: z
    .int()
    .min(60)
    .max(3_600)
    .default(300)
    .refine(
      (seconds) => 3_600 % seconds === 0,
      'must divide an hour, such as 60, 120, 180, 240, 300, 600, 900 or 1800',
    )
    .describe('interval between slots; seconds'),
  deadlineMarginSeconds: z
    .int()
    .min(1)
    .max(600)
    .default(15)
    .describe('a cycle ends, with what it has, this long before the next slot; seconds'),
  afterClose: z
    .boolean()
    .default(false)
    .describe(
      'also collect the slots after the close, of symbols whose options still trade: 16:00, 16:05 and 16:10',
    ),
})
