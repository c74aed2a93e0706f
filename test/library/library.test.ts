import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import * as library from '../../src/index.ts'
import { append } from '../../src/lake/append.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { after, chain, slotOf } from '../lake/slots.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/library.md'), 'utf8')
const example = readFileSync(resolve(import.meta.dirname, 'example.ts'), 'utf8')

afterEach(() => vi.unstubAllEnvs())

test('the example of docs/library.md runs', async () => {
  const shown = example.replace("'../../src/index.ts'", "'optionlake'")
  expect(page).toContain(`\`\`\`ts\n${shown}\`\`\``)
  const lake = await temporaryLake()
  for (const n of [0, 12]) await append(lake, slotOf({ SPY: chain(200) }, after(n)))
  vi.stubEnv('LAKE', lake.layout.root)
  const print = vi.spyOn(console, 'log').mockImplementation(() => {})
  await import('./example.ts')
  const printed = print.mock.calls.map((words) => words.join(' '))
  print.mockRestore()
  expect(printed.slice(0, 2)).toEqual([
    '400 rows in 2 slots',
    '200 contracts, the nearest expiry is 20261120',
  ])
  expect(printed).toContain('40 contracts then, 2 quotes of one since')
  expect(printed.at(-1)).toMatch(/^20261120,/)
})

test('every function of the library is described in docs/library.md', () => {
  const functions = Object.entries(library).filter(([, value]) => typeof value === 'function')
  expect(functions.map(([name]) => name).filter((name) => !page.includes(`\`${name}`))).toEqual([])
})
