import { abortable } from '../process/abortable.ts'
import { DELIVERED, failed, type Outcome } from './delivery.ts'
import { bodyOf } from './formats.ts'
import type { AlertMessage } from './message.ts'
import { messageHeaders, signatureHeaders } from './signature.ts'

/** Where and how a webhook is called, with its secrets. */
export interface WebhookTarget {
  readonly url: URL
  readonly format: 'json' | 'slack' | 'text'
  readonly secret: string | null
  readonly authorization: string | null
  readonly timeoutMs: number
}

/** Statuses after which the same message may be accepted a little later, beside those from 500 on. */
const TRANSIENT = new Set([408, 425, 429])

/**
 * One POST. Redirects are not followed, because only the configured address was meant to get the message; of the answer
 * nothing but the head is read. Never rejects; ends within the time-out.
 * @param unixSeconds the time of day, which a receiver compares with its own: not the time of a simulated market
 */
export async function postMessage(
  { url, format, secret, authorization, timeoutMs }: WebhookTarget,
  message: AlertMessage,
  { unixSeconds, signal }: { readonly unixSeconds: number; readonly signal: AbortSignal },
): Promise<Outcome> {
  const { contentType, text: body } = bodyOf(message, format)
  const { id } = message
  const attempt = abortable(signal)
  const timer = setTimeout(() => attempt.abort(new Error('time-out')), timeoutMs)
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      headers: {
        'content-type': contentType,
        'user-agent': 'optionlake',
        ...(secret === null
          ? messageHeaders(id, unixSeconds)
          : signatureHeaders(secret, { id, unixSeconds, body })),
        ...(authorization === null ? {} : { authorization }),
      },
      body,
      signal: attempt.signal,
    })
    return outcomeOf(response)
  } catch (error) {
    if (signal.aborted) return failed('the daemon was stopped', { isTransient: true, mayHaveArrived: true })
    if (attempt.signal.aborted)
      return failed(`no answer within ${timeoutMs / 1_000} s`, { isTransient: true, mayHaveArrived: true })
    return failed(`no connection: ${codeOf(error)}`, { isTransient: true })
  } finally {
    clearTimeout(timer)
    // Ends the connection: an answer without end is never read.
    attempt.abort(new Error('answered'))
  }
}

function outcomeOf({ status, headers }: Response): Outcome {
  if (status >= 200 && status < 300) return DELIVERED
  if (status >= 300 && status < 400) {
    return failed(`the answer is ${status}, a redirect, which is not followed: configure the final address`, {
      isTransient: false,
    })
  }
  const seconds = /^\d{1,6}$/.exec(headers.get('retry-after') ?? '')?.[0]
  return failed(`the answer is ${status}`, {
    isTransient: status >= 500 || TRANSIENT.has(status),
    retryAfterSeconds: seconds === undefined ? null : Number(seconds),
  })
}

/** The code of a system or TLS error. Its message may have the address, which may be a secret. */
function codeOf(error: unknown): string {
  const { cause } = error as Error
  const code = cause instanceof Error && 'code' in cause ? cause.code : null
  return typeof code === 'string' ? code : 'the request failed'
}
