import { z } from 'zod'
import { clock } from './head.ts'

/** Where the daemon says what it knows of its gateway, for programs that would otherwise connect to it themselves. */
export const GATEWAY_PATH = '/api/gateway'

const time = z.iso.datetime()
const number = z.number().nullable()
const text = z.string().nullable()

/** What the daemon knows, as the commands `doctor` and `plan` check it. Times are ISO 8601, UTC. */
export const gatewayAnswer = z.object({
  daemon: z.object({
    version: z.string(),
    started_at: time,
    /** Of the lake's folder on the daemon's machine: `folderIdOf`. */
    folder_id: text,
  }),
  at: time,
  /** Human-readable description of the gateway. */
  source: z.string(),
  /** `host:port` as configured; null for the embedded simulator. */
  address: text,
  origin: z.enum(['ib', 'simulated']),
  connected: z.boolean(),
  /** What the gateway announces, such as the end of its version, in its own words. */
  operations: z.array(z.string()),
  /** The checks of /health about the gateway, the clock and the lake. */
  checks: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['ok', 'warn', 'fail']),
      reason: z.string(),
      advice: text,
    }),
  ),
  /** Null while there is none. */
  session: z
    .object({
      endpoint: z.string(),
      server_version: z.number(),
      accounts: z.number(),
      lines_in_use: z.number(),
      peak_messages_per_second: z.number(),
    })
    .nullable(),
  limits: z.object({ messages_per_second: z.number(), pacing_window_ms: z.number(), lines: z.number() }),
  /** Each symbol in its last slot. */
  symbols: z.array(
    z.object({
      symbol: z.string(),
      /** The slot of the price; null if there is none. */
      slot: time.nullable(),
      price: number,
      /** 30 days, a fraction a year. */
      implied_volatility: number,
      vix: number,
      /** Why the newest slot is not complete; null if it is. */
      reason: text,
      detail: text,
      advice: text,
    }),
  ),
  /** The option nearest the money of the first symbol that has one, in its last slot. */
  sample: z
    .object({
      symbol: z.string(),
      slot: time,
      expiry: z.string(),
      strike: z.number(),
      right: z.string(),
      bid: number,
      ask: number,
      iv: number,
      data_type: text,
    })
    .nullable(),
  /** The daily bars in the lake, by symbol and kind. */
  history: z.array(
    z.object({
      symbol: z.string(),
      what: z.enum(['TRADES', 'OPTION_IMPLIED_VOLATILITY']),
      sessions: z.number(),
      to: text,
      last_value: number,
      asked_at: time.nullable(),
      /** Why the last attempt failed; null if it was answered. */
      failure: text,
    }),
  ),
})

export type GatewayAnswer = z.output<typeof gatewayAnswer>

/** The whole answer of `/api/gateway`. */
export const gatewayServed = gatewayAnswer.extend({ clock }).meta({ id: 'gateway_answer' })
