import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix, resolve } from 'node:path'
import { Hono } from 'hono'
import { beforeAll, expect, test } from 'vitest'
import { buildSite } from '../../../scripts/site/build-site.ts'
import { navigationOf } from '../../../scripts/site/navigation.ts'
import { pagesOf } from '../../../scripts/site/sources.ts'
import { addSite } from '../../../src/serve/assets/site-assets.ts'
import { siteFiles } from '../../../src/serve/assets/site-files.ts'
import type { Api } from '../../../src/serve/refusals.ts'

const root = resolve(import.meta.dirname, '../../..')
let site: string

/** Path → text of each page. */
const pages = new Map<string, string>()

beforeAll(() => {
  site = mkdtempSync(join(tmpdir(), 'optionlake-site-'))
  buildSite(root, site)
  for (const name of readdirSync(site).filter((one) => one.endsWith('.html')))
    pages.set(name, readFileSync(join(site, name), 'utf8'))
})

const anchorsOf = (html: string) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id))

test('every link, anchor and image of the site leads to something in it', () => {
  const files = new Set(readdirSync(site, { recursive: true, encoding: 'utf8' }))
  const anchors = new Map([...pages].map(([name, html]) => [name, anchorsOf(html)]))
  const broken = [...pages].flatMap(([name, html]) =>
    [...html.matchAll(/ (?:href|src)="([^"]*)"/g)]
      .map(([, target]) => decodeURIComponent(target ?? ''))
      .filter((target) => !/^(https?|data):/.test(target) && target !== '../')
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const to = path === '' ? name : posix.normalize(path)
        return !files.has(to) || (anchor !== undefined && !anchors.get(to)?.has(anchor))
      })
      .map((target) => `${name}: ${target}`),
  )
  expect(pages.size).toBeGreaterThan(25)
  expect(broken).toEqual([])
})

test('the contents name every page once', () => {
  const named = navigationOf(root).flatMap(({ pages }) => pages.map(({ source }) => source))
  const expected = [...pagesOf(root).keys()].filter((source) => source !== 'docs/README.md')
  expect(named.toSorted()).toEqual(expected.toSorted())
})

test('no page has a script or a style of its own', () => {
  const inline = [...pages].filter(([, html]) => /<style|<script(?![^>]* src=)| style=| on[a-z]+=/.test(html))
  expect(inline.map(([name]) => name)).toEqual([])
})

test('the daemon serves the site below /docs, and says what to do where it is not built', async () => {
  const app: Api = new Hono()
  addSite(app, () => siteFiles(site))
  expect((await app.request('/docs')).headers.get('Location')).toBe('/docs/')
  const first = await app.request('/docs/')
  expect(await first.text()).toBe(pages.get('index.html'))
  expect(first.headers.get('Content-Security-Policy')).toContain("default-src 'none'; style-src 'self'")
  const tag = first.headers.get('ETag') ?? ''
  expect((await app.request('/docs/', { headers: { 'If-None-Match': tag } })).status).toBe(304)
  expect((await app.request('/docs/page.png')).headers.get('Content-Type')).toBe('image/png')
  for (const path of ['/docs/none.html', '/docs/..%2f..%2fpackage.json', '/docs/scenarios'])
    expect((await app.request(path)).status, path).toBe(404)

  const unbuilt: Api = new Hono()
  addSite(unbuilt, () => siteFiles(join(site, 'nowhere')))
  expect(await (await unbuilt.request('/docs/')).json()).toMatchObject({
    error: { message: 'the documentation is not built: run npm run build' },
  })
})
