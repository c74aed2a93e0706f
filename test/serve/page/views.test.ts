import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { VIEWS } from '../../../src/serve/page/views.js'

const folder = resolve(import.meta.dirname, '../../../src/serve/page')

test('every view of the page is a module of its name, with its style sheet', async () => {
  expect(VIEWS).toHaveLength(9)
  for (const { name, title, load } of VIEWS) {
    const view = await load()
    expect([view.name, view.title]).toEqual([name, title])
    expect(existsSync(join(folder, `views/${name}/view.css`))).toBe(true)
  }
})
