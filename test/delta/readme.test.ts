import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { temporaryFolder } from '../lake/lakes.ts'

afterEach(() => vi.unstubAllEnvs())

test('the example of the README runs and prints what the README says', async () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../src/delta/README.md'), 'utf8')
  const text = readFileSync(resolve(import.meta.dirname, 'example.ts'), 'utf8')
  expect(page).toContain(
    `\`\`\`ts\n${text.replace("'../../src/delta/index.ts'", "'optionlake/delta'")}\`\`\``,
  )
  vi.stubEnv('TABLE', join(temporaryFolder(), 'prices'))
  const print = vi.spyOn(console, 'log').mockImplementation(() => {})
  await import('./example.ts')
  const printed = print.mock.calls.map((words) => words.join(' '))
  print.mockRestore()
  expect(page).toContain(`\`\`\`\n${printed.join('\n')}\n\`\`\``)
})
