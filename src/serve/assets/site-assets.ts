import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type Api, refuse } from '../refusals.ts'
import { isKnown } from './page-assets.ts'
import { type SiteFiles, siteFiles } from './site-files.ts'

/** As that of the page, and images of this server. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Adds the documentation below /docs. Its files are listed at the first request, and read when they are asked for. */
export function addSite(app: Api, openFiles: () => SiteFiles = siteFiles): void {
  let files: SiteFiles | undefined
  // Relative links need the slash.
  app.get('/docs', (context) => context.redirect('/docs/', 301))
  app.get('/docs/*', async (context) => {
    files ??= openFiles()
    const path = context.req.path.slice('/docs/'.length) || 'index.html'
    const found = files.find(path)
    if (!found) {
      const message = files.find('index.html')
        ? 'no such page of the documentation'
        : 'the documentation is not built: run npm run build'
      return refuse(context, { status: 404, code: 'not_found', message })
    }
    const body = new Uint8Array(await readFile(found.file))
    // Weak: the same for the compressed form.
    const etag = `W/"${createHash('sha256').update(body).digest('base64url')}"`
    const headers = {
      'Cache-Control': 'no-cache',
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      ETag: etag,
    }
    if (isKnown(context.req.header('If-None-Match'), etag)) return context.body(null, 304, headers)
    return context.body(body, 200, { ...headers, 'Content-Type': found.contentType })
  })
}
