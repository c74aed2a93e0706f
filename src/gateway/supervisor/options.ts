import { z } from 'zod'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 23:45')

/** How a session is monitored, and what counts as an outage. */
export const supervisorOptions = z.strictObject({
  heartbeatIntervalMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(9_500)
    .describe(
      'Interval between two requests for the current time, ms. Together with the deadline it is how soon a lost connection is noticed: keep the sum below 15,000.',
    ),
  heartbeatDeadlineMs: z
    .int()
    .min(50)
    .max(600_000)
    .default(5_000)
    .describe(
      'The gateway counts as lost when it has sent nothing at all for this long, ms; while it sends other data, after twice this time without an answer.',
    ),
  canarySilenceMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(30_000)
    .describe(
      'During the trading session, an at-the-money option without data for this long is an outage, ms.',
    ),
  farmGraceMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(60_000)
    .describe(
      'How long a data farm of US stocks or options may be broken, without any data, before it counts as an outage, ms; until then it is a warning.',
    ),
  serverGraceMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(60_000)
    .describe(
      'How long to wait for 1101 or 1102 before reconnecting, after the gateway has lost its connection to IB (1100, 2110), ms.',
    ),
  competingRetryMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(30_000)
    .describe('How often the canary asks for market data again while another session holds them, ms.'),
  refusedRetryMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe(
      'Longest interval between attempts after the gateway has refused four in a row for a reason that needs a person (client id, version), ms.',
    ),
  restartFrom: clockTime.default('23:45').describe("Start of the gateway's nightly restart, New York time."),
  restartUntil: clockTime
    .default('01:45')
    .describe('End of the nightly restart, New York time; may be after midnight.'),
})
export type SupervisorOptions = z.output<typeof supervisorOptions>
