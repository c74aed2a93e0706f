import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { explainMissingPackage } from '../../src/process/missing-package.ts'

const require = createRequire(import.meta.url)

function errorOf(name: string): unknown {
  try {
    return require(name)
  } catch (error) {
    return error
  }
}

test('a package that is not installed is named, with what to do', async () => {
  expect(explainMissingPackage(errorOf('@duckdb/node-bindings-none-x64/duckdb.node'))).toMatch(
    /^@duckdb\/node-bindings-none-x64 is not installed: install optionlake again without --omit=optional/,
  )
  expect(explainMissingPackage(errorOf('nodejs-polars-none'))).toMatch(
    /^nodejs-polars-none is not installed: /,
  )
})

test('a file that is missing, and any other error, is not about a package', () => {
  expect(explainMissingPackage(errorOf('./nowhere.cjs'))).toBeNull()
  expect(explainMissingPackage(new Error('Cannot find module'))).toBeNull()
  expect(explainMissingPackage(undefined)).toBeNull()
})
