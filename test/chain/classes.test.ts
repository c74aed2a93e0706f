import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  emptyCache,
  renewed,
  withClasses,
  withContracts,
  withFutures,
  withLearned,
} from '../../src/chain/cache-updates.ts'
import { carryOver, chainOf } from '../../src/chain/chain.ts'
import { chainCachePath, readChainCache, writeChainCache } from '../../src/chain/chain-cache.ts'
import { type ListedClass, skippedClasses, skipReasonOf } from '../../src/chain/collected-classes.ts'
import { openSteps } from '../../src/chain/listing-steps.ts'
import { universeOptions } from '../../src/chain/universe.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import type { FutureContract, Underlying } from '../../src/market/contract.ts'
import { instrumentNamed, usStock } from '../../src/market/instruments.ts'
import { conId, expiryDate, sessionDate } from '../../src/market/units.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { options as optionsOf } from './contracts.ts'

const TODAY = sessionDate('2026-12-14')
const at = newYorkInstant(TODAY, '09:10')
const options = universeOptions.parse({ targetDays: [0, 4] })
const [MON, THU, FRI, JAN] = ['20261214', '20261217', '20261218', '20270114'].map(expiryDate) as [
  ReturnType<typeof expiryDate>,
  ReturnType<typeof expiryDate>,
  ReturnType<typeof expiryDate>,
  ReturnType<typeof expiryDate>,
]
const spx = instrumentNamed('SPX')
const spxIndex: Underlying = {
  ...({ symbol: 'SPX', secType: 'IND', exchange: 'CBOE', currency: 'USD' } as const),
  conId: conId(416_904),
}
const terms = { today: TODAY, options, instrument: spx }
const monthly: ListedClass = { tradingClass: 'SPX', multiplier: 100, expirations: [THU, JAN] }
const weekly: ListedClass = { tradingClass: 'SPXW', multiplier: 100, expirations: [MON, THU, FRI, JAN] }
const names = (expirations: readonly { expiry: string; tradingClass: string }[]) =>
  expirations.map(({ expiry, tradingClass }) => `${expiry} ${tradingClass}`)

test('a chosen day is collected with every class that is listed for it', () => {
  const cache = withClasses(emptyCache(spxIndex, TODAY), [monthly, weekly], { at, ...terms })
  const chain = chainOf(cache, terms)
  expect(names(chain.expirations)).toEqual([
    ...['20261214 SPXW', '20261218 SPXW', '20270114 SPX', '20270114 SPXW'],
  ])
  expect(cache.admitted).toEqual(names(chain.expirations))
  expect(names(chain.completeness.missing)).toEqual(names(chain.expirations))
})

test('a class that is listed later for a day that is collected joins it, and none of a day leaves', () => {
  const early = withClasses(
    emptyCache(spxIndex, TODAY),
    [
      { ...monthly, expirations: [THU] },
      { ...weekly, expirations: [JAN] },
    ],
    { at, ...terms },
  )
  expect(names(chainOf(early, terms).expirations)).toEqual(['20261217 SPX', '20270114 SPXW'])
  const later = withClasses(early, [monthly, weekly], { at, ...terms })
  expect(names(chainOf(later, terms).expirations)).toEqual([
    ...['20261214 SPXW', '20261217 SPX', '20261217 SPXW', '20261218 SPXW'],
    ...['20270114 SPX', '20270114 SPXW'],
  ])
})

test('of monthly options on an index the day nearest to 30 days is collected until it expires', () => {
  const [dec, jan, feb] = ['20261217', '20270114', '20270218'].map(expiryDate) as [
    typeof THU,
    typeof THU,
    typeof THU,
  ]
  const days = ['20261120', '20261127', '20261204', '20261218', '20261221', '20270104', '20270118']
  const classes: ListedClass[] = [
    { ...monthly, expirations: [dec, jan, feb] },
    { ...weekly, expirations: days.map(expiryDate) },
  ]
  const monthlyOn = (today: string, cache = emptyCache(spxIndex, sessionDate(today))) => {
    const on = { ...terms, today: sessionDate(today), options: universeOptions.parse({}) }
    const learned = withClasses(carryOver(cache, on.today), classes, { at, ...on })
    const chosen = chainOf(learned, on).expirations.filter(({ tradingClass }) => tradingClass === 'SPX')
    return { learned, expiries: chosen.map(({ expiry }) => expiry) }
  }
  const first = monthlyOn('2026-11-20')
  expect(first.expiries).toEqual([dec])
  // Kept, and the next one only when it is nearer to 30 days.
  const later = monthlyOn('2026-12-01', first.learned)
  expect(later.expiries).toEqual([dec])
  const last = monthlyOn('2026-12-16', later.learned)
  expect(last.expiries).toEqual([dec, jan])
})

