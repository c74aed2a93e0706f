import type { IncomingHttpHeaders } from 'node:http'

/** The parts of a request that are checked before routing. */
export interface RequestHead {
  readonly method: string
  /** As sent in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

/** Why a request is refused. The message never repeats any part of the request. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 405 | 413 | 414 | 500 | 503
  readonly code: string
  readonly message: string
}

/** What is said to a request for a host that is not this one. */
export const FOREIGN_HOST = {
  code: 'foreign_host',
  message: 'the host name is not in http.allowedHosts',
} as const

const MAX_TARGET_LENGTH = 1_024

/**
 * Null if the request may be routed. Pages of other sites must not read this lake through a browser. They show as a
 * foreign Host, when their name resolves to this machine (DNS rebinding), or as a foreign Origin.
 */
export function refusalOf(
  { method, target, headers }: RequestHead,
  allowedHosts: readonly string[],
): Refusal | null {
  const host = headers.host
  if (host === undefined || !allowedHosts.includes(nameOf(host))) {
    return { status: 403, ...FOREIGN_HOST }
  }
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, allowedHosts)) {
    return { status: 403, code: 'foreign_origin', message: 'the origin is not in http.allowedHosts' }
  }
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, code: 'method_not_allowed', message: 'only GET and HEAD are allowed' }
  if (hasBody(headers))
    return { status: 413, code: 'body_not_allowed', message: 'a request must not have a body' }
  if (target.length > MAX_TARGET_LENGTH) {
    return {
      status: 414,
      code: 'target_too_long',
      message: `the target is longer than ${MAX_TARGET_LENGTH} characters`,
    }
  }
  return target.startsWith('/') && !target.startsWith('//')
    ? null
    : { status: 400, code: 'bad_target', message: 'the target must be a path' }
}

/** The name in a Host header, in lower case, without port and final dot. */
function nameOf(host: string): string {
  const name = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/@\s]+?)\.?(?::\d{1,5})?$/.exec(host)?.[1]
  return name?.toLowerCase() ?? ''
}

function isAllowedOrigin(origin: string, allowedHosts: readonly string[]): boolean {
  const host = /^https?:\/\/([^/?#]+)$/.exec(origin)?.[1]
  return host !== undefined && allowedHosts.includes(nameOf(host))
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}
