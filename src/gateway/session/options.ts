import { z } from 'zod'

/** How to reach one TWS or IB Gateway, and how hard it may be worked. */
export const gatewayOptions = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Name or address of the machine on which TWS or IB Gateway runs.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(4001)
    .describe('TCP port of its API: TWS 7496 live, 7497 paper; Gateway 4001 live, 4002 paper.'),
  clientId: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(17)
    .describe('Number of this client at the gateway; no two programs may use the same one at once.'),
  messagesPerSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(45)
    .describe(
      'Messages in any one second, requests and cancels together. IB: half the number of lines, 50 at 100 lines.',
    ),
  pacingWindowMs: z
    .number()
    .min(1000)
    .max(60_000)
    .default(1020)
    .describe(
      'Length of the window in which the messages are counted, ms; the excess over 1,000 is how late the gateway may read.',
    ),
  lines: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe('Market-data lines that may be in use at once; TWS windows draw on the same allowance.'),
  queueLimit: z
    .int()
    .min(1)
    .default(20_000)
    .describe('Messages that may wait for the two budgets; one more is a defect of the caller.'),
  connectTimeoutMs: z
    .int()
    .min(1)
    .default(10_000)
    .describe('Time for TCP, handshake and the first order id together, ms.'),
  connectAttempts: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('Attempts before the gateway counts as unreachable.'),
  connectBackoffMs: z
    .int()
    .min(0)
    .default(2000)
    .describe(
      'Longest wait before the second attempt, ms; doubles with every further one. The wait is drawn from 0 to it.',
    ),
  connectBackoffMaxMs: z.int().min(0).default(30_000).describe('The doubling stops here, ms.'),
  farmNoticeWaitMs: z
    .int()
    .min(0)
    .max(5000)
    .default(300)
    .describe(
      'How long to wait for the notice that names the data farm, ms, counted from the first order id.',
    ),
  keepAliveMs: z
    .int()
    .min(1000)
    .default(10_000)
    .describe('Idle time before TCP itself asks whether the other side is there, ms.'),
  requestTimeoutMs: z
    .int()
    .min(1)
    .default(15_000)
    .describe(
      'Time for an answer that needs no search, such as the current time, ms. Counted from the writing.',
    ),
  contractDetailsTimeoutMs: z
    .int()
    .min(1)
    .default(60_000)
    .describe(
      'Time for contract details and chain listings, ms; 15–45 s was seen after a cold start of a gateway.',
    ),
  historyTimeoutMs: z.int().min(1).default(60_000).describe('Time for historical bars, ms.'),
})

export type GatewayOptions = z.output<typeof gatewayOptions>
