import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REQUESTS } from '../../../src/simulator/requests/requests.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/simulator.md'), 'utf8')
/** Rows `| 1 | reqMktData | … |` of the table of requests. */
const documented = [...page.matchAll(/^\| (\d+) \| (\w+) \| (\S.*) \|$/gm)].map(
  ([, id, name]) => `${id} ${name}`,
)

test('docs/simulator.md has every request and no other, in the order of their ids, each with an answer', () => {
  const served = Object.entries(REQUESTS).map(([id, { name }]) => `${id} ${name}`)
  expect(documented).toEqual(served)
})
