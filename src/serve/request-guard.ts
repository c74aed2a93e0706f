import type { IncomingHttpHeaders } from 'node:http'

/** What of a request is looked at before it is routed. */
export interface RequestHead {
  readonly method: string
  /** The target as it stood in the request line. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
}

/** Why a request is not answered. The message never repeats what the request said. */
export interface Refusal {
  readonly status: 400 | 403 | 404 | 405 | 413 | 414 | 500
  readonly code: string
  readonly message: string
}

const LONGEST_TARGET = 1_024

/**
 * Null for a request that may be routed. A page of another origin must not read this lake through a browser: a foreign
 * Host is a name that was pointed at this machine (DNS rebinding), a foreign Origin is that page itself.
 */
export function refusalOf(
  { method, target, headers }: RequestHead,
  allowedHosts: readonly string[],
): Refusal | null {
  const host = headers.host
  if (host === undefined || !allowedHosts.includes(nameOf(host))) {
    return {
      status: 403,
      code: 'foreign_host',
      message: 'this name is not in http.allowedHosts',
    }
  }
  if (headers.origin !== undefined && !isAllowedOrigin(headers.origin, allowedHosts)) {
    return { status: 403, code: 'foreign_origin', message: 'pages of other origins are not answered' }
  }
  if (method !== 'GET') return { status: 405, code: 'method_not_allowed', message: 'only GET is answered' }
  if (hasBody(headers)) return { status: 413, code: 'body_not_allowed', message: 'a GET has no body here' }
  if (target.length > LONGEST_TARGET) {
    return {
      status: 414,
      code: 'target_too_long',
      message: `the target has over ${LONGEST_TARGET} characters`,
    }
  }
  return target.startsWith('/') && !target.startsWith('//')
    ? null
    : { status: 400, code: 'bad_target', message: 'the target must be a path' }
}

/** The name in a Host header, in small letters, without its port and final dot. */
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
