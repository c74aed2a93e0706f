import { newYorkClock, newYorkDate, type TradingSession } from '../../market/calendar.ts'
import type { EpochMs } from '../../market/units.ts'
import { slotAfter } from '../../schedule/slots.ts'
import { adviceFor } from './advice.ts'
import type { CheckStatus, HealthCheck, HealthSnapshot, HealthThresholds } from './health.ts'

const LOOK_SECONDS = { warn: 20, fail: 60 }
const LAG_SECONDS = { warn: 0.5, fail: 5 }
/** A cycle ends before the next slot; one that runs a minute into the next interval hangs. */
const HANGS_AFTER_SECONDS = 60

export function eventLoopCheck({ eventLoopLagSeconds: lag }: HealthSnapshot): HealthCheck {
  const status = lag === null ? 'ok' : beyond(lag, LAG_SECONDS)
  const reason =
    lag === null ? 'not measured yet' : `the event loop was ${lag.toFixed(3)} s late at its last tick`
  const advice = 'Look for another program that takes the processor or the memory; restart if it persists.'
  return check('event_loop', status, { reason, since: null, advice })
}

export function schedulerCheck({ now, scheduler, timetable }: HealthSnapshot): HealthCheck {
  const { lookAgeSeconds, cycleSeconds } = scheduler
  const { intervalSeconds } = timetable.grid
  const looks = beyond(lookAgeSeconds, LOOK_SECONDS)
  const hangs =
    cycleSeconds === null
      ? 'ok'
      : beyond(cycleSeconds, { warn: intervalSeconds, fail: intervalSeconds + HANGS_AFTER_SECONDS })
  const advice = 'Restart the daemon and report the log of the minutes before: this is a defect.'
  if (hangs !== 'ok' && looks !== 'fail') {
    const reason = `a cycle has been running for ${Math.round(cycleSeconds ?? 0)} s, longer than the interval of ${intervalSeconds} s`
    return check('scheduler', hangs, { reason, since: ago(now, cycleSeconds ?? 0), advice })
  }
  const reason = `the last look was ${Math.round(lookAgeSeconds)} s ago`
  return check('scheduler', looks, { reason, since: ago(now, lookAgeSeconds), advice })
}

/** Never more than a statement: a closed market is not a fault. */
export function sessionCheck(
  { now, timetable }: HealthSnapshot,
  session: TradingSession | null,
): HealthCheck {
  const ok = (reason: string) => check('session', 'ok', { reason, since: null, advice: null })
  if (session) return ok(`in session until ${clock(session.optionsCloseAt)} New York time`)
  const today = timetable.sessionOn(newYorkDate(now))
  const next = slotAfter(now, timetable)
  const why = !today
    ? 'the exchange is closed today'
    : now < today.openAt
      ? 'before the opening'
      : 'after the close'
  return ok(`out of session, ${why}; the next slot is ${next.date} ${clock(next.at)} New York time`)
}

export function gatewayCheck(
  { now, gateway }: HealthSnapshot,
  session: TradingSession | null,
  { gatewaySeconds }: HealthThresholds,
): HealthCheck {
  const { connected, since, reason, detail } = gateway
  const said = [reason, detail].filter((part) => part !== null).join(': ')
  if (connected) {
    const status = said === '' ? 'ok' : 'warn'
    const words = said === '' ? 'connected' : `connected, but ${said}`
    const advice =
      adviceFor(reason) ?? 'Data farms come back within seconds; see the gateway if this one does not.'
    return check('gateway', status, { reason: words, since, advice })
  }
  const downSeconds = Math.max(0, Math.round((now - Math.max(since, session?.openAt ?? since)) / 1_000))
  const words = `disconnected for ${downSeconds} s${said ? `: ${said}` : ''}`
  const status = session && downSeconds >= gatewaySeconds ? 'fail' : 'warn'
  const where = session ? words : `${words}; nothing is due out of session`
  return check('gateway', status, {
    reason: where,
    since,
    advice: adviceFor(reason ?? 'gateway_unreachable'),
  })
}

export function lakeCheck({ lakeFault }: HealthSnapshot, session: TradingSession | null): HealthCheck {
  if (!lakeFault) return check('lake', 'ok', { reason: 'can be written', since: null, advice: null })
  return check('lake', session ? 'fail' : 'warn', {
    reason: lakeFault.message,
    since: lakeFault.since,
    advice: adviceFor('disk_full'),
  })
}

export function breakerCheck({ breakers }: HealthSnapshot): HealthCheck {
  const open = [...breakers].filter(([, { state }]) => state !== 'closed')
  if (open.length === 0) return check('breaker', 'ok', { reason: 'closed', since: null, advice: null })
  const reason = open.map(([symbol, { state }]) => `${symbol} ${state.replace('_', '-')}`).join(', ')
  const since = open.map(([, one]) => one.since).reduce((a, b) => (b < a ? b : a))
  return check('breaker', 'warn', { reason, since, advice: adviceFor('breaker_open') })
}

export function clockCheck({ clockVerdict }: HealthSnapshot): HealthCheck {
  if (clockVerdict?.verdict !== 'overruled') {
    const reason =
      clockVerdict === null
        ? 'never set'
        : `was set; ${clockVerdict.verdict === 'wall' ? 'the gateway agrees' : 'no gateway could confirm it'}`
    return check('clock', 'ok', { reason, since: null, advice: null })
  }
  return check('clock', 'warn', {
    reason: 'the clock of this machine was set wrong; the time of the gateway is used',
    since: clockVerdict.since,
    advice: 'Set the clock right and let NTP keep it (timedatectl set-ntp true).',
  })
}

export function operationsCheck({ operations }: HealthSnapshot): HealthCheck {
  const [first] = operations
  if (!first) return check('operations', 'ok', { reason: 'nothing to do', since: null, advice: null })
  const reason = operations.map(({ message }) => message).join('; ')
  return check('operations', 'warn', { reason, since: first.since, advice: 'See docs/operations.md.' })
}

/** A check that is ok has neither a beginning nor advice. */
export function check(
  name: HealthCheck['name'],
  status: CheckStatus,
  { reason, since, advice }: Pick<HealthCheck, 'reason' | 'since' | 'advice'>,
): HealthCheck {
  return status === 'ok'
    ? { name, status, reason, since: null, advice: null }
    : { name, status, reason, since, advice }
}

function beyond(value: number, { warn, fail }: { warn: number; fail: number }): CheckStatus {
  return value >= fail ? 'fail' : value >= warn ? 'warn' : 'ok'
}

/** Time of day in New York, `HH:MM`. */
export function clock(at: EpochMs): string {
  return newYorkClock(at).slice(0, 5)
}

function ago(now: EpochMs, seconds: number): EpochMs {
  return Math.round(now - seconds * 1_000) as EpochMs
}
