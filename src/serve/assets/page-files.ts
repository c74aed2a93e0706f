import { readdirSync, readFileSync } from 'node:fs'
import { join, sep } from 'node:path'

/** One file of the page, as it is served. */
export interface PageFile {
  /** `/`, `/main.js` */
  readonly path: string
  readonly body: Buffer
  readonly contentType: string
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
}

/** As the build writes it: a few files. Beside the sources they are the modules themselves. */
const FOLDER = join(import.meta.dirname, '../page')

/** Every HTML, CSS and JavaScript file of the page. Reads them from disk. */
export function pageFiles(folder: string = FOLDER): PageFile[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const contentType = CONTENT_TYPES[name.slice(name.lastIndexOf('.') + 1)]
    if (contentType === undefined) return []
    return [{ path: pathOf(name), body: readFileSync(join(folder, name)), contentType }]
  })
}

function pathOf(name: string): string {
  return name === 'index.html' ? '/' : `/${name.split(sep).join('/')}`
}
