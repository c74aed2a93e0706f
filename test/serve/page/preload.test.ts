import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const folder = resolve(import.meta.dirname, '../../../src/serve/page')

/** The modules that a module needs before it runs. */
function importsOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const text = readFileSync(file, 'utf8')
  for (const [, name] of text.matchAll(/^(?:import|export)\s[^'"]*'(\.[^']+\.js)'/gm)) {
    importsOf(resolve(dirname(file), name as string), seen)
  }
  return seen
}

test('the browser is told of every module of the frame before it has read the first', () => {
  const html = readFileSync(join(folder, 'index.html'), 'utf8')
  const told = [...html.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, name]) => name as string)
  const needed = [...importsOf(join(folder, 'main.js'))].map((file) => relative(folder, file))
  expect(needed.filter((name) => name !== 'main.js' && !told.includes(name))).toEqual([])
  expect(told.filter((name) => !existsSync(join(folder, name)))).toEqual([])
})

test('every view of the page is a module of its name, with its style sheet', async () => {
  const { VIEWS } = await import('../../../src/serve/page/views.js')
  expect(VIEWS).toHaveLength(9)
  for (const { name, title } of VIEWS) {
    const text = readFileSync(join(folder, `views/${name}/view.js`), 'utf8')
    expect(text).toContain(`name: '${name}'`)
    expect(text).toContain(`title: '${title}'`)
    expect(existsSync(join(folder, `views/${name}/view.css`))).toBe(true)
  }
})
