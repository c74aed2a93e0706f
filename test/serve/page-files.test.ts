import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pageFiles } from '../../src/serve/assets/page-files.ts'

/** As `npm test` has built it. */
const files = pageFiles(resolve(import.meta.dirname, '../../build/src/serve/page'))
const textOf = (path: string) => files.find((one) => one.path === path)?.body.toString() ?? ''

test('the page is one document, one style sheet and two scripts', () => {
  const names = files.map(({ path }) => path.replace(/-[\w-]{8}\.js$/, '-HASH.js')).sort()
  expect(names).toEqual(['/', '/main.js', '/other-views-HASH.js', '/styles.css'])
})

test('scripts load no files but those of the page', () => {
  for (const { path, body } of files.filter(({ path }) => path.endsWith('.js'))) {
    const loaded = [...body.toString().matchAll(/(?:\bfrom|\bimport\(|\bimport) ?["'`]([^"'`]+)["'`]/g)]
    expect(loaded.length, path).toBeGreaterThan(0)
    for (const [, name] of loaded) expect(textOf(join('/', name as string)), `${path}: ${name}`).not.toBe('')
  }
})

test('the script that the document names has the frame and the first view, the other one the rest and uPlot', () => {
  const others = files.find(({ path }) => path.startsWith('/other-views-'))?.body.toString() ?? ''
  expect(textOf('/')).toContain('src="main.js"')
  expect(textOf('/main.js')).toContain('/api/views/status')
  expect(textOf('/main.js')).not.toContain('/api/views/smile')
  expect(others).toContain('/api/views/smile')
  expect(others).toContain('https://github.com/leeoniya/uPlot')
  expect(others).toContain('MIT Licensed')
})

test('the style sheet has those of all views and of uPlot, and imports nothing', () => {
  const folder = resolve(import.meta.dirname, '../../src/serve/page')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const sheets = names.filter((name) => name.endsWith('.css') && name !== 'styles.css')
  expect(sheets.length).toBeGreaterThan(10)
  const served = textOf('/styles.css')
  for (const name of sheets) expect(served, name).toContain(readFileSync(join(folder, name), 'utf8').trim())
  expect(served).toContain('.u-over')
  expect(served).not.toContain('@import')
})

test('all files of the page are less than 150 kB compressed', () => {
  const bytes = files.reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0)
  expect(bytes).toBeLessThan(150_000)
})
