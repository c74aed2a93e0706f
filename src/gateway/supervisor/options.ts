import { z } from 'zod'

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day such as 23:45')

/** How a session is watched, and what counts as an outage. */
export const supervisorOptions = z.strictObject({
  heartbeatIntervalMs: z
    .int()
    .min(100)
    .max(600_000)
    .default(9_500)
    .describe(
      'From one question for the current time to the next, ms. With the deadline under 15,000: so soon is a lost connection noticed.',
    ),
  heartbeatDeadlineMs: z
    .int()
    .min(50)
    .max(600_000)
    .default(5_000)
    .describe(
      'The gateway counts as lost when it has neither answered nor sent anything else for so long, ms; while it sends, it is given twice that.',
    ),
  canarySilenceMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(30_000)
    .describe(
      'In session, an at-the-money option that says nothing for so long is an outage of market data, ms.',
    ),
  farmGraceMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(60_000)
    .describe('A broken data farm is waited out for so long before it counts as an outage, ms.'),
  serverGraceMs: z
    .int()
    .min(0)
    .max(3_600_000)
    .default(60_000)
    .describe(
      'After the gateway has lost Interactive Brokers (1100, 2110), how long to wait for 1101 or 1102 before connecting anew, ms.',
    ),
  competingRetryMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(30_000)
    .describe(
      'While another session holds the market data, how often to ask whether they flow again, ms; so long after its last notice it counts as over where no canary is watched.',
    ),
  refusedRetryMs: z
    .int()
    .min(100)
    .max(3_600_000)
    .default(60_000)
    .describe(
      'Between attempts once the gateway has refused four in a row for what only a person can mend (client id, version), ms.',
    ),
  restartFrom: clockTime
    .default('23:45')
    .describe("Begin of the gateway's nightly restart, New York time of day."),
  restartUntil: clockTime
    .default('01:45')
    .describe('End of the nightly restart, New York time of day; may lie after midnight.'),
})
export type SupervisorOptions = z.output<typeof supervisorOptions>
