import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { acceptsGzip } from '../compression.ts'
import type { Api } from '../refusals.ts'
import { pageFiles } from './page-files.ts'

/** Only style sheets, scripts and data of this server are allowed. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  'img-src data:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Adds the page. Its files are read once, here; browsers revalidate them on every request. */
export function addPage(app: Api): void {
  for (const { path, body, contentType } of pageFiles()) {
    // Weak: the same for the compressed form.
    const etag = `W/"${createHash('sha256').update(body).digest('base64url')}"`
    const headers = {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      ETag: etag,
    }
    const plain = new Uint8Array(body)
    let compressed: Uint8Array<ArrayBuffer> | undefined
    app.get(path, (context) => {
      if (isKnown(context.req.header('If-None-Match'), etag)) return context.body(null, 304, headers)
      const own = { ...headers, 'Content-Type': contentType, Vary: 'Accept-Encoding' }
      if (!acceptsGzip(context.req.header('Accept-Encoding'))) return context.body(plain, 200, own)
      compressed ??= new Uint8Array(gzipSync(body, { level: 9 }))
      return context.body(compressed, 200, { ...own, 'Content-Encoding': 'gzip' })
    })
  }
}

/** Whether the client has this version already. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = ifNoneMatch?.split(',').map((tag) => tag.trim()) ?? []
  return tags.includes(etag) || tags.includes('*')
}
