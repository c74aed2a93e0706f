import { z } from 'zod'

/** The name of someone who may start runs. */
export const participantName = z
  .string()
  .regex(/^[A-Za-z0-9_.-]{1,64}$/, 'a name has 1 to 64 letters, digits, dots, dashes or underscores')

/** Who may start runs: names with their passwords. */
const participants = z.record(
  participantName,
  z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters'),
)

/** Where the exchange listens, who may trade there, and how much it holds. */
export const exchangeOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Address that the exchange listens on.'),
  port: z.int().min(0).max(65_535).default(8080).describe('TCP port to listen on; 0 takes a free one.'),
  allowedHosts: z
    .array(
      z
        .string()
        .regex(/^(\[[0-9a-f:]+\]|[a-z0-9.-]+)$/, 'must be a lower-case name or address, without a port'),
    )
    .min(1)
    .max(50)
    .default(['localhost', '127.0.0.1', '[::1]'])
    .describe('Host names that clients may use, in Host and Origin; others are refused.'),
  participants: participants
    .default({})
    .describe(
      'Names that may start runs, each with its password: {"alice": "…"}. Without any, on a loopback address, the name guest with the password optionlake.',
    ),
  registration: z
    .boolean()
    .default(true)
    .describe('Whether runs may be started; if not, each start is answered with 403.'),
  rules: z
    .enum(['original', 'research'])
    .default('research')
    .describe('What ends a run and what is only refused: docs/exchange.md.'),
  certificateFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'PEM file with the certificate, and its chain; with keyFile, the exchange serves only https and wss.',
    ),
  keyFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe("PEM file with the certificate's private key."),
  bookLevels: z
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .describe('Price levels of each side in a snapshot of the market.'),
  maxRuns: z
    .int()
    .min(1)
    .max(1_000)
    .default(16)
    .describe('Runs at once, of all participants together; each has a market of its own.'),
  connectSeconds: z
    .number()
    .min(1)
    .max(3_600)
    .default(30)
    .describe('Time for a client to open both sockets of a run that it has started, s.'),
  idleSeconds: z
    .number()
    .min(1)
    .max(86_400)
    .default(300)
    .describe('A run whose client sends nothing for this long is cut, s.'),
  maxResults: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Results of ended runs that are kept; the oldest are dropped first.'),
  resultsFile: z
    .string()
    .min(1)
    .nullable()
    .default(null)
    .describe(
      'File that keeps the results over a restart, one JSON object a line; null: they are lost when the exchange stops.',
    ),
})

export type ExchangeOptions = z.output<typeof exchangeOptions>
