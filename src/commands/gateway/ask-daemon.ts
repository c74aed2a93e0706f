import { findRunningDaemon } from '../../daemon/running-daemon.ts'
import { epochMs } from '../../market/units.ts'
import type { GatewayAnswer } from '../../schemas/http/gateway.ts'
import type { CommandContext } from '../context.ts'
import { dateAndTime } from '../terminal/format.ts'

/** The options of a command that asks a running daemon rather than the gateway. */
export interface SourceOptions {
  readonly ibLimits?: true
  /** False with `--no-daemon`. */
  readonly daemon: boolean
}

export const NO_DAEMON = [
  '--no-daemon',
  'open a session with the gateway even if the daemon of this lake is running; needs a --client-id of its own',
] as const

/** The daemon that answered in place of the gateway. */
export interface AskedDaemon {
  readonly url: string
  readonly answer: GatewayAnswer
}

/**
 * The daemon of the configured lake and gateway, with what it knows; null if the command must ask the gateway itself. A
 * daemon that was found but cannot answer is named on standard error.
 */
export async function askDaemon(
  { config, printStatus }: CommandContext,
  { daemon, ibLimits }: SourceOptions,
): Promise<AskedDaemon | null> {
  // The limits of Interactive Brokers are tried on an embedded gateway of the command's own.
  if (!daemon || ibLimits) return null
  const search = await findRunningDaemon(config)
  if (search.kind === 'found') return search
  if (search.kind === 'other') printStatus(`asking the gateway: ${search.why}`)
  return null
}

/** The line that names the daemon as the source. */
export function describeDaemon({ url, answer }: AskedDaemon): string {
  const { version, started_at } = answer.daemon
  const since = dateAndTime(epochMs(Date.parse(started_at)))
  return `asked the daemon at ${url} (version ${version}, running since ${since} New York); nothing was requested from the gateway`
}

/** The daemon in the JSON of a command; null if the gateway was asked. */
export function plainDaemon(daemon: AskedDaemon | null) {
  if (daemon === null) return null
  const { version, started_at } = daemon.answer.daemon
  return { url: daemon.url, version, started_at, at: daemon.answer.at }
}
