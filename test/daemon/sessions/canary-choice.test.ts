import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { chainCachePath, writeChainCache } from '../../../src/chain/chain-cache.ts'
import { expirationKey } from '../../../src/chain/expiration.ts'
import { createCanaryChoice } from '../../../src/daemon/sessions/canary-choice.ts'
import type { Canary, CanaryContract } from '../../../src/gateway/supervisor/canary.ts'
import { conId, epochMs, expiryDate, sessionDate } from '../../../src/market/units.ts'
import type { LedgerRow } from '../../../src/snapshot/ledger.ts'
import { reportMissing } from '../../../src/snapshot/symbol-report.ts'

const TODAY = sessionDate('2026-11-23')
const FRIDAY = '2026-11-20'

/** A folder with a chain cache of SPY, and what is watched. */
function choice(cached: { date?: string; expiries: string[]; windows?: number[] }) {
  const folder = mkdtempSync(join(tmpdir(), 'optionlake-canary-'))
  const listed = (expiry: string) =>
    [640, 650, 660].flatMap((strike, at) =>
      (['C', 'P'] as const).map((right) => ({
        conId: conId(Number(expiry) + at * 2 + (right === 'P' ? 1 : 0)),
        symbol: 'SPY',
        expiry: expiryDate(expiry),
        strike,
        right,
        tradingClass: 'SPY',
        multiplier: 100,
        exchange: 'SMART',
        currency: 'USD',
      })),
    )
  writeChainCache(chainCachePath(folder, 'SPY'), {
    date: sessionDate(cached.date ?? FRIDAY),
    underlying: { symbol: 'SPY', secType: 'STK', exchange: 'SMART', currency: 'USD', conId: conId(1) },
    ...{ futures: [], futuresListedAt: null, impliedVolFraction: null },
    classes: [{ tradingClass: 'SPY', multiplier: 100, expirations: cached.expiries.map(expiryDate) }],
    expirationsListedAt: null,
    contracts: new Map(
      cached.expiries.map((expiry) => [
        expirationKey({ expiry: expiryDate(expiry), tradingClass: 'SPY' }),
        listed(expiry),
      ]),
    ),
    listings: new Map(),
    unlisted: [],
    admitted: [],
    hours: null,
    openInterest: new Map(),
    windows: (cached.windows ?? []).map((price) => ({ price, volFraction: null })),
  })
  const watched: string[] = []
  const watch = ({ name }: CanaryContract) => {
    watched.push(name)
    return { stop: () => void watched.push('stopped') } as unknown as Canary
  }
  return { ...createCanaryChoice({ watch }, folder), watched }
}

function entry(symbol: string, time: string, price: number | null): LedgerRow {
  const times = { slot: epochMs(Date.parse(`${FRIDAY}T${time}Z`)), date: sessionDate(FRIDAY) }
  const missing = reportMissing(symbol, 'failed', { ...times, detail: null, startedAt: null })
  return { ...missing, rows: 0, answered: price === null ? 0 : 10, underlying_price: price }
}

test('at start the canary is an option of the kept chain that is alive, at the last known price', () => {
  const { chooseKept, watched } = choice({ expiries: ['20261120', '20261123', '20261127', '20261204'] })
  chooseKept(TODAY, [
    entry('SPY', '20:50:00', 641),
    entry('SPY', '20:55:00', 659),
    entry('SPY', '21:00:00', null),
  ])
  expect(watched).toEqual(['SPY 20261204 660 C'])
})

test('without a price in the ledger the last strike window has one', () => {
  const { chooseKept, watched } = choice({ expiries: ['20261204'], windows: [655, 642] })
  chooseKept(TODAY, [entry('IWM', '20:55:00', 240), entry('SPY', '20:55:00', null)])
  expect(watched).toEqual(['SPY 20261204 640 C'])
})

test('nothing is chosen from an expired chain, an old one, or without a price', () => {
  const expired = choice({ expiries: ['20261120', '20261123'] })
  expired.chooseKept(TODAY, [entry('SPY', '20:55:00', 650)])
  const old = choice({ date: '2026-11-13', expiries: ['20261204'] })
  old.chooseKept(TODAY, [entry('SPY', '20:55:00', 650)])
  const unpriced = choice({ expiries: ['20261204'] })
  unpriced.chooseKept(TODAY, [entry('SPY', '20:55:00', null)])
  expect([expired.watched, old.watched, unpriced.watched]).toEqual([[], [], []])
})

test('the first slot of the day replaces it, once', () => {
  const { chooseKept, choose, watched } = choice({ expiries: ['20261204'] })
  chooseKept(TODAY, [entry('SPY', '20:55:00', 659)])
  choose([entry('SPY', '14:30:00', 641)])
  choose([entry('SPY', '14:35:00', 651)])
  expect(watched).toEqual(['SPY 20261204 660 C', 'stopped', 'SPY 20261204 640 C'])
})

test('an option on a future is no canary: a slot of the night leaves the choice to the first one of the day', () => {
  const { choose, watched } = choice({ expiries: ['20261204'] })
  const night = { ...entry('ES', '03:00:00', 6_800), kind: 'FOP', date: FRIDAY } as const
  choose([night])
  expect(watched).toEqual([])
  choose([night, entry('SPY', '14:30:00', 659)])
  choose([entry('SPY', '14:35:00', 641)])
  expect(watched).toEqual(['SPY 20261204 660 C'])
})
