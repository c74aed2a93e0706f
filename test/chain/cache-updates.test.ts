import { mkdirSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { emptyCache, withClasses, withContracts, withLearned } from '../../src/chain/cache-updates.ts'
import { carryOver, chainOf } from '../../src/chain/chain.ts'
import {
  type ChainCache,
  chainCachePath,
  readChainCache,
  writeChainCache,
} from '../../src/chain/chain-cache.ts'
import { expirationKey } from '../../src/chain/expiration.ts'
import { universeOptions } from '../../src/chain/universe.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import type { OptionContract } from '../../src/market/contract.ts'
import { usStock } from '../../src/market/instruments.ts'
import { conId, type ExpiryDate, expiryDate, sessionDate } from '../../src/market/units.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const FRIDAY = sessionDate('2026-11-20')
const MONDAY = sessionDate('2026-11-23')
const [NOV20, NOV23, NOV27] = ['20261120', '20261123', '20261127'].map(expiryDate) as [
  ReturnType<typeof expiryDate>,
  ReturnType<typeof expiryDate>,
  ReturnType<typeof expiryDate>,
]
const at = (date: typeof FRIDAY, clock = '09:10') => newYorkInstant(date, clock)
const options = universeOptions.parse({ policy: 'plain', plainExpirations: 3 })
const instrument = usStock('SPY')
const spy = (expiry: ExpiryDate) => ({ expiry, tradingClass: 'SPY' })
const keyOf = (expiry: ExpiryDate) => expirationKey(spy(expiry))
const classesOf = (expirations: readonly ExpiryDate[]) => [
  { tradingClass: 'SPY', multiplier: 100, expirations },
]
const underlying = {
  ...({ symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD' } as const),
  conId: conId(756_733),
}

function contract(id: number, expiry = NOV27, strike = 600 + id): OptionContract {
  const shared = { symbol: 'SPY', tradingClass: 'SPY', multiplier: 100, exchange: 'SMART', currency: 'USD' }
  return { ...shared, conId: conId(id), expiry, strike, right: 'C' }
}

const listed = (ids: readonly number[], isWhole = true) => ({
  contracts: ids.map((id) => contract(id)),
  hours: null,
  isWhole,
})

function friday(): ChainCache {
  const terms = { at: at(FRIDAY), today: FRIDAY, options, instrument }
  const cache = withClasses(emptyCache(underlying, FRIDAY), classesOf([NOV20, NOV23, NOV27]), terms)
  const known = withContracts(cache, spy(NOV27), listed([1, 2, 3]), at(FRIDAY))
  const today = { contracts: [contract(9, NOV20)], hours: null, isWhole: true }
  const learned = {
    ...{ date: FRIDAY, openInterest: new Map([[conId(1), 500]]), refused: [] },
    windows: [{ price: 600, volFraction: 0.2 }],
  }
  return withLearned(withContracts(known, spy(NOV20), today, at(FRIDAY)), learned)
}

const idsOf = ({ contracts }: ChainCache) => contracts.get(keyOf(NOV27))?.map((one) => one.conId)

test('a later list adds new contracts; known ones keep ids and open interest, and missing ones are marked', () => {
  const later = withContracts(friday(), spy(NOV27), listed([2, 3, 4]), at(FRIDAY, '12:46'))
  expect(idsOf(later)).toEqual([2, 3, 4, 1])
  expect(later.unlisted).toEqual([1])
  expect(later.openInterest.get(conId(1))).toBe(500)
  const again = withContracts(later, spy(NOV27), listed([1, 2, 3, 4]), at(FRIDAY, '12:50'))
  expect(again.unlisted).toEqual([])
})

test('a list that broke off never makes the known list smaller, and does not count as one of the day', () => {
  const today = carryOver(friday(), MONDAY)
  const partly = withContracts(today, spy(NOV27), listed([2, 5], false), at(MONDAY))
  expect(idsOf(partly)).toEqual([2, 5, 1, 3])
  expect(partly.unlisted).toEqual([])
  expect(chainOf(partly, { today: MONDAY, options, instrument }).completeness).toMatchObject({
    ...{ earlier: [spy(NOV27)], partial: [], earlierDate: FRIDAY },
  })
})

test('an unlisted contract stays until the gateway refuses it; a listed one stays even then', () => {
  const later = withContracts(friday(), spy(NOV27), listed([2, 3]), at(FRIDAY, '12:46'))
  const refused = [contract(1), contract(2)]
  const after = withLearned(later, { date: FRIDAY, openInterest: new Map(), windows: [], refused })
  expect([idsOf(after), after.unlisted]).toEqual([[2, 3], []])
})

test('the next day has the list of the last one, without what has expired, known open interest and windows', () => {
  const { cache, completeness, contracts } = chainOf(friday(), { today: MONDAY, options, instrument })
  expect(contracts.map((one) => one.conId)).toEqual([1, 2, 3])
  expect(completeness).toEqual({
    ...{ isKnown: false, missing: [spy(NOV23)], partial: [] },
    ...{ earlier: [spy(NOV27)], earlierDate: FRIDAY },
  })
  expect([cache.openInterest.size, cache.windows]).toEqual([0, []])
})

test('a cache is read as it was written, empty and partial lists included', () => {
  const path = chainCachePath(temporaryFolder(), 'SPY')
  const partly = withContracts(friday(), spy(NOV27), listed([2, 5], false), at(FRIDAY, '12:46'))
  const cache = withContracts(partly, spy(NOV23), { contracts: [], hours: null, isWhole: true }, at(FRIDAY))
  writeChainCache(path, cache)
  const read = readChainCache(path)
  expect(read?.listings).toEqual(cache.listings)
  expect(idsOf(read as ChainCache)).toEqual(idsOf(cache))
  expect(chainOf(read as ChainCache, { today: FRIDAY, options, instrument }).completeness).toEqual(
    chainOf(cache, { today: FRIDAY, options, instrument }).completeness,
  )
})

test('a cache of version 1 is read: its lists count as made at the start of its date', () => {
  const path = chainCachePath(temporaryFolder(), 'SPY')
  const one = { tradingClass: 'SPY', multiplier: 100, exchange: 'SMART', currency: 'USD' }
  const old = {
    ...{ version: 1, date: FRIDAY, underlying, expirations: [NOV20, NOV27], skippedClasses: ['2SPY'] },
    ...{ contracts: [{ expiry: NOV27, ...one, listed: [[1, 601, 'C']] }], admitted: [NOV27] },
    ...{ hours: null, openInterest: [[1, 500]], windows: [] },
  }
  writeFileSync(path, JSON.stringify(old))
  const read = readChainCache(path)
  const startOfDay = newYorkInstant(FRIDAY, '00:00')
  expect(read).toMatchObject({ expirationsListedAt: startOfDay, unlisted: [], admitted: [keyOf(NOV27)] })
  expect(read?.listings).toEqual(new Map([[keyOf(NOV27), { at: startOfDay, isWhole: true }]]))
  expect(read?.openInterest).toEqual(new Map([[1, 500]]))
  expect(read && chainOf(read, { today: FRIDAY, options, instrument }).completeness).toMatchObject({
    ...{ missing: [spy(NOV20)], earlier: [], earlierDate: null },
  })
})

test('an expiration that a later list lacks stays while contracts of it are known', () => {
  const list = (expirations: readonly (typeof NOV20)[]) =>
    withClasses(friday(), classesOf(expirations), {
      at: at(FRIDAY, '12:46'),
      today: FRIDAY,
      options,
      instrument,
    })
  const chosen = (cache: ChainCache) =>
    chainOf(cache, { today: FRIDAY, options, instrument }).expirations.map(({ expiry }) => expiry)
  // Nothing is known of the one on Monday but its date.
  expect(chosen(list([NOV27]))).toEqual([NOV20, NOV27])
  expect(chosen(list([]))).toEqual([NOV20, NOV27])
  const refused = [contract(9, NOV20)]
  const terms = { date: FRIDAY, openInterest: new Map(), windows: [] }
  const gone = withContracts(
    list([NOV27]),
    spy(NOV20),
    { contracts: [], hours: null, isWhole: true },
    at(FRIDAY, '12:47'),
  )
  const dropped = withLearned(gone, { ...terms, refused })
  const later = withClasses(dropped, classesOf([NOV27]), {
    at: at(FRIDAY, '13:00'),
    today: FRIDAY,
    options,
    instrument,
  })
  expect(chosen(later)).toEqual([NOV27])
})

test('a cache that cannot be read counts as none', () => {
  const path = chainCachePath(temporaryFolder(), 'SPY')
  mkdirSync(path)
  expect(readChainCache(path)).toBeNull()
})
