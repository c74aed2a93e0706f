import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/simulator.md'), 'utf8')
/** Rows `| 1 | reqMktData | … |` of the table of requests. */
const documented = [...page.matchAll(/^\| (\d+) \| (\w+) \| (\S.*) \|$/gm)].map(
  ([, id, name]) => `${id} ${name}`,
)

test('docs/simulator.md has every request with its name and its answer', () => {
  const served = Object.entries(REQUESTS).map(([id, { name }]) => `${id} ${name}`)
  expect(served.filter((request) => !documented.includes(request))).toEqual([])
})

test('docs/simulator.md names each request once, in the order of their ids', () => {
  const ids = documented.map((request) => Number.parseInt(request, 10))
  expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b))
})
