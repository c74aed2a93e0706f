import type { Config } from '../../../config/config.ts'
import type { SingleSession } from '../../../daemon/gateway-source.ts'
import { systemClock } from '../../../market/clock.ts'
import { count, fixed } from '../../terminal/format.ts'
import { answered } from './answered.ts'
import { type Check, passed, warning } from './check.ts'

const MAX_CLOCK_ERROR_MS = 2_000
/** The gateway's notice that its version will soon be refused. */
const OUTDATED = 2172

export function gatewayCheck({ session }: SingleSession): Check {
  const { endpoint, serverVersion, accounts } = session
  const found = `${endpoint}, server version ${serverVersion}, ${accounts.length} account(s)`
  if (session.counters().notices[OUTDATED] === undefined) return passed('gateway', found)
  return warning('gateway', found, 'its version will soon be refused: install a newer one')
}

export function clockCheck(
  { session, clock, embedded }: SingleSession,
  { config, signal }: { readonly config: Config; readonly signal: AbortSignal },
): Promise<Check> {
  const question = {
    ...{ name: 'clock', clock, signal },
    limitMs: config.gateway.requestTimeoutMs,
    advice: 'the gateway answers nothing: see its own window, and restart it',
  }
  return answered(question, async () => {
    const sentAt = systemClock.now()
    const gatewayAt = await session.currentTime()
    // The gateway answers in whole seconds: compare the middle of that second with the middle of the round trip.
    const errorMs = gatewayAt + 500 - (sentAt + systemClock.now()) / 2
    const found = `gateway ${new Date(gatewayAt).toISOString()}, this machine ${fixed(-errorMs / 1_000, 1)} s ahead`
    if (embedded || config.clock === 'gateway') return passed('clock', `${found}; the gateway's time is used`)
    if (Math.abs(errorMs) <= MAX_CLOCK_ERROR_MS) return passed('clock', found)
    return warning('clock', found, 'set the clock of this machine by NTP, or use --clock gateway')
  })
}

export function limitsCheck({ session, limits }: SingleSession): Check {
  const { linesInUse, peakMessagesPerSecond } = session.counters()
  return passed(
    'limits',
    `${count(limits.messagesPerSecond)} messages/s (peak ${count(peakMessagesPerSecond)}), ${count(limits.lines)} lines (${linesInUse} in use)`,
  )
}
