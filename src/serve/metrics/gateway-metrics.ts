import { Counter, Gauge, type Registry } from 'prom-client'
import type { BreakerState } from '../health/health.ts'
import type { Metrics } from './metrics.ts'

/** What of the gateway is counted; as the session and whatever keeps it say. */
export interface GatewayFigures {
  readonly connected: boolean
  /** Requests and cancels written in this session. */
  readonly messagesSent: number
  /** Messages written in the busiest second of this session. */
  readonly peakMessagesPerSecond: number
  readonly messagesPerSecondLimit: number
  readonly linesInUse: number
  readonly linesLimit: number
}

/** Codes that gateways make up must not become series without end. */
const MOST_CODES = 100
const BREAKER_VALUE: Readonly<Record<BreakerState['state'], number>> = { closed: 0, half_open: 1, open: 2 }

/** The gateway: its connection, its budgets, what it said, the breakers before it. */
export function gatewayRecorders(
  registers: Registry[],
): Pick<Metrics, 'notice' | 'gateway' | 'reconnected' | 'breaker'> {
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
  const sent = new Counter({
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
  const connected = gauge('optionlake_gateway_connected', '1 while market data can be asked for.')
  const peak = gauge('optionlake_gateway_peak_messages_per_second', 'Busiest second of this session.')
  const rateLimit = gauge('optionlake_gateway_messages_per_second_limit', 'Messages allowed in a second.')
  const lines = gauge('optionlake_gateway_lines_in_use', 'Market-data lines in use.')
  const linesLimit = gauge('optionlake_gateway_lines_limit', 'Market-data lines allowed.')
  const codes = new Set<number>()
  let sentBefore = 0
  return {
    notice: ({ code, kind }) => {
      if (codes.size < MOST_CODES) codes.add(code)
      notices.inc(codes.has(code) ? { code, kind } : { code: 'other', kind: 'unknown' })
    },
    reconnected: () => reconnects.inc(),
    breaker: (symbol, state) => breakers.set({ symbol }, BREAKER_VALUE[state]),
    gateway: (figures) => {
      // A new session counts from nothing again.
      const more = figures.messagesSent - (figures.messagesSent < sentBefore ? 0 : sentBefore)
      sentBefore = figures.messagesSent
      sent.inc(more)
      connected.set(figures.connected ? 1 : 0)
      peak.set(figures.peakMessagesPerSecond)
      rateLimit.set(figures.messagesPerSecondLimit)
      lines.set(figures.linesInUse)
      linesLimit.set(figures.linesLimit)
    },
  }
}
