import { newYorkDate, newYorkTime, type TradingSession } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { slotAfter } from '../../schedule/slots.ts'
import { adviceFor } from './advice.ts'
import { type CheckStatus, check, type HealthCheck, passed } from './check.ts'
import type { HealthSnapshot } from './snapshot.ts'

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
  const today = timetable.sessionOn(newYorkDate(now))
  const next = slotAfter(now, timetable)
  const why = !today
    ? 'the exchange is closed today'
    : now < today.openAt
      ? 'before the opening'
      : 'after the close'
  return passed(
    'session',
    `out of session, ${why}; the next slot is ${next.date} ${newYorkTime(next.at)} New York time`,
  )
}

export function gatewayCheck(
  { now, gateway }: HealthSnapshot,
  session: TradingSession | null,
  { failsAfterSeconds }: { failsAfterSeconds: number },
): HealthCheck {
  const { connected, since, reason, detail } = gateway
  const problem = [reason, detail].filter((part) => part !== null).join(': ')
  if (connected) {
    if (problem === '') return passed('gateway', 'connected')
    return check('gateway', 'warn', {
      reason: `connected, but ${problem}`,
      since,
      advice:
        adviceFor(reason) ?? 'A data farm comes back within seconds. If this one does not, see the gateway.',
    })
  }
  const downSeconds = Math.max(0, Math.round((now - Math.max(since, session?.openAt ?? since)) / 1_000))
  const outage = `disconnected for ${downSeconds} s${problem ? `: ${problem}` : ''}`
  return check('gateway', session && downSeconds >= failsAfterSeconds ? 'fail' : 'warn', {
    reason: session ? outage : `${outage}; nothing is due out of session`,
    since,
    advice: adviceFor(reason ?? 'gateway_unreachable'),
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

export function clockCheck({ clockVerdict }: HealthSnapshot): HealthCheck {
  if (clockVerdict === null) return passed('clock', 'never set')
  if (clockVerdict.verdict === 'overruled') {
    return check('clock', 'warn', {
      reason: 'the clock of this machine was set wrong; the time of the gateway is used',
      since: clockVerdict.since,
      advice: 'Correct the clock and let NTP keep it (timedatectl set-ntp true).',
    })
  }
  const confirmed = clockVerdict.verdict === 'wall'
  return passed(
    'clock',
    `was set; ${confirmed ? 'the gateway agrees' : 'no gateway could confirm the new time'}`,
  )
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
