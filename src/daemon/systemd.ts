import { execFile } from 'node:child_process'
import type { Clock } from '../market/clock.ts'

/** Talks to the service manager that started this process. */
export interface Notifier {
  /** Startup is complete; `systemctl status` shows the text. */
  ready(status: string): Promise<void>
  /** The process is working: resets the watchdog's timer. */
  alive(status: string): Promise<void>
  stopping(): Promise<void>
  /** The process is restarted after this long without `alive`, ms; null without a watchdog. */
  readonly watchdogMs: number | null
}

type Environment = Readonly<Record<string, string | undefined>>

/** A socket without a reader must not block startup; systemd's own timeout is longer. */
const NOTIFY_TIMEOUT_MS = 5_000

/**
 * Runs systemd-notify, which the unit allows with NotifyAccess=all: systemd listens on a Unix datagram socket, which
 * Node cannot open. Null if no service manager started the process.
 */
export function createNotifier(environment: Environment): Notifier | null {
  const { NOTIFY_SOCKET: socket, PATH: path } = environment
  if (!socket) return null
  const notify = (...words: string[]) =>
    new Promise<void>((resolve, reject) => {
      const env = { NOTIFY_SOCKET: socket, PATH: path ?? '/usr/bin:/bin' }
      execFile('systemd-notify', words, { env, timeout: NOTIFY_TIMEOUT_MS }, (error) =>
        error ? reject(error) : resolve(),
      )
    })
  return {
    ready: (status) => notify('--ready', `--status=${oneLine(status)}`),
    alive: (status) => notify('WATCHDOG=1', `--status=${oneLine(status)}`),
    stopping: () => notify('STOPPING=1', '--status=stopping: storing what has arrived'),
    watchdogMs: watchdogMs(environment),
  }
}

/** Notifies the watchdog three times per timeout while the process is working. Resolves when the signal is aborted. */
export async function feedWatchdog(
  notifier: Notifier,
  {
    clock,
    signal,
    alive,
    onError,
  }: {
    readonly clock: Clock
    readonly signal: AbortSignal
    /** The status to show while the event loop and the scheduler work; null while they do not. */
    alive(): string | null
    /** A notification failed; the next one is still tried. */
    onError(error: unknown): void
  },
): Promise<void> {
  if (notifier.watchdogMs === null) return
  while (!signal.aborted) {
    const status = alive()
    if (status !== null) await notifier.alive(status).catch(onError)
    await clock.sleep(notifier.watchdogMs / 3, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
}

/** WATCHDOG_PID, if set, names the process that must notify. */
function watchdogMs({ WATCHDOG_USEC: microseconds, WATCHDOG_PID: pid }: Environment): number | null {
  if (!microseconds || !/^[1-9]\d*$/.test(microseconds)) return null
  return pid === undefined || Number(pid) === process.pid ? Number(microseconds) / 1_000 : null
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').slice(0, 300)
}