test('a cache that cannot be written stays as it was, and leaves nothing behind', () => {
  const folder = temporaryFolder()
  const path = chainCachePath(folder, 'SPX')
  const cache = withClasses(emptyCache(spxIndex, TODAY), [monthly], { at, ...terms })
  writeChainCache(path, cache)
  // Something that cannot be written as JSON stands for a full disk.
  const broken = { ...cache, windows: [{ price: 1n }] } as unknown as typeof cache
  expect(() => writeChainCache(path, broken)).toThrow('BigInt')
  mkdirSync(join(folder, 'NDX.json'))
  expect(() => writeChainCache(chainCachePath(folder, 'NDX'), cache)).toThrow()
  expect(readdirSync(folder).sort()).toEqual(['NDX.json', 'SPX.json'])
  expect(readChainCache(path)?.classes).toEqual([monthly])
})

test('two classes with the same expiry and strike are kept, requested and counted apart', () => {
  const listed = withClasses(emptyCache(spxIndex, TODAY), [monthly, weekly], { at, ...terms })
  const of = (tradingClass: string) => ({ expiry: JAN, tradingClass })
  const contracts = (tradingClass: string) =>
    optionsOf('SPX', JAN, [6_800]).map((one) => ({ ...one, tradingClass }))
  const whole = { hours: null, isWhole: true }
  const first = withContracts(listed, of('SPX'), { ...whole, contracts: contracts('SPX') }, at)
  const both = withContracts(first, of('SPXW'), { ...whole, contracts: contracts('SPXW') }, at)
  const path = chainCachePath(temporaryFolder(), 'SPX')
  writeChainCache(path, both)
  const kept = chainOf(readChainCache(path) as typeof both, terms)
  expect(kept.contracts.map((one) => one.tradingClass)).toEqual(['SPX', 'SPX', 'SPXW', 'SPXW'])
  expect(kept.contracts.map((one) => [one.settlement, one.exerciseStyle, one.underlyingConId])).toEqual([
    ...[0, 1].map(() => ['am', 'european', 416_904]),
    ...[0, 1].map(() => ['pm', 'european', 416_904]),
  ])
  const round = { date: TODAY, since: at }
  const steps = openSteps(kept.cache, round, { options, instrument: spx })
  expect(steps.flatMap((one) => (one.kind === 'contracts' ? names([one]) : []))).toEqual([
    ...['20261214 SPXW', '20261218 SPXW'],
  ])
})

test('a class that is configured and not listed is named, and the others go on', () => {
  const instrument = { ...spx, tradingClasses: ['SPX', 'SPXQ'] }
  const own = { ...terms, instrument }
  const empty = emptyCache(spxIndex, TODAY)
  expect(chainOf(empty, own).unlistedClasses).toEqual([])
  const chain = chainOf(withClasses(empty, [monthly, weekly], { at, ...own }), own)
  expect(chain.unlistedClasses).toEqual(['SPXQ'])
  expect(names(chain.expirations)).toEqual(['20261217 SPX', '20270114 SPX'])
  expect(skippedClasses(chain.cache.classes, instrument)).toEqual([{ tradingClass: 'SPXW', reason: 'class' }])
})

test.each([
  ['AAPL', 100, null],
  ['AAPL', 10, 'multiplier'],
  ['AAPL1', 100, 'adjusted'],
  ['AAPL2', 150, 'adjusted'],
  ['2AAPL', 100, 'flex'],
  ['AAPLW', 100, 'class'],
])('a class %s of %i shares on a stock: %s', (tradingClass, multiplier, reason) => {
  const instrument = { ...usStock('AAPL'), tradingClasses: ['AAPL', 'AAPL1', '2AAPL'] }
  expect(skipReasonOf({ tradingClass, multiplier }, instrument)).toBe(reason)
})

const future = (id: number, expiry: string, localSymbol: string): FutureContract => ({
  ...{ conId: conId(id), symbol: 'ES', expiry: expiryDate(expiry), contractMonth: expiry.slice(0, 6) },
  ...{ localSymbol, tradingClass: 'ES', multiplier: 50, exchange: 'CME', currency: 'USD' },
})
const es = { ...instrumentNamed('ES'), kind: 'FOP', frontMonths: 2 } as const
const FUTURES = [future(1, '20261218', 'ESZ6'), future(2, '20270319', 'ESH7'), future(3, '20270618', 'ESM7')]

