import { Counter, Gauge, type Registry } from 'prom-client'
import type { Notice } from '../../gateway/session/notices.ts'
import type { BreakerStatus } from '../health/snapshot.ts'
import type { KnownLabels } from './known-labels.ts'

/** The gateway: its connection, its limits, its notices, and the breakers in front of it. */
export interface GatewayMetrics {
  notice(notice: Pick<Notice, 'code' | 'kind'>): void
  gateway(reading: GatewayReading): void
  /** A session was opened after one was lost. */
  reconnected(): void
  breaker(symbol: string, state: BreakerStatus['state']): void
}

/** The counters of the session, and its limits. */
interface GatewayReading {
  readonly connected: boolean
  /** Requests and cancels written in this session. */
  readonly messagesSent: number
  /** Messages written in the busiest second of this session. */
  readonly peakMessagesPerSecond: number
  readonly messagesPerSecondLimit: number
  readonly linesInUse: number
  readonly linesLimit: number
  /** Lines that the gateway has to give, as learned from its refusals. */
  readonly linesUsable: number
}

const OTHER_CODES = { code: 'other', kind: 'unknown' } as const
/** More codes than this share one label, so that a gateway that invents codes cannot create series without bound. */
const MAX_CODES = 100
const BREAKER_VALUE: Readonly<Record<BreakerStatus['state'], number>> = { closed: 0, half_open: 1, open: 2 }

export function createGatewayMetrics(
  registers: Registry[],
  { codes: known }: Pick<KnownLabels, 'codes'>,
): GatewayMetrics {
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers })
  const notices = new Counter({
    name: 'optionlake_gateway_notices_total',
    help: 'Notices of the gateway by code and kind.',
    labelNames: ['code', 'kind'],
    registers,
  })
  const reconnects = new Counter({
    name: 'optionlake_gateway_reconnects_total',
    help: 'Sessions that were opened after one was lost.',
    registers,
  })
  const messages = new Counter({
    name: 'optionlake_gateway_messages_total',
    help: 'Requests and cancels written to the gateway.',
    registers,
  })
  const breakers = new Gauge({
    name: 'optionlake_breaker_state',
    help: 'Circuit breaker: 0 closed, 1 half-open, 2 open.',
    labelNames: ['symbol'],
    registers,
  })
  const connected = gauge('optionlake_gateway_connected', '1 while market data can be requested.')
  const peak = gauge(
    'optionlake_gateway_peak_messages_per_second',
    'Messages in the busiest second of this session.',
  )
  const rateLimit = gauge('optionlake_gateway_messages_per_second_limit', 'Messages allowed in one second.')
  const lines = gauge('optionlake_gateway_lines_in_use', 'Market-data lines in use.')
  const linesLimit = gauge('optionlake_gateway_lines_limit', 'Market-data lines allowed.')
  // An alert on an increase needs the 0 before the first notice.
  for (const { code, kind } of known) notices.inc({ code, kind }, 0)
  const knownCodes = new Set(known.map(({ code }) => code))
  const linesUsable = gauge(
    'optionlake_gateway_lines_usable',
    'Market-data lines that the gateway has to give, as learned from error 101.',
  )
  const codes = new Set<number>()
  let lastMessagesSent = 0
  return {
    notice: ({ code, kind }) => {
      if (codes.size < MAX_CODES && !knownCodes.has(code)) codes.add(code)
      notices.inc(knownCodes.has(code) || codes.has(code) ? { code, kind } : OTHER_CODES)
    },
    reconnected: () => reconnects.inc(),
    breaker: (symbol, state) => breakers.set({ symbol }, BREAKER_VALUE[state]),
    gateway: (reading) => {
      const { messagesSent } = reading
      // A new session counts from zero again.
      messages.inc(messagesSent - (messagesSent < lastMessagesSent ? 0 : lastMessagesSent))
      lastMessagesSent = messagesSent
      connected.set(reading.connected ? 1 : 0)
      peak.set(reading.peakMessagesPerSecond)
      rateLimit.set(reading.messagesPerSecondLimit)
      lines.set(reading.linesInUse)
      linesLimit.set(reading.linesLimit)
      linesUsable.set(reading.linesUsable)
    },
  }
}
