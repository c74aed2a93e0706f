import { join } from 'node:path'
import { expect, test } from 'vitest'
import { analyticsOptions } from '../../src/analytics/options.ts'
import { buildRows } from '../../src/capture/build-rows.ts'
import { chainExpiryTimes } from '../../src/capture/expiry-times.ts'
import { emptyCache } from '../../src/chain/cache-updates.ts'
import {
  type ChainCache,
  chainCachePath,
  readChainCache,
  writeChainCache,
} from '../../src/chain/chain-cache.ts'
import { expirationKey } from '../../src/chain/expiration.ts'
import { newYorkDate, newYorkInstant, newYorkTime, yearsBetween } from '../../src/market/calendar.ts'
import type { OptionContract } from '../../src/market/contract.ts'
import { treePrice } from '../../src/market/pricing/tree.ts'
import { applyTick, emptyQuote } from '../../src/market/quote.ts'
import { conId, type EpochMs, epochMs, expiryDate, sessionDate } from '../../src/market/units.ts'
import { options } from '../chain/contracts.ts'
import { temporaryFolder } from '../lake/lakes.ts'

const DATE = sessionDate('2026-11-20')
const EXPIRY = expiryDate('20261120')
const at = (clock: string) => newYorkInstant(DATE, clock)

/** A chain of one expiration; each part of what the gateway may have sent. */
function cacheOf(
  symbol: string,
  { liquidHours = null, lastTradeAt }: { liquidHours?: string | null; lastTradeAt?: EpochMs },
): ChainCache {
  const listed: OptionContract[] = options(symbol, EXPIRY, [680])
  const key = expirationKey({ expiry: EXPIRY, tradingClass: symbol })
  return {
    ...emptyCache({ symbol, secType: 'STK', exchange: 'SMART', currency: 'USD', conId: conId(1) }, DATE),
    classes: [{ tradingClass: symbol, multiplier: 100, expirations: [EXPIRY] }],
    contracts: new Map([[key, lastTradeAt ? listed.map((one) => ({ ...one, lastTradeAt })) : listed]]),
    hours: liquidHours === null ? null : { timeZoneId: 'US/Eastern', liquidHours },
  }
}

const endOf = (cache: ChainCache) => newYorkTime(chainExpiryTimes(cache)(EXPIRY))

test('an option ends at its own last trade time, else with its listed hours, else by our rules', () => {
  const hours = '20261120:0930-20261120:1615;20261121:CLOSED'
  expect(endOf(cacheOf('AAPL', {}))).toBe('16:00')
  expect(endOf(cacheOf('SPY', {}))).toBe('16:15')
  expect(endOf(cacheOf('AAPL', { liquidHours: hours }))).toBe('16:15')
  expect(endOf(cacheOf('AAPL', { liquidHours: '20261120:CLOSED' }))).toBe('16:00')
  expect(endOf(cacheOf('AAPL', { liquidHours: hours, lastTradeAt: at('15:30') }))).toBe('15:30')
  // Its value is fixed at the next opening, whenever it was traded last.
  const spx = chainExpiryTimes(cacheOf('SPX', { liquidHours: hours, lastTradeAt: at('16:15') }))(EXPIRY)
  expect(`${newYorkDate(spx)} ${newYorkTime(spx)}`).toBe('2026-11-23 09:30')
})

test('the last trade time is in the chain cache', () => {
  const path = chainCachePath(join(temporaryFolder(), 'contracts'), 'AAPL')
  for (const cache of [cacheOf('AAPL', { lastTradeAt: at('15:30') }), cacheOf('AAPL', {})]) {
    writeChainCache(path, cache)
    // The terms that an older list does not have come from the rules.
    const terms = { exerciseStyle: 'american', settlement: 'pm', underlyingType: 'STK', underlyingConId: 1 }
    const [[key, listed] = []] = [...cache.contracts]
    const expected = listed?.map((one) => ({ ...one, ...terms, expiresAt: one.lastTradeAt ?? null }))
    expect(readChainCache(path)?.contracts).toEqual(new Map([[key, expected]]))
  }
})

test('own greeks of an option that closes at 16:00 have 15 minutes less than with a close at 16:15', () => {
  const slot = at('15:00')
  const quotedAt = epochMs(slot + 3_000)
  const ivAt = (symbol: string) => {
    const answered = options(symbol, EXPIRY, [675, 680, 685]).map((contract) => {
      const price = treePrice({
        ...{ right: contract.right, strike: contract.strike, spot: 680, volFraction: 0.2, rateFraction: 0 },
        years: yearsBetween(quotedAt, at('16:00')),
      }) as number
      const quote = emptyQuote()
      applyTick(quote, { field: 'bid', value: price }, quotedAt)
      applyTick(quote, { field: 'ask', value: price }, quotedAt)
      applyTick(quote, { field: 'bidSize', value: 1 }, quotedAt)
      applyTick(quote, { field: 'askSize', value: 1 }, quotedAt)
      return {
        contract,
        quote,
        underlying: { price: 680, at: quotedAt, confirmedAt: quotedAt },
        complete: false,
      }
    })
    const harvest = { symbol, answered, gaps: [], startedAt: slot, finishedAt: quotedAt }
    const expiresAt = chainExpiryTimes(cacheOf(symbol, {}))
    const context = {
      slot,
      date: DATE,
      openAt: at('09:30'),
      closeAt: at('16:00'),
      openInterest: new Map(),
      expiresAt,
    }
    const analytics = analyticsOptions.parse({ rateFraction: 0 })
    const { rows } = buildRows(harvest, context, { analytics, quoteHistories: new Map() })
    return rows.find(({ strike, right }) => strike === 680 && right === 'C')?.iv
  }
  expect(ivAt('AAPL')).toBeCloseTo(0.2, 4)
  // √(60/75) of it, as for all symbols until now.
  expect(ivAt('SPY')).toBeCloseTo(0.2 * Math.sqrt(59.95 / 74.95), 4)
})
