import { readdirSync } from 'node:fs'
import { join, posix } from 'node:path'

/** Pages outside docs/, and what they are called on the site. */
const OTHER_PAGES: Readonly<Record<string, string>> = {
  'README.md': 'index.html',
  'CHANGELOG.md': 'changelog.html',
  'CONTRIBUTING.md': 'contributing.html',
  'docs/README.md': 'contents.html',
  'src/delta/README.md': 'delta.html',
}

/** What becomes a page: path in the repository → path on the site. */
export function pagesOf(root: string): ReadonlyMap<string, string> {
  const docs = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md') && name !== 'README.md')
  return new Map([
    ...Object.entries(OTHER_PAGES),
    ...docs.map((name): [string, string] => [`docs/${name}`, name.replace(/\.md$/, '.html')]),
  ])
}

/**
 * Where a file of the repository is on the site: those of docs/ beside the pages, others below files/. One without
 * extension, such as LICENSE, is text.
 */
export function filePath(source: string): string {
  const path = source.startsWith('docs/') ? source.slice('docs/'.length) : `files/${source}`
  return posix.extname(path) === '' ? `${path}.txt` : path
}

/** The path in the repository that a relative link of a page leads to. */
export function linkedPath(page: string, target: string): string {
  return posix.normalize(posix.join(posix.dirname(page), target))
}
