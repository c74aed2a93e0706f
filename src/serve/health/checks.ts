import { newYorkDate, newYorkTime, type TradingSession } from '../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { sessionCovering, slotAfter, symbolSessionAt, type Timetable } from '../../schedule/slots.ts'
import { adviceFor } from './advice.ts'
import { type CheckStatus, check, type HealthCheck, passed } from './check.ts'
import { adviceSince, wordsSince } from './gateway-words.ts'
import { type ChainStatus, type HealthSnapshot, isSessionNear } from './snapshot.ts'

const LOOK_SECONDS = { warn: 20, fail: 60 }
const LAG_SECONDS = { warn: 0.5, fail: 5 }
/** A cycle ends before the next slot. If it runs this far into the next interval, it hangs. */
const HANGS_AFTER_SECONDS = 60

export function eventLoopCheck({ eventLoopLagSeconds: lag }: HealthSnapshot): HealthCheck {
  if (lag === null) return passed('event_loop', 'not measured yet')
  return check('event_loop', statusOf(lag, LAG_SECONDS), {
    reason: `the event loop was ${lag.toFixed(3)} s late at its last tick`,
    since: null,
    advice: 'Look for another program that uses the CPU or the memory; restart if it persists.',
  })
}

export function schedulerCheck({ now, scheduler, timetable }: HealthSnapshot): HealthCheck {
  const { lookAgeSeconds, cycleSeconds } = scheduler
  const { intervalSeconds } = timetable.grid
  const looks = statusOf(lookAgeSeconds, LOOK_SECONDS)
  const hangs =
    cycleSeconds === null
      ? 'ok'
      : statusOf(cycleSeconds, { warn: intervalSeconds, fail: intervalSeconds + HANGS_AFTER_SECONDS })
  const advice = 'Restart the daemon and report the log of the minutes before: this is a defect.'
  if (hangs !== 'ok' && looks !== 'fail') {
    const reason = `a cycle has been running for ${Math.round(cycleSeconds ?? 0)} s, longer than the interval of ${intervalSeconds} s`
    return check('scheduler', hangs, { reason, since: ago(now, cycleSeconds ?? 0), advice })
  }
  const reason = `the last look was ${Math.round(lookAgeSeconds)} s ago`
  return check('scheduler', looks, { reason, since: ago(now, lookAgeSeconds), advice })
}

/** Information only: a closed market is not a fault. */
export function sessionCheck(
  { now, timetable }: HealthSnapshot,
  session: TradingSession | null,
): HealthCheck {
  if (session)
    return passed('session', `in session until ${newYorkTime(session.optionsCloseAt)} New York time`)
  const next = slotAfter(now, timetable)
  return passed(
    'session',
    `out of session, ${whyClosed(now, timetable, next.at)}; the next slot is ${newYorkDate(next.at)} ${newYorkTime(next.at)} New York time`,
  )
}

function whyClosed(now: EpochMs, timetable: Timetable, nextSlot: EpochMs): string {
  // Nothing trades now, so a session in progress is in one of its breaks.
  if (timetable.symbols.some((symbol) => symbolSessionAt(now, symbol, timetable)))
    return 'trading is halted until later in the session'
  const date = newYorkDate(now)
  const today = sessionCovering(date, timetable)
  // A future's session of Monday opens on Sunday.
  if (!today) return newYorkDate(nextSlot) === date ? 'before the opening' : 'the exchange is closed today'
  if (now < today.openAt) return 'before the opening'
  return now < today.optionsCloseAt ? 'between two sessions' : 'after the close'
}

/**
 * The connection, and whether market data can come. `counts` says from when on an outage counts: /readyz gives every session
 * its time after the opening, while for /health one that began before is already long.
 */
export function gatewayCheck(
  { now, gateway }: HealthSnapshot,
  session: TradingSession | null,
  { failsAfterSeconds, counts }: { failsAfterSeconds: number; counts: 'from_opening' | 'whole' },
): HealthCheck {
  const { connected, since, reason, detail } = gateway
  const problem = [reason, detail].filter((part) => part !== null).join(': ')
  const words = wordsSince(gateway, since, problem)
  if (connected) {
    if (problem === '') return passed('gateway', 'connected')
    return check('gateway', 'warn', {
      reason: `connected, but ${problem}${words}`,
      since,
      advice:
        adviceSince(gateway, since) ??
        adviceFor(reason) ??
        'A data farm comes back within seconds. If this one does not, see the gateway.',
    })
  }
  const secondsFrom = (from: number) => Math.max(0, Math.round((now - from) / 1_000))
  const inSession = secondsFrom(Math.max(since, session?.openAt ?? since))
  const outage = `disconnected for ${inSession} s${problem ? `: ${problem}` : ''}`
  const counted = counts === 'whole' ? secondsFrom(since) : inSession
  return check('gateway', session && counted >= failsAfterSeconds ? 'fail' : 'warn', {
    reason: `${session ? outage : `${outage}; nothing is due out of session`}${words}`,
    since,
    advice: adviceSince(gateway, since) ?? adviceFor(reason ?? 'gateway_unreachable'),
  })
}

export function lakeCheck({ lakeFault }: HealthSnapshot, session: TradingSession | null): HealthCheck {
  if (!lakeFault) return passed('lake', 'can be written')
  return check('lake', session ? 'fail' : 'warn', {
    reason: lakeFault.message,
    since: lakeFault.since,
    advice: adviceFor('disk_full'),
  })
}

