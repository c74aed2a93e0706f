import { expect, test } from 'vitest'
import { withOwnGreeksOfThisVersion } from '../../../src/analytics/volatility/older-greeks.ts'
import { withOwnGreeks } from '../../../src/analytics/volatility/own-greeks.ts'
import { DEFINITION_VERSION } from '../../../src/snapshot/definition-version.ts'
import { makeChain, range, SLOT, spyChain } from '../chains.ts'

const carry = { rateFraction: 0.04, dividends: [] }
const quoted = makeChain({ vol: () => 0.18, expiries: ['20261218'], strikes: range(660, 700, 10) })
const bare = quoted.map((row) => ({ ...row, iv: null, delta: null, greeks_source: null }))
const own = withOwnGreeks(spyChain(bare, SLOT), carry)
const question = { slot: SLOT, symbol: 'SPY', carry }

test('own volatility and greeks of an older version are solved anew, those of this version and of IB are not', () => {
  expect(own.every(({ greeks_source }) => greeks_source === 'own')).toBe(true)
  const wrong = { iv: 0.9, delta: 0.01, definition_version: DEFINITION_VERSION - 1 }
  const older = own.map((row) => ({ ...row, ...wrong }))
  const solved = withOwnGreeksOfThisVersion(older, question)
  expect(solved.map(({ iv, delta }) => [iv, delta])).toEqual(own.map(({ iv, delta }) => [iv, delta]))
  const today = own.map((row) => ({ ...row, iv: 0.9, definition_version: DEFINITION_VERSION }))
  expect(withOwnGreeksOfThisVersion(today, question)).toBe(today)
  const ofModel = older.map((row) => ({ ...row, greeks_source: 'ib_model' as const }))
  expect(withOwnGreeksOfThisVersion(ofModel, question)).toBe(ofModel)
})

test('an older row whose quote has no volatility today has none in figures', () => {
  const [first, ...rest] = own
  const older = { ...first!, bid: 0, definition_version: null }
  const [one, ...others] = withOwnGreeksOfThisVersion([older, ...rest], question)
  expect(one).toMatchObject({ iv: null, delta: null, greeks_source: null })
  expect(others).toEqual(rest)
})
