import { z } from 'zod'

/** How to reach one TWS or IB Gateway, and within which limits. */
export const gatewayOptions = z.strictObject({
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Host name or address of the machine that runs TWS or IB Gateway.'),
  port: z
    .int()
    .min(1)
    .max(65_535)
    .default(4001)
    .describe('TCP port of its API: TWS 7496 live, 7497 paper; IB Gateway 4001 live, 4002 paper.'),
  clientId: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(17)
    .describe('Client id at the gateway; no two programs may use the same id at once.'),
  messagesPerSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(45)
    .describe(
      'Most messages in any second, requests and cancels together. IB allows half the number of lines: 50 with 100 lines.',
    ),
  pacingWindowMs: z
    .number()
    .min(1000)
    .max(60_000)
    .default(1020)
    .describe(
      'Length of the window in which messages are counted, ms; what exceeds 1,000 allows for a gateway that reads late.',
    ),
  lines: z
    .int()
    .min(1)
    .max(100_000)
    .default(100)
    .describe('Market-data lines that may be in use at once; the windows of TWS use the same allowance.'),
  marketDataType: z
    .enum(['live', 'frozen', 'delayed', 'delayed_frozen'])
    .default('live')
    .describe(
      'Kind of market data to ask for, once in each session. Live is what a gateway sends if it is not asked; delayed data need no subscription. What it then sends is stored with every row.',
    ),
  queueLimit: z
    .int()
    .min(1)
    .default(20_000)
    .describe('Messages that may wait in the send queue; the next one is an error.'),
  connectTimeoutMs: z
    .int()
    .min(1)
    .default(10_000)
    .describe('Time limit for TCP, handshake and first order id together, ms.'),
  connectAttempts: z
    .int()
    .min(1)
    .max(100)
    .default(3)
    .describe('Attempts to connect before the gateway counts as unreachable.'),
  connectBackoffMs: z
    .int()
    .min(0)
    .default(2000)
    .describe(
      'Longest wait before the second attempt, ms; it doubles with every attempt. Each wait is drawn between 0 and the longest.',
    ),
  connectBackoffMaxMs: z.int().min(0).default(30_000).describe('Limit of the doubling, ms.'),
  farmNoticeWaitMs: z
    .int()
    .min(0)
    .max(5000)
    .default(300)
    .describe('How long to wait for the notice that names the data farm, ms, from the first order id on.'),
  keepAliveMs: z
    .int()
    .min(1000)
    .default(10_000)
    .describe('Idle time before TCP sends a keep-alive probe, ms.'),
  requestTimeoutMs: z
    .int()
    .min(1)
    .default(15_000)
    .describe(
      'Time limit for an answer that needs no search, such as the current time, ms, from the moment the request is written.',
    ),
  contractDetailsTimeoutMs: z
    .int()
    .min(1)
    .default(60_000)
    .describe(
      'Time limit for contract details and chain listings, ms; they took 15–45 s after a cold start of a gateway.',
    ),
  historyTimeoutMs: z.int().min(1).default(60_000).describe('Time limit for historical bars, ms.'),
})

export type GatewayOptions = z.output<typeof gatewayOptions>