export function breakerCheck({ breakers }: HealthSnapshot): HealthCheck {
  const open = [...breakers].filter(([, { state }]) => state !== 'closed')
  if (open.length === 0) return passed('breaker', 'closed')
  const reason = open.map(([symbol, { state }]) => `${symbol} ${state.replace('_', '-')}`).join(', ')
  const since = open.map(([, breaker]) => breaker.since).reduce((a, b) => (b < a ? b : a))
  return check('breaker', 'warn', { reason, since, advice: adviceFor('breaker_open') })
}

/** Whether today's chains are listed. Before the opening there is time for it. */
export function chainCheck(
  { chains, startedAt }: HealthSnapshot,
  session: TradingSession | null,
): HealthCheck {
  const open = [...chains].flatMap(([symbol, status]) => {
    const words = chainWords(status)
    return words === null ? [] : [`${symbol}: ${words}`]
  })
  if (open.length === 0) return passed('chain', 'listed')
  if (!session) return passed('chain', `not listed yet: ${open.join('; ')}`)
  return check('chain', 'warn', {
    reason: open.join('; '),
    since: epochMs(Math.max(startedAt, session.openAt)),
    advice: adviceFor('chain_incomplete'),
  })
}

/** What is missing; null if nothing is. */
function chainWords(status: ChainStatus): string | null {
  const { expirations, missing, earlier, earlierDate, problem } = status
  const because = problem === null ? '' : ` (${problem})`
  if (expirations === 0) return `not listed${because}`
  const parts = [
    missing > 0 ? `${missing} of ${expirations} expirations are not listed` : null,
    earlierDate !== null ? `${earlier} of ${expirations} expirations are as listed on ${earlierDate}` : null,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : `${parts.join(', ')}${because}`
}

/**
 * Whether the clock was set, and how far it is from the gateway's. A wrong clock is a failure from half an hour before the
 * opening on, while there is time to correct it; out of session it is a warning.
 */
export function clockCheck(snapshot: HealthSnapshot): HealthCheck {
  const distance = distanceCheck(snapshot)
  if (distance?.status === 'fail') return distance
  const { clockVerdict } = snapshot
  if (clockVerdict?.verdict === 'overruled') {
    return check('clock', 'warn', {
      reason: 'the clock of this machine was set wrong; the time of the gateway is used',
      since: clockVerdict.since,
      advice: SET_CLOCK,
    })
  }
  if (distance !== null && distance.status !== 'ok') return distance
  return passed(
    'clock',
    [sourceWords(snapshot), setWords(snapshot), distance?.reason].filter(Boolean).join('; '),
  )
}

const SET_CLOCK = 'Correct the clock and let NTP keep it (timedatectl set-ntp true).'

/** Null before the first comparison with the gateway's clock, and for a distance that is not a number. */
function distanceCheck(snapshot: HealthSnapshot): HealthCheck | null {
  const { clockOffset, settings } = snapshot
  if (clockOffset === null || !Number.isFinite(clockOffset.seconds)) return null
  const { seconds, measuredAt } = clockOffset
  const distance = Math.abs(seconds)
  const { clockWarnSeconds, clockFailSeconds } = settings
  const limits = { warn: clockWarnSeconds, fail: isSessionNear(snapshot) ? clockFailSeconds : Infinity }
  const status = distance > limits.fail ? 'fail' : distance > limits.warn ? 'warn' : 'ok'
  const rounded = distance.toFixed(1)
  const words =
    rounded === '0.0'
      ? "agrees with the gateway's"
      : `is ${rounded} s ${seconds > 0 ? 'ahead of' : 'behind'} the gateway's`
  return check('clock', status, {
    reason: `the clock ${words}`,
    since: measuredAt,
    advice: `${SET_CLOCK} Slots are collected this much too ${seconds > 0 ? 'early' : 'late'}.`,
  })
}

function sourceWords({ clockSource }: HealthSnapshot): string | null {
  return clockSource === 'machine' ? null : CLOCK_WORDS[clockSource]
}

/** An artificial clock in words; a simulated or replayed time must never be taken for the time of day. */
export const CLOCK_WORDS = {
  gateway: "artificial time: the gateway's, which may be replayed",
  simulated: 'artificial time: that of the simulated market, because the real one is closed',
} as const

function setWords({ clockVerdict, clockOffset }: HealthSnapshot): string | null {
  if (clockVerdict === null) return clockOffset === null ? 'never set' : null
  const confirmed = clockVerdict.verdict === 'wall'
  return `was set; ${confirmed ? 'the gateway agrees' : 'no gateway could confirm the new time'}`
}

export function operationsCheck({ operations }: HealthSnapshot): HealthCheck {
  const [first] = operations
  if (!first) return passed('operations', 'nothing to do')
  const reason = operations.map(({ message }) => message).join('; ')
  return check('operations', 'warn', { reason, since: first.since, advice: 'See docs/operations.md.' })
}

function statusOf(value: number, { warn, fail }: { warn: number; fail: number }): CheckStatus {
  return value >= fail ? 'fail' : value >= warn ? 'warn' : 'ok'
}

function ago(now: EpochMs, seconds: number): EpochMs {
  return Math.round(now - seconds * 1_000) as EpochMs
}
