import { z } from 'zod'

/** How to reach one TWS or IB Gateway, and how hard it may be worked. */
export const gatewayOptions = z.strictObject({
  /** Name or address of the machine on which TWS or IB Gateway runs. */
  host: z.string().min(1).default('127.0.0.1'),
  /** TCP port of its API: TWS 7496 live, 7497 paper; Gateway 4001 live, 4002 paper. */
  port: z.int().min(1).max(65_535).default(4001),
  /** Number of this client at the gateway; no two programs may use the same one at once. */
  clientId: z.int().min(0).max(2_147_483_647).default(17),
  /** Messages in any one second, requests and cancels together. IB: half the number of lines, 50 at 100 lines. */
  messagesPerSecond: z.int().min(1).max(100_000).default(45),
  /** Length of the window in which the messages are counted, ms; the excess over 1,000 covers jitter on the way. */
  pacingWindowMs: z.number().min(1000).max(60_000).default(1010),
  /** Market-data lines that may be in use at once; TWS windows draw on the same allowance. */
  lines: z.int().min(1).max(100_000).default(100),
  /** Messages that may wait for the two budgets; one more is a defect of the caller. */
  queueLimit: z.int().min(1).default(20_000),
  /** Time for TCP, handshake and the first order id together, ms. */
  connectTimeoutMs: z.int().min(1).default(10_000),
  /** Attempts before the gateway counts as unreachable. */
  connectAttempts: z.int().min(1).max(100).default(3),
  /** Longest wait before the second attempt, ms; doubles with every further one. The wait is drawn from 0 to it. */
  connectBackoffMs: z.int().min(0).default(2000),
  /** The doubling stops here, ms. */
  connectBackoffMaxMs: z.int().min(0).default(30_000),
  /** How long to wait for the notice that names the data farm, ms, counted from the first order id. */
  farmNoticeWaitMs: z.int().min(0).max(5000).default(300),
  /** Idle time before TCP itself asks whether the other side is there, ms. */
  keepAliveMs: z.int().min(1000).default(10_000),
  /** Time for an answer that needs no search, such as the current time, ms. Counted from the writing. */
  requestTimeoutMs: z.int().min(1).default(15_000),
  /** Time for contract details and chain listings, ms; 15–45 s was seen after a cold start of a gateway. */
  contractDetailsTimeoutMs: z.int().min(1).default(60_000),
  /** Time for historical bars, ms. */
  historyTimeoutMs: z.int().min(1).default(60_000),
})

export type GatewayOptions = z.output<typeof gatewayOptions>