test('options on futures are on the front months, and on the next ones when a future has expired', () => {
  const [nearest] = FUTURES as [FutureContract]
  const empty = emptyCache({ ...nearest, secType: 'FUT' }, TODAY)
  const own = { today: TODAY, options, instrument: es }
  expect(openSteps(empty, { date: TODAY, since: at }, own)).toEqual([{ kind: 'futures', need: 'unknown' }])
  const cache = withFutures(empty, FUTURES, { at, frontMonths: es.frontMonths })
  expect(chainOf(cache, own).underlyings.map((one) => one.conId)).toEqual([1, 2])
  const monday = carryOver(cache, sessionDate('2026-12-21'))
  expect([monday.underlying.conId, monday.futures.map((one) => one.localSymbol)]).toEqual([2, ['ESH7']])
  const steps = openSteps(
    cache,
    { date: sessionDate('2026-12-21'), since: newYorkInstant(sessionDate('2026-12-21'), '09:00') },
    own,
  )
  expect(steps[0]).toEqual({ kind: 'futures', need: 'unknown' })
})

test('contracts that have gone to an adjusted class are not collected under their old terms', () => {
  const stockOf = { ...spxIndex, symbol: 'AAPL', secType: 'STK', exchange: 'SMART' } as const
  const own = { ...terms, instrument: usStock('AAPL') }
  const standard: ListedClass = { tradingClass: 'AAPL', multiplier: 100, expirations: [FRI] }
  const friday = { expiry: FRI, tradingClass: 'AAPL' }
  const [first, second] = optionsOf('AAPL', FRI, [300, 200])
    .filter(({ right }) => right === 'C')
    .map((one) => ({ contracts: [one], hours: null, isWhole: true }))
  const before = withClasses(emptyCache(stockOf, TODAY), [standard], { at, ...own })
  const listed = withContracts(before, friday, first as NonNullable<typeof first>, at)
  const again = (cache: typeof listed) =>
    chainOf(withContracts(cache, friday, second as NonNullable<typeof second>, at), own).contracts
  expect(again(listed).map(({ strike }) => strike)).toEqual([200, 300])
  const split = withClasses(listed, [standard, { ...standard, tradingClass: 'AAPL1', multiplier: 150 }], {
    ...{ at, ...own },
  })
  expect(again(split).map(({ strike }) => strike)).toEqual([200])
})

test('an underlying with a new contract id begins with an empty list, and keeps what was admitted', () => {
  const cache = withClasses(emptyCache(spxIndex, TODAY), [monthly, weekly], { at, ...terms })
  const now = renewed(cache, { ...spxIndex, conId: conId(7) })
  expect([now.underlying.conId, now.classes, now.contracts.size]).toEqual([7, [], 0])
  expect(now.admitted).toEqual(cache.admitted)
})

test('a list of the evening is that of the next trade date of a future', () => {
  const [nearest] = FUTURES as [FutureContract]
  const own = { today: TODAY, options, instrument: es }
  const sunday = newYorkInstant(sessionDate('2026-12-13'), '17:45')
  const friday = newYorkInstant(sessionDate('2026-12-11'), '16:30')
  const earlierOf = (listedAt: typeof at) => {
    const futures = withFutures(emptyCache({ ...nearest, secType: 'FUT' }, TODAY), FUTURES, {
      ...{ at: listedAt, frontMonths: es.frontMonths },
    })
    const classes: ListedClass[] = [{ tradingClass: 'EW2', multiplier: 50, expirations: [FRI] }]
    const cache = withClasses(futures, classes, { at: listedAt, ...own })
    const since = newYorkInstant(TODAY, '05:30')
    const need = openSteps(cache, { date: TODAY, since }, own).find(({ kind }) => kind === 'futures')?.need
    return [chainOf(cache, own).completeness.earlierDate, need]
  }
  expect(earlierOf(sunday)).toEqual([null, 'again'])
  expect(earlierOf(friday)).toEqual(['2026-12-11', 'earlier'])
})

test('a refused contract stays where the list of that trade date names it', () => {
  const [nearest] = FUTURES as [FutureContract]
  const own = { today: TODAY, options, instrument: es }
  const empty = emptyCache({ ...nearest, secType: 'FUT' }, TODAY)
  const contracts = optionsOf('ES', FRI, [6_800]).map((one) => ({ ...one, tradingClass: 'EW2' }))
  const friday = { expiry: FRI, tradingClass: 'EW2' }
  const keptOf = (listedAt: typeof at) => {
    const futures = withFutures(empty, FUTURES, { at: listedAt, frontMonths: es.frontMonths })
    const classes: ListedClass[] = [{ tradingClass: 'EW2', multiplier: 50, expirations: [FRI] }]
    const known = withClasses(futures, classes, { at: listedAt, ...own })
    const listed = withContracts(known, friday, { contracts, hours: null, isWhole: true }, listedAt)
    const learned = { date: TODAY, openInterest: new Map(), windows: [], refused: contracts }
    return chainOf(withLearned(listed, learned), own).contracts.length
  }
  expect(keptOf(newYorkInstant(sessionDate('2026-12-13'), '18:02'))).toBe(contracts.length)
  expect(keptOf(newYorkInstant(sessionDate('2026-12-11'), '16:30'))).toBe(0)
})
