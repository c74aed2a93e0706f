/** Builds the documentation as web pages: `npm run site` writes dist/site, which the daemon serves under /docs. */
import { resolve } from 'node:path'
import { buildSite } from './site/build-site.ts'

// Runs from build/scripts.
const root = resolve(import.meta.dirname, '../..')
buildSite(root, resolve(root, 'dist/site'))
