import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { compareAll } from '../scripts/references/compare.ts'
import { quantileOf } from '../scripts/references/comparison.ts'
import { referencesPage } from '../scripts/references/page.ts'

const root = resolve(import.meta.dirname, '..')
const comparisons = compareAll(root)

test('the page of references says what the code gives', () => {
  const page = readFileSync(join(root, 'docs/references.md'), 'utf8')
  expect(page, 'npm run references writes it').toBe(referencesPage(comparisons))
})

test('every reference is met within its bound, at the 99th percentile', () => {
  const missed = comparisons
    .filter((one) => !(quantileOf(one, 0.99) <= one.atMost))
    .map((one) => `${one.reference}, ${one.figure}: ${quantileOf(one, 0.99)} above ${one.atMost}`)
  expect(missed).toEqual([])
})
