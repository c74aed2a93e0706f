import { expect, onTestFinished, test } from 'vitest'
import { gatewayOptionsOf, loadConfig } from '../../../src/config/config.ts'
import {
  openEmbeddedSimulator,
  simulatedMarketClock,
} from '../../../src/daemon/sessions/embedded-simulator.ts'
import { openSession, type Session } from '../../../src/gateway/session/session.ts'
import { collect } from '../../../src/harvest/collect.ts'
import { newYorkDate, newYorkInstant, newYorkTime } from '../../../src/market/calendar.ts'
import { clockFrom } from '../../../src/market/clock.ts'
import type { OptionContract } from '../../../src/market/contract.ts'
import { instrumentNamed } from '../../../src/market/instruments.ts'
import { conId, type ExpiryDate, sessionDate } from '../../../src/market/units.ts'

/** Blocks the event loop, as a busy machine does. */
function stall(ms: number): void {
  const untilMs = performance.now() + ms
  while (performance.now() < untilMs);
}

async function listed(session: Session, count: number): Promise<OptionContract[]> {
  const [spy] = await session.contractDetails({
    symbol: 'SPY',
    secType: 'STK',
    exchange: 'SMART',
    currency: 'USD',
  })
  const underlying = { symbol: 'SPY', conId: spy?.conId ?? 0, secType: 'STK' } as const
  const [listing] = await session.chainListings(underlying)
  const expiry = listing?.expirations.at(-1) as ExpiryDate
  const details = await session.contractDetails({ symbol: 'SPY', secType: 'OPT', exchange: 'SMART', expiry })
  return details.slice(0, count).map((one) => ({
    ...{ conId: conId(one.conId), symbol: 'SPY', expiry, tradingClass: 'SPY', multiplier: 100 },
    ...{ strike: one.strike as number, right: one.right as 'C' | 'P', exchange: 'SMART', currency: 'USD' },
  }))
}

test('neither haste nor a stalled event loop ends a session with the embedded gateway', async () => {
  // A client at twice the simulator's rate: what a stall does to the messages of a slower one, all the time.
  const rate = 200
  const values = { 'simulator.messagesPerSecond': rate, 'gateway.messagesPerSecond': 2 * rate }
  const overrides = Object.entries(values).map(([path, value]) => ({
    ...{ source: 'test', path: path.split('.'), value },
  }))
  const config = loadConfig(null, {}, overrides)
  const embedded = await openEmbeddedSimulator(config, { ibLimits: false })
  onTestFinished(() => embedded.close())
  const { clock } = embedded
  const session = await openSession(gatewayOptionsOf(config, embedded, embedded.limits), { clock })
  onTestFinished(() => session.close())
  const order = await listed(session, 120)
  expect(order).toHaveLength(120)
  const stalls = setInterval(() => stall(300), 400)
  onTestFinished(() => clearInterval(stalls))
  const harvest = await collect(
    session,
    { symbol: 'SPY', order, openInterest: new Map(), underlyingPrice: () => null },
    {
      clock,
      waits: { greeksWaitMs: 2_000, timeoutMs: 4_000, deadlineAtMs: Number.POSITIVE_INFINITY },
      signal: new AbortController().signal,
    },
  )
  expect(harvest.answered).toHaveLength(120)
  expect(session.isOpen).toBe(true)
  expect(session.counters().notices[100]).toBeUndefined()
})

test('the embedded gateway keeps the time of the machine while any instrument trades', () => {
  const clockAt = (date: string, clock: string, ...symbols: readonly string[]) => {
    const machine = clockFrom(newYorkInstant(sessionDate(date), clock))
    const own = simulatedMarketClock(300, { machine, instruments: symbols.map(instrumentNamed) })
    return own === machine ? 'machine' : `${newYorkDate(own.now())} ${newYorkTime(own.now())}`
  }
  expect(clockAt('2026-11-18', '22:00', 'SPY', 'ES')).toBe('machine')
  expect(clockAt('2026-11-18', '22:00', 'SPY')).toBe('2026-11-18 15:55')
  expect(clockAt('2026-11-18', '17:30', 'ES')).toBe('2026-11-18 16:55')
  expect(clockAt('2026-11-18', '17:30', 'SPY', 'ES')).toBe('2026-11-18 15:55')
  // The halt of a holiday.
  expect(clockAt('2026-11-26', '15:00', 'ES')).toBe('2026-11-26 12:55')
  expect(clockAt('2026-11-26', '12:58', 'ES')).toBe('2026-11-26 12:55')
  expect(clockAt('2026-11-21', '12:00', 'ES')).toBe('2026-11-20 16:55')
})
