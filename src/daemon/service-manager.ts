import { execFile } from 'node:child_process'
import type { Clock } from '../market/clock.ts'

/** The service manager that started this process. */
export interface Notifier {
  /** Everything is open; `status` is shown by `systemctl status`. */
  ready(status: string): Promise<void>
  /** The process is alive: the watchdog waits anew. */
  alive(status: string): Promise<void>
  stopping(): Promise<void>
  /** After so long without `alive` the process is restarted; ms. Null: no watchdog was asked for. */
  readonly watchdogMs: number | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** systemd's own time-out of starting is longer; a socket that nobody reads must not hold us up, ms. */
const TELL_TIMEOUT_MS = 5_000

/**
 * Speaks to systemd by running systemd-notify, which the unit allows with NotifyAccess=all: Node has no datagram
 * sockets of the kind that it listens on. Null where no service manager asked to be told.
 */
export function openNotifier(environment: Environment): Notifier | null {
  const { NOTIFY_SOCKET: socket, PATH: path } = environment
  if (!socket) return null
  const tell = (...words: string[]) =>
    new Promise<void>((resolve, reject) => {
      const env = { NOTIFY_SOCKET: socket, PATH: path ?? '/usr/bin:/bin' }
      execFile('systemd-notify', words, { env, timeout: TELL_TIMEOUT_MS }, (error) =>
        error ? reject(error) : resolve(),
      )
    })
  return {
    ready: (status) => tell('--ready', `--status=${oneLine(status)}`),
    alive: (status) => tell('WATCHDOG=1', `--status=${oneLine(status)}`),
    stopping: () => tell('STOPPING=1', '--status=stopping: storing what has arrived'),
    watchdogMs: watchdogMs(environment),
  }
}

export interface FeedingEnv {
  readonly notifier: Notifier
  readonly clock: Clock
  readonly signal: AbortSignal
  /** What to show while the event loop and the scheduler go on; null while they do not. */
  alive(): string | null
  /** The service manager could not be told; it will be tried again. */
  onError(error: unknown): void
}

/** Feeds the watchdog three times in its time, only while the process does its work. Resolves when aborted. */
export async function feedWatchdog({ notifier, clock, signal, alive, onError }: FeedingEnv): Promise<void> {
  if (notifier.watchdogMs === null) return
  while (!signal.aborted) {
    const status = alive()
    if (status !== null) await notifier.alive(status).catch(onError)
    await clock.sleep(notifier.watchdogMs / 3, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}

/** WATCHDOG_PID names the process that is meant, where it is given. */
function watchdogMs({ WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid }: Environment): number | null {
  if (!microseconds || !/^[1-9]\d*$/.test(microseconds)) return null
  return pid === undefined || Number(pid) === process.pid ? Number(microseconds) / 1_000 : null
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300)
}
