import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The files of this program, whose lines say nothing to the author of a strategy. */
const PROGRAM = new URL('../../', import.meta.url).href

/**
 * What code of a user has thrown, as one line: `FILE:LINE: TypeError: the message`. The place is the innermost one that is
 * neither in this program nor in a package; without one the line has none.
 */
export function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return `threw ${preview(thrown)}`
  const [message = ''] = cut(thrown.message, 200).split('\n')
  const place = placeOfImport(thrown) ?? placeInStack(thrown)
  return `${place === null ? '' : `${place}: `}${thrown.name}: ${message}`
}

/** `file:///a/b.ts:3:7` or `/a/b.ts:3:7` at the end of a line of a stack. */
const PLACE = /(?<=^|[\s(])(?:(file:\/\/\S+?)|(\/[^\s:]+)):(\d+)(?::\d+)?\)?$/gm

function placeInStack({ stack = '' }: Error): string | null {
  for (const [, url, path, line] of stack.matchAll(PLACE)) {
    if (url?.startsWith(PROGRAM)) continue
    const file = url === undefined ? (path as string) : fileURLToPath(url)
    if (!file.includes('/node_modules/')) return `${file}:${line}`
  }
  return null
}

/** Where a module that cannot be found is imported: Node names the file, but not the line. */
function placeOfImport({ message }: Error): string | null {
  const { wanted, importer } =
    /^Cannot find (?:module|package) '(?<wanted>[^']+)' imported from (?<importer>\/.+)$/.exec(message)
      ?.groups ?? {}
  if (wanted === undefined || importer === undefined) return null
  const name = wanted.startsWith('/') ? wanted.slice(wanted.lastIndexOf('/') + 1) : wanted
  const lines = readFileSync(importer, 'utf8').split('\n')
  const at = lines.findIndex((line) => /\b(?:from|import)\b/.test(line) && line.includes(name))
  return at < 0 ? importer : `${importer}:${at + 1}`
}

function preview(value: unknown): string {
  return cut(typeof value === 'string' ? JSON.stringify(value) : String(value), 80)
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
