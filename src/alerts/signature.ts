import { createHmac } from 'node:crypto'

const PREFIX = 'whsec_'

/**
 * The headers by which a receiver knows that a message is ours, unchanged and fresh: those of Standard Webhooks
 * (standardwebhooks.com), HMAC-SHA256 over id, time and body. A secret with the prefix `whsec_` is base64, any other is
 * taken as it is.
 */
export function signatureHeaders(
  secret: string,
  { id, unixSeconds, body }: { readonly id: string; readonly unixSeconds: number; readonly body: string },
): Record<string, string> {
  const key = secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : secret
  const signature = createHmac('sha256', key).update(`${id}.${unixSeconds}.${body}`).digest('base64')
  return { ...messageHeaders(id, unixSeconds), 'webhook-signature': `v1,${signature}` }
}

/** The id is the same in every attempt, so that a receiver can leave out what it already has. */
export function messageHeaders(id: string, unixSeconds: number): Record<string, string> {
  return { 'webhook-id': id, 'webhook-timestamp': String(unixSeconds) }
}
