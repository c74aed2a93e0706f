import { readFileSync } from 'node:fs'

/** The blocks of code below a heading of a page: those in one language. */
export function codeBelow(page: string, heading: string, language: string): string[] {
  const lines = readFileSync(page, 'utf8').split('\n')
  const from = lines.indexOf(`### ${heading}`)
  if (from < 0) throw new RangeError(`${page} has no heading ${heading}`)
  const to = lines.findIndex((line, at) => at > from && /^##+ /.test(line))
  const section = lines.slice(from, to < 0 ? undefined : to).join('\n')
  return [...section.matchAll(/^```(\w*)\n(.*?)^```/gms)].flatMap(([, name, code]) =>
    name === language ? [code ?? ''] : [],
  )
}
