import { expect, test } from 'vitest'
import { createBudget, type Priced } from '../../../src/capture/cycle/budget.ts'
import type { Chain } from '../../../src/chain/chain.ts'
import { loadConfig } from '../../../src/config/config.ts'
import type { OptionContract } from '../../../src/market/contract.ts'
import { conId, expiryDate } from '../../../src/market/units.ts'
import { manualClock } from '../../support/manual-clock.ts'

const EXPIRY = expiryDate('20261218')
const SLOT_MS = 282_500

/** A chain of that many contracts, all inside the window. */
function chainOf(symbol: string, contracts: number): Priced {
  const listed = Array.from(
    { length: contracts },
    (_, at): OptionContract => ({
      ...{ conId: conId(at + 1), symbol, expiry: EXPIRY, strike: 100 + Math.floor(at / 2) / 500 },
      ...{ right: at % 2 === 0 ? 'C' : 'P', tradingClass: symbol, multiplier: 100 },
      ...{ exchange: 'SMART', currency: 'USD' },
    }),
  )
  const chain = {
    expirations: [{ expiry: EXPIRY, tradingClass: symbol, days: 30, aroundThirty: true, isThinned: false }],
    contracts: listed,
    cache: { windows: [] },
  } as unknown as Chain
  return { symbol, chain, spots: [{ price: 105, volFraction: 0.2 }] }
}

/** 50 messages a second, so 25 contracts, for 280 s: 7,000 contracts. */
function rig(symbols: readonly string[], expected: Readonly<Record<string, number>> = {}) {
  const clock = manualClock()
  const budget = createBudget(symbols, {
    config: loadConfig(null, {}, []),
    limits: { messagesPerSecond: 50, pacingWindowMs: 1_000, lines: 1_000 },
    deadline: {
      signal: new AbortController().signal,
      leftMs: () => Math.max(0, SLOT_MS - clock.monotonicMs()),
    },
    clock,
    expected: (symbol) => expected[symbol] ?? null,
    onDecided: () => {},
  })
  const sizes = new Map<string, readonly [wanted: number, skipped: number]>()
  const join = (symbol: string, contracts: number) =>
    budget.join(chainOf(symbol, contracts)).then(({ wanted, skipped }) => {
      sizes.set(symbol, [wanted.length, skipped.length])
    })
  return { clock, budget, join, shares: () => Object.fromEntries(sizes) }
}

test('the budget is shared as soon as every symbol has joined or left', async () => {
  const { clock, budget, join, shares } = rig(['SPY', 'QQQ', 'NOPE'])
  void join('SPY', 1_000)
  void join('QQQ', 800)
  await clock.advance(1)
  expect(shares()).toEqual({})
  budget.leave('NOPE')
  await clock.advance(0)
  expect(shares()).toEqual({ SPY: [1_000, 0], QQQ: [800, 0] })
  expect(budget.estimate()).toMatchObject({ contracts: 1_800, fits: true })
  expect(clock.sleepers()).toBe(0)
})

test('symbols that are ready wait 30 s for the others, and a late one gets its contracts if there is time', async () => {
  const { clock, budget, join, shares } = rig(['SPY', 'QQQ', 'IWM'])
  void join('SPY', 1_000)
  await clock.advance(10_000)
  void join('QQQ', 1_000)
  await clock.advance(19_999)
  expect(shares()).toEqual({})
  await clock.advance(1)
  expect(shares()).toEqual({ SPY: [1_000, 0], QQQ: [1_000, 0] })
  await clock.advance(60_000)
  await join('IWM', 1_000)
  expect(shares().IWM).toEqual([1_000, 0])
  expect(budget.estimate()).toMatchObject({ contracts: 3_000 })
})

test('what does not fit is shared with a waiting symbol by what it will plausibly need', async () => {
  const byCache = rig(['SPY', 'QQQ'], { QQQ: 2_500 })
  void byCache.join('SPY', 7_500)
  await byCache.clock.advance(30_000)
  // 250 s are left for 6,250 contracts, of which QQQ's 2,500 of 10,000 are kept back.
  expect(byCache.shares()).toEqual({ SPY: [4_686, 2_814] })

  const equal = rig(['SPY', 'QQQ'])
  void equal.join('SPY', 7_500)
  await equal.clock.advance(30_000)
  expect(equal.shares()).toEqual({ SPY: [3_124, 4_376] })
})

test('a late symbol gets the time and the rate that the others leave, and its skipped contracts are counted', async () => {
  const { clock, budget, join, shares } = rig(['SPY', 'QQQ'], { QQQ: 1_000 })
  void join('SPY', 4_000)
  await clock.advance(30_000)
  expect(shares()).toEqual({ SPY: [4_000, 0] })
  await clock.advance(150_000)
  budget.progress('SPY', 1_500)
  await join('QQQ', 2_000)
  // 100 s are left for 2,500 contracts, 1,500 of them SPY's.
  expect(shares().QQQ).toEqual([1_000, 1_000])
  expect(budget.estimate()).toMatchObject({ contracts: 5_000 })
})

test('a symbol that joins again after a failed attempt is fitted into the time that is left', async () => {
  const { clock, budget, join, shares } = rig(['SPY', 'QQQ'])
  void join('SPY', 3_000)
  await join('QQQ', 3_000)
  await clock.advance(200_000)
  budget.leave('QQQ')
  await join('SPY', 3_000)
  expect(shares().SPY).toEqual([2_000, 1_000])
})

test('at the deadline nothing fits any more', async () => {
  const { clock, join, shares } = rig(['SPY', 'QQQ'])
  await clock.advance(260_000)
  void join('SPY', 100)
  await clock.advance(30_000)
  expect(shares()).toEqual({ SPY: [0, 100] })
})
