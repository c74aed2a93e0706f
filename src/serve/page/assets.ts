import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
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

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** Adds the page. Its files are read once, here; browsers revalidate them on every request. */
export function addPage(app: Api): void {
  for (const { path, file } of assets()) {
    const body = readFileSync(file, 'utf8')
    const etag = `"${createHash('sha256').update(body).digest('base64url')}"`
    const headers = {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      ETag: etag,
    }
    app.get(path, (context) =>
      context.req.header('If-None-Match') === etag
        ? context.body(null, 304, headers)
        : context.body(body, 200, { ...headers, 'Content-Type': TYPES[extname(file)] ?? '' }),
    )
  }
}

function assets(): { path: string; file: string }[] {
  const folder = import.meta.dirname
  const own = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => extname(name) in TYPES && name !== 'assets.js')
    .map((name) => ({ path: name === 'index.html' ? '/' : `/${name}`, file: join(folder, name) }))
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'))
  return [
    ...own,
    { path: '/vendor/uplot.js', file: join(uplot, 'uPlot.iife.min.js') },
    { path: '/vendor/uplot.css', file: join(uplot, 'uPlot.min.css') },
  ]
}
