import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { blocksOf } from './page-commands.ts'
import { planOf } from './plan-command.ts'
import { documentPages, tryPages } from './try-pages.ts'

const root = resolve(import.meta.dirname, '../../..')
const blocks = documentPages(root).flatMap((page) => blocksOf(page, readFileSync(join(root, page), 'utf8')))

test('every block of the docs says what language it is in, so that no command is overlooked', () => {
  const unnamed = blocks.filter(({ language, line }) => language === '' && line > 0)
  expect(unnamed.map(({ page, line }) => `${page}:${line}`)).toEqual([])
  const hidden = documentPages(root).flatMap((page) =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^ *```(\w+).*\n((?:(?! *```).*\n)*)/gm)]
      .filter(([, language]) => language !== 'sh' && language !== 'console')
      .filter(([, , body]) => /^ *(?:npx |npm |optionlake |curl )\S/m.test(body ?? ''))
      .map(([, , body]) => `${page}: ${body?.split('\n')[0]}`),
  )
  expect(hidden).toEqual([])
})

test('few commands are not run: a suite of its own, and what needs systemd, root or Docker', () => {
  const all = blocks.flatMap(({ commands }) => commands)
  const plans = all.map((command) => planOf(command).kind)
  expect(all.length).toBeGreaterThan(230)
  expect(plans.filter((kind) => kind === 'not_run').length).toBeLessThan(all.length / 16)
  expect(plans.filter((kind) => kind === 'suite').length).toBeLessThan(all.length / 10)
})

// The rest of this page and the other pages are tried by `npm run test:docs`.
test('a newcomer gets through the first three steps of docs/getting-started.md', async () => {
  const page = 'docs/getting-started.md'
  const lastLine = readFileSync(join(root, page), 'utf8').split('\n').indexOf('## 4. Let it collect')
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-docs-'))
  const outcomes = await tryPages([page], { root, folder, lastLine })
  expect(outcomes.filter(({ fault }) => fault !== null)).toEqual([])
  expect(outcomes.length).toBeGreaterThan(8)
}, 420_000)
