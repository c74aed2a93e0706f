import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { linkedPath } from './sources.ts'

/** A heading of the contents with its pages, in the order of reading. */
export interface Section {
  readonly title: string
  readonly pages: readonly { readonly title: string; readonly source: string }[]
}

const CONTENTS = 'docs/README.md'

/** The navigation is the page docs/README.md: its headings, and the first link of each item below them. */
export function navigationOf(root: string): Section[] {
  const [, ...parts] = readFileSync(join(root, CONTENTS), 'utf8').split(/^## /m)
  return parts.map((part) => ({
    title: part.slice(0, part.indexOf('\n')).trim(),
    pages: [...part.matchAll(/^- \[([^\]]+)\]\(([^)]+)\)/gm)].map(([, title = '', target = '']) => ({
      title,
      source: linkedPath(CONTENTS, target),
    })),
  }))
}
