import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { wholePage } from './layout.ts'
import { navigationOf } from './navigation.ts'
import { renderPage } from './render.ts'
import { searchEntries } from './search-index.ts'
import { filePath, linkedPath, pagesOf } from './sources.ts'

/** The site's own style sheet and script. */
const OWN_FILES = ['site.css', 'site.js']

/**
 * Writes every page, and every file of the repository that a page links to, into a folder, which is replaced.
 * @throws Error naming the page and the target of a link that leads nowhere.
 */
export function buildSite(root: string, into: string): void {
  const pages = pagesOf(root)
  const navigation = navigationOf(root)
  const files = new Set<string>()
  const pathOf = (source: string) => pages.get(source) ?? filePath(source)
  rmSync(into, { recursive: true, force: true })
  mkdirSync(into, { recursive: true })
  const entries = [...pages].flatMap(([source, path]) => {
    const page = renderPage(readFileSync(join(root, source), 'utf8'), (target) => {
      if (/^([a-z]+:|#)/.test(target)) return target
      const [to = '', anchor] = target.split('#')
      const linked = linkedPath(source, to)
      if (!existsSync(join(root, linked)))
        throw new Error(`${source} links to ${target}, which does not exist`)
      if (!pages.has(linked)) files.add(linked)
      return pathOf(linked) + (anchor === undefined ? '' : `#${anchor}`)
    })
    writeFileSync(join(into, path), wholePage(page, { navigation, path, pathOf }))
    return searchEntries(path, page)
  })
  for (const file of files) {
    const target = join(into, filePath(file))
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(root, file), target)
  }
  for (const name of OWN_FILES) cpSync(join(root, 'scripts/site', name), join(into, name))
  writeFileSync(join(into, 'search.json'), JSON.stringify(entries))
}
