import { z } from 'zod'
import { DATA_TYPES } from './data-types.ts'
import { entitlementCode, scheduledFault } from './faults/faults.ts'
import { corporateActions } from './market/corporate-actions.ts'
import { crashes } from './market/crashes.ts'
import type { MarketEvents } from './market/synthetic/synthetic.ts'

const milliseconds = z.number().min(0).max(3_600_000)
const shape = z.number().min(0).max(3)

/**
 * How the simulated gateway behaves. The defaults are those of the embedded gateway: fast, with generous limits and no
 * missing greeks beyond those that the market lacks. `IB_LIMITS` has Interactive Brokers' default limits.
 *
 * Latencies are lognormal: `…MedianMs` is the median, `…Shape` the standard deviation of the logarithm
 * (0: always the median; 0.5: 90 % within 0.44 to 2.3 times the median). The same seed draws the same latencies.
 */
export const simulatorOptions = z.strictObject({
  port: z.int().min(0).max(65_535).default(0).describe('TCP port on 127.0.0.1; 0 takes a free one.'),
  account: z
    .string()
    .regex(/^[A-Z]{1,2}\d{3,10}$/)
    .default('DU1234567')
    .describe('The managed account; paper accounts begin with DU.'),
  firstOrderId: z
    .int()
    .min(1)
    .max(1_000_000_000)
    .default(1)
    .describe('The first valid order id sent to clients; after a restart it is 1.'),
  startingCash: z
    .number()
    .min(0)
    .max(1e12)
    .default(1_000_000)
    .describe('Cash of the account before its first order, dollars.'),
  ordersPerSide: z
    .int()
    .min(1)
    .max(100_000)
    .default(20)
    .describe(
      'Orders of all clients together that may be open on one side of one contract; above it error 201.',
    ),
  messagesPerSecond: z
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe('Messages accepted from all clients together in any one second.'),
  aboveRate: z
    .enum(['refuse', 'delay'])
    .default('refuse')
    .describe(
      'What happens to a message above that rate: it gets error 100, or it is read later, as by a gateway that does not reject messages above the maximum rate. The embedded gateway always delays.',
    ),
  breachesBeforeDrop: z
    .int()
    .min(1)
    .default(3)
    .describe('Messages above the rate after which a client is disconnected.'),
  lines: z
    .int()
    .min(1)
    .max(100_000)
    .default(1_000)
    .describe('Market-data lines of all clients together; above it error 101.'),
  clockOffsetSeconds: z
    .number()
    .min(-86_400)
    .max(86_400)
    .default(0)
    .describe("How far the time that the gateway tells is ahead of the simulator's clock, s."),
  noticesAtConnect: z
    .array(z.strictObject({ code: z.int().min(0).max(100_000), text: z.string().max(1_000) }))
    .max(100)
    .default([])
    .describe(
      'Notices sent to a client that connects, after those of the simulated farm: [{"code": 2103, "text": "Market data farm connection is broken:eufarm"}].',
    ),
  dataType: z
    .enum([...DATA_TYPES, 'as_requested'])
    .default('live')
    .describe(
      'Kind of data that is served, whatever a client requested, or as_requested: the one that it requested; delayed kinds use the delayed tick types.',
    ),
  notEntitled: z
    .array(
      z.strictObject({
        symbol: z.string().min(1).max(20).optional(),
        kind: z.enum(['STK', 'IND', 'OPT', 'FUT', 'FOP']).optional(),
        exchange: z.string().min(1).max(20).optional(),
        code: entitlementCode.default(354),
      }),
    )
    .max(100)
    .default([])
    .describe(
      'Market data that the account has no subscription for, by symbol, kind, exchange or all of them, and the notice that their streams get: [{"kind": "IND", "exchange": "CBOE", "code": 354}]. 10090, 10091 and 10167 are followed by data.',
    ),
  firstQuoteMedianMs: milliseconds.default(5).describe('From a market-data request to its first quote, ms.'),
  firstQuoteShape: shape.default(0.5).describe('Spread of that latency.'),
  greeksMedianMs: milliseconds
    .default(10)
    .describe('From a market-data request to its model greeks, ms; never before the first quote.'),
  greeksShape: shape.default(0.5).describe('Spread of that latency.'),
  missingGreeksFraction: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Share of the options whose greeks never come, over those that the market does not know.'),
  answerMedianMs: milliseconds
    .default(2)
    .describe('From a request for contract details, chains or bars to its answer, ms.'),
  answerShape: shape.default(0.5).describe('Spread of that latency.'),
  detailsMedianMs: milliseconds
    .nullable()
    .default(null)
    .describe(
      'From a request for contract details to the first row of its answer, ms; null: as answerMedianMs.',
    ),
  detailsShape: shape.nullable().default(null).describe('Spread of that latency; null: as answerShape.'),
  detailsRowMs: milliseconds
    .default(0)
    .describe('Between the rows of one answer to a request for contract details, ms; 0: all at once.'),
  updateIntervalMs: milliseconds
    .min(1)
    .default(5_000)
    .describe('Between the updates of an open option stream, ms.'),
  underlyingUpdateIntervalMs: milliseconds
    .min(1)
    .default(1_000)
    .describe('Between the updates of an open stream of a stock or index, ms.'),
  snapshotUsesLine: z.boolean().default(true).describe('Whether a snapshot occupies a line until it ends.'),
  snapshotEnds: z
    .enum(['complete', 'timeout', 'never'])
    .default('complete')
    .describe('When a snapshot ends: once complete (or at the time-out), at the time-out only, or never.'),
  snapshotTimeoutMs: milliseconds.default(11_000).describe('Latest end of a snapshot, ms.'),
  corporateActions: corporateActions
    .default([])
    .describe(
      'A split or special dividend of AAPL or BRK B in the synthetic market: [{"kind": "split", "symbol": "AAPL", "date": "2026-12-16", "shares": 3, "for": 2}] or {"kind": "special_dividend", …, "dollars": 5}.',
    ),
  crashes: crashes
    .default([])
    .describe(
      'Falls of the synthetic market within a session, at most one a day: [{"date": "2026-11-20", "at": "10:30", "fallFraction": 0.07, "fallMinutes": 15, "reboundFraction": 0.6, "reboundMinutes": 30}]; date and time are needed, the rest are defaults.',
    ),
  faults: z
    .array(scheduledFault)
    .max(10_000)
    .default([])
    .describe(
      'What goes wrong, and how many seconds after the start: [{"atSeconds": 60, "fault": {"kind": "freeze", "seconds": 30}}].',
    ),
})

export type SimulatorOptions = z.output<typeof simulatorOptions>

/** What the settings make happen to a synthetic market. */
export function marketEvents({
  corporateActions: actions,
  crashes,
}: Pick<SimulatorOptions, 'corporateActions' | 'crashes'>): MarketEvents {
  return { actions, crashes }
}

/** Interactive Brokers' default limits for an account, with the latencies of a session. */
export const IB_LIMIT_SETTINGS = {
  messagesPerSecond: 50,
  lines: 100,
  firstQuoteMedianMs: 400,
  greeksMedianMs: 800,
  missingGreeksFraction: 0.05,
  answerMedianMs: 300,
} as const satisfies Partial<SimulatorOptions>

/** A gateway with these settings; everything else has its default. */
export const IB_LIMITS: SimulatorOptions = simulatorOptions.parse(IB_LIMIT_SETTINGS)
