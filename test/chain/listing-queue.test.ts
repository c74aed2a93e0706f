import { expect, test } from 'vitest'
import { emptyCache, withClasses, withContracts } from '../../src/chain/cache-updates.ts'
import type { ChainCache } from '../../src/chain/chain-cache.ts'
import {
  createListingQueue,
  isFailing,
  nextStep,
  type QueuedStep,
  recordAnswer,
  recordFailure,
  recordTurn,
} from '../../src/chain/listing-queue.ts'
import { universeOptions } from '../../src/chain/universe.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { usStock } from '../../src/market/instruments.ts'
import { conId, type ExpiryDate, expiryDate, sessionDate } from '../../src/market/units.ts'

const DATE = sessionDate('2026-11-20')
const at = (clock: string, date = DATE) => newYorkInstant(date, clock)
const options = universeOptions.parse({ policy: 'plain', plainExpirations: 3 })
const EXPIRATIONS = ['20261120', '20261123', '20261127'].map(expiryDate)

/** A symbol whose expirations are known, and of these the contracts of some. */
function cacheOf(symbol: string, listed: readonly ExpiryDate[], listedAt = at('09:05')): ChainCache {
  const conIds = { exchange: 'SMART', currency: 'USD', conId: conId(1) } as const
  const known = [{ tradingClass: symbol, multiplier: 100, expirations: EXPIRATIONS }]
  const terms = { at: listedAt, today: DATE, options, instrument: usStock(symbol) }
  const cache = withClasses(emptyCache({ symbol, secType: 'STK', ...conIds }, DATE), known, terms)
  const list = { contracts: [], hours: null, isWhole: true }
  return listed.reduce(
    (now, expiry) => withContracts(now, { expiry, tradingClass: symbol }, list, listedAt),
    cache,
  )
}

function queueOf(caches: Record<string, ChainCache>, since = at('09:00')) {
  const queue = createListingQueue(Object.keys(caches))
  let nowMs = 0
  const next = () =>
    nextStep(queue, {
      ...{ cacheOf: (symbol: string) => caches[symbol] ?? null, instrumentOf: usStock, options, nowMs },
      ...{ roundOf: () => ({ date: DATE, since }), kinds: ['underlying', 'contracts'] as const },
    })
  return {
    queue,
    next,
    nameOf: (step: QueuedStep | null) =>
      step && `${step.symbol} ${step.step.kind === 'contracts' ? step.step.expiry : step.step.kind}`,
    wait: (ms: number) => {
      nowMs += ms
    },
    fail: (step: QueuedStep) => recordFailure(queue, step, nowMs),
  }
}

test('symbols take turns, nearest expirations first', () => {
  const caches: Record<string, ChainCache> = { SPY: cacheOf('SPY', []), QQQ: cacheOf('QQQ', []) }
  const { queue, next, nameOf } = queueOf(caches)
  const order: (string | null)[] = []
  for (let chosen = next(); chosen; chosen = next()) {
    order.push(nameOf(chosen))
    recordTurn(queue, chosen.symbol)
    const { step, symbol } = chosen
    if (step.kind !== 'contracts') break
    const list = { contracts: [], hours: null, isWhole: true }
    caches[symbol] = withContracts(caches[symbol] as ChainCache, step, list, at('09:06'))
    recordAnswer(queue, chosen)
  }
  expect(order).toEqual([
    ...['SPY 20261120', 'QQQ 20261120', 'SPY 20261123'],
    ...['QQQ 20261123', 'SPY 20261127', 'QQQ 20261127'],
  ])
})

test('what no list has comes before lists that broke off, those before lists of another day, and those before a second list of the day', () => {
  const partly = withContracts(
    cacheOf('PARTIAL', EXPIRATIONS.slice(1)),
    { expiry: EXPIRATIONS[0] as ExpiryDate, tradingClass: 'PARTIAL' },
    { contracts: [], hours: null, isWhole: false },
    at('09:05'),
  )
  const earlier = cacheOf('EARLIER', EXPIRATIONS, at('12:46', sessionDate('2026-11-19')))
  const caches: Record<string, ChainCache> = {
    ...{ AGAIN: cacheOf('AGAIN', EXPIRATIONS), EARLIER: earlier, PARTIAL: partly },
    ...{ UNKNOWN: cacheOf('UNKNOWN', EXPIRATIONS.slice(0, 2)) },
  }
  const { next, nameOf } = queueOf(caches, at('12:45'))
  const order: (string | null)[] = []
  for (let chosen = next(); chosen; chosen = next()) {
    order.push(nameOf(chosen))
    delete caches[chosen.symbol]
    caches[chosen.symbol] = cacheOf(chosen.symbol, EXPIRATIONS, at('12:46'))
  }
  expect(order).toEqual(['UNKNOWN 20261127', 'PARTIAL 20261120', 'EARLIER 20261120', 'AGAIN 20261120'])
})

test('a failed expiration waits while the others of its symbol go on; a second failure in a row holds back the symbol', () => {
  const { next, nameOf, fail, wait, queue } = queueOf({ SPY: cacheOf('SPY', []) })
  fail(next() as QueuedStep)
  expect(nameOf(next())).toBe('SPY 20261123')
  expect(isFailing(queue, 'SPY')).toBe(false)
  fail(next() as QueuedStep)
  expect([next(), isFailing(queue, 'SPY')]).toEqual([null, true])
  wait(30_000)
  const third = next() as QueuedStep
  expect(nameOf(third)).toBe('SPY 20261120')
  fail(third)
  wait(59_000)
  expect(next()).toBeNull()
  wait(1_000)
  expect(next()).not.toBeNull()
})

test('a symbol that fails comes after the others that need as much', () => {
  const caches = { SPY: cacheOf('SPY', []), QQQ: cacheOf('QQQ', []) }
  const { queue, next, nameOf, fail, wait } = queueOf(caches)
  fail(next() as QueuedStep)
  wait(60_000)
  recordTurn(queue, 'QQQ')
  expect(nameOf(next())).toBe('QQQ 20261120')
})

test('the wait between two attempts is never longer than a quarter of an hour', () => {
  const { next, fail, wait } = queueOf({ SPY: cacheOf('SPY', EXPIRATIONS.slice(0, 2)) })
  for (let failures = 0; failures < 20; failures++) {
    fail(next() as QueuedStep)
    wait(15 * 60_000)
  }
  expect(next()).not.toBeNull()
})
