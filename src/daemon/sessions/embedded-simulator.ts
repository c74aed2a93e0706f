import type { Config } from '../../config/config.ts'
import type { TradingSession } from '../../market/calendar.ts'
import { type Clock, clockFrom, systemClock } from '../../market/clock.ts'
import type { CalendarName, Instrument } from '../../market/instrument.ts'
import { instrumentNamed } from '../../market/instruments.ts'
import { calendarSessionOn, isTrading, lastEndedSession, sessionAt } from '../../market/trade-dates.ts'
import { epochMs, type SessionDate } from '../../market/units.ts'
import type { Market } from '../../simulator/market/market.ts'
import { dailyMarket } from '../../simulator/market/synthetic/daily.ts'
import { IB_LIMIT_SETTINGS, marketEvents } from '../../simulator/options.ts'
import { startSimulator } from '../../simulator/server.ts'

/** A simulated gateway in this process, on a free port of the loopback interface. */
export interface EmbeddedSimulator {
  readonly host: string
  readonly port: number
  /** The simulated market's time. */
  readonly clock: Clock
  /** Its limits for a client. */
  readonly limits: { readonly messagesPerSecond: number; readonly lines: number }
  close(): Promise<void>
}

/** Starts a simulated gateway in this process. */
export type OpenEmbedded = (
  config: Config,
  options: { readonly ibLimits: boolean },
) => Promise<EmbeddedSimulator>

/**
 * The fraction of the simulator's message rate that a client on the same event loop uses, so that messages that the
 * simulator reads late hardly ever exceed its rate.
 */
const RATE_FRACTION = 0.8

/** Starts the simulator with the synthetic market of the configured seed. */
export function openEmbeddedSimulator(
  config: Config,
  { ibLimits }: { readonly ibLimits: boolean },
): Promise<EmbeddedSimulator> {
  const { seed, ...configured } = config.simulator
  const clock = simulatedMarketClock(config.harvest.intervalSeconds, { instruments: config.symbols })
  const market = dailyMarket(seed, clock, marketEvents(configured))
  return embedMarket(config, { market, clock, ibLimits })
}

/**
 * Starts the simulator with a market. It delays messages above its rate and refuses none: on a shared event loop it may read
 * the messages of two seconds within one, which says nothing about the client.
 */
export async function embedMarket(
  config: Config,
  { market, clock, ibLimits }: { readonly market: Market; readonly clock: Clock; readonly ibLimits: boolean },
): Promise<EmbeddedSimulator> {
  const { seed, ...configured } = config.simulator
  const limits = ibLimits ? IB_LIMIT_SETTINGS : {}
  const rules = { ...configured, ...limits, aboveRate: 'delay', port: 0 } as const
  const simulator = await startSimulator(market, rules, { clock, seed })
  const messagesPerSecond = ibLimits
    ? rules.messagesPerSecond
    : Math.max(1, Math.floor(rules.messagesPerSecond * RATE_FRACTION))
  return {
    host: simulator.host,
    port: simulator.port,
    clock,
    limits: { messagesPerSecond, lines: rules.lines },
    close: () => simulator.close(),
  }
}

/** Outside the market hours, the clock starts within this fraction of a slot, so that a run has time for all of it. */
const EARLY_FRACTION = 0.1

/**
 * The machine's time while an instrument trades, until its last slot begins. Otherwise the time early in the last slot of
 * the session or the previous one, later in it at a later time of the machine, so that the program can be tried at any
 * hour: of stocks and indices if there are any, else of the futures.
 */
export function simulatedMarketClock(
  intervalSeconds: number,
  {
    machine = systemClock,
    instruments = [instrumentNamed('SPY')],
  }: { readonly machine?: Clock; readonly instruments?: readonly Instrument[] } = {},
): Clock {
  const now = machine.now()
  const intervalMs = intervalSeconds * 1_000
  const calendars = [...new Set(instruments.map(({ calendar }) => calendar))]
  const sessionsOf = (calendar: CalendarName) => (date: SessionDate) => calendarSessionOn(date, calendar)
  const hasSlot = calendars.some((calendar) => {
    const session = sessionAt(now, sessionsOf(calendar))
    return session && isTrading(now, session) && now < nextPause(session, now) - intervalMs
  })
  if (hasSlot) return machine
  const [shown = 'us-options-late'] = [...calendars].sort(
    (a, b) => Number(isOvernight(a)) - Number(isOvernight(b)),
  )
  const sessionOn = sessionsOf(shown)
  const session = sessionAt(now, sessionOn) ?? (lastEndedSession(now, sessionOn) as TradingSession)
  return clockFrom(
    epochMs(Math.round(nextPause(session, now) - intervalMs + (now % intervalMs) * EARLY_FRACTION)),
  )
}

/** When trading stops next, or has stopped in the break in progress: at a break, or at the close. */
function nextPause({ breaks, closeAt }: TradingSession, now: number): number {
  return breaks.find(({ to }) => to > now)?.from ?? closeAt
}

function isOvernight(calendar: CalendarName): boolean {
  return calendar === 'cme-equity' || calendar === 'nymex-energy'
}
