import { expect, test } from 'vitest'
import type { SimContract } from '../../../src/simulator/market/market.ts'
import { lackingEntitlement } from '../../../src/simulator/requests/entitlement.ts'
import { OPTIONS, SPY, VIX } from '../stub-market.ts'
import { bench } from './recording-client.ts'

const codeOf = (contract: SimContract, state: Parameters<typeof lackingEntitlement>[1]) =>
  lackingEntitlement(contract, state)?.error.code

test('the account sees everything unless its settings say otherwise', () => {
  const { state } = bench()
  expect([SPY, VIX, OPTIONS[0]!].map((contract) => codeOf(contract, state))).toEqual([
    ...[undefined, undefined, undefined],
  ])
})

test('indices need their own subscription: by kind, exchange and symbol', () => {
  const { state } = bench({}, { notEntitled: [{ kind: 'IND', exchange: 'CBOE' }] })
  expect([SPY, VIX, OPTIONS[0]!].map((contract) => codeOf(contract, state))).toEqual([
    ...[undefined, 354, undefined],
  ])
  const delayed = bench({}, { notEntitled: [{ symbol: 'SPY', kind: 'STK', code: 10_167 }] }).state
  expect(lackingEntitlement(SPY, delayed)).toMatchObject({ hasData: true, isDelayed: true })
  expect(lackingEntitlement(VIX, delayed)).toBeNull()
})

test('the fault is one of all options, or of those of one symbol', () => {
  const { state } = bench()
  state.injected.set('entitlement', { kind: 'entitlement', code: 10_090, symbol: 'SPY' })
  expect(codeOf(OPTIONS[0]!, state)).toBe(10_090)
  expect(codeOf(SPY, state)).toBeUndefined()
  state.injected.set('entitlement', { kind: 'entitlement', code: 354, symbol: 'SPX' })
  expect(codeOf(OPTIONS[0]!, state)).toBeUndefined()
})
