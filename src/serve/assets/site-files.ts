import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'

/** The documentation as `npm run site` has built it. */
export interface SiteFiles {
  /** The file at a path such as `numbers.html`, and its type; null if there is none. */
  find(path: string): { readonly file: string; readonly contentType: string } | null
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
}
const PLAIN_TEXT = 'text/plain; charset=utf-8'

/** Lists the files of a folder; none if it does not exist. */
export function siteFiles(folder: string = builtSite()): SiteFiles {
  const names = existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => join(parentPath, name))
    : []
  const known = new Map(
    names.map((file) => [
      file
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
      file,
    ]),
  )
  return {
    find(path) {
      const file = known.get(path)
      if (file === undefined) return null
      return { file, contentType: CONTENT_TYPES[path.slice(path.lastIndexOf('.') + 1)] ?? PLAIN_TEXT }
    },
  }
}

/** dist/site of the package, wherever in it this module runs. */
function builtSite(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder)
  return join(folder, 'dist/site')
}
