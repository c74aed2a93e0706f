import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { pageFiles, withoutDocComments } from '../../src/serve/assets/page-files.ts'

const folder = resolve(import.meta.dirname, '../../src/serve/page')

test('scripts are served line by line as they are, but for the lines of doc comments', () => {
  const scripts = pageFiles().filter(({ path }) => path.endsWith('.js') && !path.startsWith('/vendor/'))
  expect(scripts.length).toBeGreaterThan(40)
  for (const { path, body } of scripts) {
    const source = readFileSync(join(folder, path), 'utf8').split('\n')
    const served = body.toString().split('\n')
    expect(served.length, path).toBe(source.length)
    const emptied = source.filter((line, at) => served[at] !== line)
    expect(
      emptied.filter((line) => !/^\s*(\/\*\*|\*)/.test(line) && !/^\s+\S.*\*\/$/.test(line)),
      path,
    ).toEqual([])
    expect(
      served.filter((line, at) => line !== '' && line !== source[at]),
      path,
    ).toEqual([])
  }
})

test('a cast and a comment between code stay', () => {
  const code =
    "/** The sum. */\nconst a = /** @type {any} */ (b)\n/** @type {any} */ (c).d = 1\n// why\nconst e = '/** no */'\n"
  expect(withoutDocComments(code)).toBe(code.replace('/** The sum. */', ''))
})

test('all files of the page are less than 150 kB compressed', () => {
  const bytes = pageFiles().reduce((sum, { body }) => sum + gzipSync(body, { level: 9 }).length, 0)
  expect(bytes).toBeLessThan(150_000)
})
