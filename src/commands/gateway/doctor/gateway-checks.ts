import type { Config } from '../../../config/config.ts'
import type { SingleSession } from '../../../daemon/sessions/gateway-source.ts'
import type { DataFlowBlock } from '../../../gateway/session/data-flow.ts'
import { systemClock } from '../../../market/clock.ts'
import { epochMs } from '../../../market/units.ts'
import { amount, count, dateAndTime, fixed } from '../../terminal/format.ts'
import { answered } from './answered.ts'
import { type Check, passed, warning } from './check.ts'

const MAX_CLOCK_ERROR_MS = 2_000

export const VERSION_ADVICE = 'install a newer version before the old one is refused'
const EMBEDDED_TIME = 'the embedded gateway has a time of its own while the market is closed:'

/** Made last: what the gateway says meanwhile counts. */
export function gatewayCheck({ session, operations }: SingleSession): Check {
  const name = 'gateway'
  const { endpoint, serverVersion, accounts, dataFlow } = session
  const found = `${endpoint}, server version ${serverVersion}, ${amount(accounts.length, 'account')}`
  const block = dataFlow.blocked()
  if (block) return warning(name, `${found}: ${block.message}`, BLOCKED_ADVICE[block.reason])
  const [notice] = operations()
  if (notice === undefined) return passed(name, found)
  return warning(name, `${found}: ${notice}`, VERSION_ADVICE)
}

const BLOCKED_ADVICE: Readonly<Record<DataFlowBlock['reason'], string>> = {
  server_lost: 'the gateway has no connection to Interactive Brokers: see its window and the network',
  farm_broken: 'a data farm comes back within seconds; if it does not, see the window of the gateway',
  competing_session: 'end the other session of this user, or collect with a user of its own',
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
    if (embedded) return passed('clock', `${EMBEDDED_TIME} ${dateAndTime(clock.now())} New York`)
    const found = `gateway ${dateAndTime(epochMs(gatewayAt))} New York, this machine ${fixed(Math.abs(errorMs) / 1_000, 1)} s ${errorMs > 0 ? 'behind' : 'ahead'}`
    if (config.clock === 'gateway') return passed('clock', `${found}; the gateway's time is used`)
    if (Math.abs(errorMs) <= MAX_CLOCK_ERROR_MS) return passed('clock', found)
    return warning(
      'clock',
      `${found}, where ${MAX_CLOCK_ERROR_MS / 1_000} s are allowed`,
      'set the clock of this machine by NTP, or use --clock gateway',
    )
  })
}

export function limitsCheck({ session, limits }: SingleSession): Check {
  const { linesInUse, peakMessagesPerSecond } = session.counters()
  return passed(
    'limits',
    `${count(limits.messagesPerSecond)} messages/s (peak ${count(peakMessagesPerSecond)}), ${count(limits.lines)} lines (${linesInUse} in use)`,
  )
}
