import type { z } from 'zod'
import type { Config } from '../config/config.ts'
import { lakeFolderOf } from '../config/lake-folder.ts'
import { folderIdOf } from '../lake/folder-id.ts'
import { ALERTS_PATH, type AlertsAnswer, alertsAnswer } from '../schemas/http/alerts.ts'
import { GATEWAY_PATH, type GatewayAnswer, gatewayAnswer } from '../schemas/http/gateway.ts'

/** What was found at the configured HTTP address. */
export type DaemonSearch =
  /** The daemon that writes this lake from this gateway, and what it knows. */
  | { readonly kind: 'found'; readonly url: string; readonly answer: GatewayAnswer }
  /** Nothing listens there. */
  | { readonly kind: 'none' }
  /** Something else, or a daemon that cannot answer for this lake and gateway. */
  | { readonly kind: 'other'; readonly why: string }

/** An answer from memory takes milliseconds; the slowest moment is the end of a cycle. */
const ANSWER_MS = 5_000

/** Asks for the daemon of the configured lake and gateway at `http.host` and `http.port`. Never rejects. */
export async function findRunningDaemon(config: Config): Promise<DaemonSearch> {
  const url = daemonUrl(config.http)
  if (url === null) return { kind: 'none' }
  const answer = await ask(url + GATEWAY_PATH, gatewayAnswer)
  if ('kind' in answer) return answer
  const address = config.gateway.host === null ? null : `${config.gateway.host}:${config.gateway.port}`
  if (answer.address !== address) {
    const theirs = answer.address ?? 'the embedded simulator'
    return other(`the daemon at ${url} uses another gateway, ${theirs}`)
  }
  const folder = lakeFolderOf(config, answer.origin)
  const id = await folderIdOf(folder)
  if (id === null || id !== answer.daemon.folder_id) {
    return other(`the daemon at ${url} writes another lake than ${folder}`)
  }
  return { kind: 'found', url, answer }
}

/** What a running daemon says of its alerts, or why nothing is known. */
export type DaemonAlerts =
  | { readonly kind: 'found'; readonly url: string; readonly answer: AlertsAnswer }
  | Exclude<DaemonSearch, { kind: 'found' }>

/** Asks the daemon of the configured lake and gateway what became of its alerts. Never rejects. */
export async function findDaemonAlerts(config: Config): Promise<DaemonAlerts> {
  const daemon = await findRunningDaemon(config)
  if (daemon.kind !== 'found') return daemon
  const { url } = daemon
  const answer = await ask(url + ALERTS_PATH, alertsAnswer)
  return 'kind' in answer ? answer : { kind: 'found', url, answer }
}

/** Where a daemon of this configuration answers; null if it took any free port. */
export function daemonUrl({ host, port }: Config['http']): string | null {
  if (port === 0) return null
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

async function ask<Answer extends object>(
  url: string,
  form: z.ZodType<Answer>,
): Promise<Answer | Exclude<DaemonSearch, { kind: 'found' }>> {
  try {
    const response = await fetch(url, {
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_MS),
    })
    if (!response.ok) return other(`${url} answers with ${response.status}, not as a daemon of this version`)
    const parsed = form.safeParse(await response.json())
    return parsed.success ? parsed.data : other(`${url} does not answer as a daemon of this version`)
  } catch (error) {
    if (codeOf(error) === 'ECONNREFUSED') return { kind: 'none' }
    return other(`${url} does not answer: ${messageOf(error)}`)
  }
}

function other(why: string): { kind: 'other'; why: string } {
  return { kind: 'other', why }
}

/** `fetch` wraps what the system said. */
function codeOf(error: unknown): string | null {
  const cause = (error as Error).cause
  return cause instanceof Error && 'code' in cause ? String(cause.code) : null
}

function messageOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message : message
}
