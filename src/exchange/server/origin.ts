import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a request may come from where it says: pages of other sites must not reach the exchange through a browser.
 * They show as a foreign Host, when their name resolves to this machine, or as a foreign Origin.
 */
export function isAllowedSource(
  { host, origin }: Pick<IncomingHttpHeaders, 'host' | 'origin'>,
  allowedHosts: ReadonlySet<string>,
): boolean {
  if (host === undefined || !allowedHosts.has(nameOf(host))) return false
  if (origin === undefined) return true
  const from = /^(?:https?|wss?):\/\/([^/?#]+)$/.exec(origin)?.[1]
  return from !== undefined && allowedHosts.has(nameOf(from))
}

/** The name in a Host header, in lower case, without port and final dot. */
function nameOf(host: string): string {
  const name = /^(\[[0-9a-fA-F:.]+\]|[^:[\]/@\s]+?)\.?(?::\d{1,5})?$/.exec(host)?.[1]
  return name?.toLowerCase() ?? ''
}
