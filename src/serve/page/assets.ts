import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Api } from '../refusals.ts'

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

const ASSETS = [
  { path: '/', file: 'index.html', contentType: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', contentType: 'text/css; charset=utf-8' },
  { path: '/page.js', file: 'page.js', contentType: 'text/javascript; charset=utf-8' },
]

/** Adds the dashboard. Its files are read once, here; browsers revalidate them on every request. */
export function addPage(app: Api): void {
  for (const { path, file, contentType } of ASSETS) {
    const body = readFileSync(join(import.meta.dirname, file), 'utf8')
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
    const headers = {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      ETag: etag,
    }
    app.get(path, (context) =>
      context.req.header('If-None-Match') === etag
        ? context.body(null, 304, headers)
        : context.body(body, 200, { ...headers, 'Content-Type': contentType }),
    )
  }
}
