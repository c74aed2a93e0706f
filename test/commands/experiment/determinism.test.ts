import { readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { EXIT } from '../../../src/process/failure.ts'
import { run, temporaryFolder } from '../../e2e/program.ts'
import { expectToFollow } from '../../support/published-schema.ts'

const QUIET = resolve(import.meta.dirname, '../../../docs/quiet-market.json')

/** Buys at a random step: a strategy that nobody can repeat. */
const RANDOM = `export default {
  name: 'random', description: 'buys now and then', mode: 'active',
  decide: (step, { ask }) => Math.random() < 0.5 || ask === null ? [] : [{ kind: 'order', side: 'BUY', price: ask, qty: 100 }],
}\n`

test('runs that are made twice are equal, and a strategy that is not repeatable is found at its first difference', async () => {
  const strategy = join(temporaryFolder(), 'random.mjs')
  writeFileSync(strategy, RANDOM)
  const check = (...args: string[]) =>
    run(['experiment', 'determinism', '--scenario', QUIET, '--steps', '40', ...args])
  const ended = await check('--experiment', 'price_mid', 'passive', strategy)
  expect(ended.code).toBe(EXIT.io)
  expect(ended.stdout).toMatch(/^quiet_market +price_mid +1 +41 +none$/m)
  expect(ended.stdout).toMatch(/^quiet_market +passive +1 +41 +none$/m)
  expect(ended.stdout).toMatch(/^quiet_market +random +1 +\d+ +step \d+, action: /m)
  expect(ended.stderr).toContain('1 run not equal when made twice; the first: quiet_market random: equal in ')
  const asJson = await check('--experiment', 'passive', '--json')
  expectToFollow('experiment determinism', asJson.stdout)
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith('optionlake-determinism-'))).toEqual([])
})
