import { expect, test } from 'vitest'
import { emptyCache } from '../../src/chain/cache-updates.ts'
import { chainCachePath, readChainCache, writeChainCache } from '../../src/chain/chain-cache.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { stock } from '../../src/market/contract.ts'
import { conId } from '../../src/market/units.ts'
import { DATE, openCaptureRig } from './capture-rig.ts'

const FAST = { messagesPerSecond: 2_000, lines: 400 }
/** A few strikes around the money. */
const NARROW = { 'universe.strikeWindowFraction': 0.002, 'universe.minStrikeWindowFraction': 0.002 }

test('SPX and SPXW of one expiry and strike are collected apart, each with its settlement', async () => {
  const values = { ...NARROW, symbols: ['SPX'] }
  const { capture, lake } = await openCaptureRig('10:00', { values, limits: FAST })
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([{ symbol: 'SPX', outcome: 'stored', skipped: 0, detail: null }])
  const { rows } = await sql(
    lake,
    `SELECT expiry, trading_class, settlement, exercise_style, expires_at, underlying_type, underlying_con_id,
       count(*)::INTEGER, count(DISTINCT strike)::INTEGER FROM option_snapshots GROUP BY ALL ORDER BY trading_class`,
  )
  const terms = (settlement: string, expiresAt: string) => [settlement, 'european', expiresAt, 'IND', 416_904]
  expect(rows.map((row) => row.slice(0, 7))).toEqual([
    ['20261119', 'SPX', ...terms('am', '2026-11-20T14:30:00.000Z')],
    ['20261119', 'SPXW', ...terms('pm', '2026-11-19T21:00:00.000Z')],
  ])
  // Call and put of the same strikes in both.
  expect(rows.map((row) => row[7])).toEqual([rows[0]?.[7], rows[0]?.[7]])
  expect(Number(rows[0]?.[8]) * 2).toBe(rows[0]?.[7])
})

test('options on ES are priced from their own future, also where the next expiration is on another', async () => {
  const values = {
    ...NARROW,
    symbols: [{ symbol: 'ES', kind: 'FOP', classes: ['ES', 'EW3'], frontMonths: 2 }],
    'universe.plainExpirations': 3,
  }
  const { capture, lake } = await openCaptureRig('10:00', { values, limits: FAST })
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([{ symbol: 'ES', skipped: 0 }])
  const { rows } = await sql(
    lake,
    `SELECT expiry, trading_class, settlement, exercise_style, exchange, multiplier, underlying_type,
       count(DISTINCT underlying_con_id)::INTEGER, bool_and(abs(strike / underlying_price - 1) < 0.004), median(underlying_price)
     FROM option_snapshots GROUP BY ALL ORDER BY expiry, trading_class`,
  )
  const facts = ['CME', 50, 'FUT', 1, true]
  expect(rows.map((row) => row.slice(0, 9))).toEqual([
    ['20261120', 'EW3', 'pm', 'european', ...facts],
    ['20261218', 'ES', 'am', 'american', ...facts],
    ['20261218', 'EW3', 'pm', 'european', ...facts],
  ])
  const prices = rows.map((row) => Number(row[9]))
  expect(prices[0]).toBe(prices[1])
  // The weekly options of the third Friday outlive the December future.
  expect(prices[2]).toBeGreaterThan(Number(prices[1]) + 10)
})

test('options on ES that have ended are not requested in the hour in which the future goes on', async () => {
  const values = {
    ...NARROW,
    symbols: [{ symbol: 'ES', kind: 'FOP', classes: ['ES', 'E3D'], frontMonths: 2 }],
    'universe.plainExpirations': 2,
  }
  const { capture, lake } = await openCaptureRig('16:05', { values, limits: FAST })
  const { append } = await capture('16:05')
  expect(append.reports).toMatchObject([{ symbol: 'ES', outcome: 'stored', skipped: 0 }])
  const { rows } = await sql(lake, 'SELECT DISTINCT expiry, trading_class FROM option_snapshots ORDER BY ALL')
  expect(rows).toEqual([['20261218', 'ES']])
})

test('a class that is not listed is named in the ledger, and the others are stored', async () => {
  const values = { ...NARROW, symbols: [{ symbol: 'SPX', kind: 'IND', classes: ['SPXQ', 'SPXW'] }] }
  const { capture } = await openCaptureRig('10:00', { values, limits: FAST })
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([
    { symbol: 'SPX', outcome: 'stored', detail: 'class SPXQ is to be collected and is not listed' },
  ])
})

test('an index or a future that the gateway does not know is named with its kind and exchange', async () => {
  const symbols = [{ symbol: 'XYZ', kind: 'IND', exchange: 'CBOE' }, 'IWM']
  const values = { symbols, 'harvest.greeksWaitMs': 300 }
  const { capture } = await openCaptureRig('10:00', { values, limits: FAST })
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([
    { symbol: 'XYZ', outcome: 'missing', reason: 'unknown_symbol' },
    { symbol: 'IWM', outcome: 'stored' },
  ])
  expect(append.reports[0]?.detail).toMatch(
    /lists no index at CBOE of that name; check spelling and exchange/,
  )
})

test('an underlying whose contract id is refused is looked up again, and its chain is listed anew', async () => {
  const values = { 'harvest.greeksWaitMs': 300 }
  const { capture, lake } = await openCaptureRig('10:00', { values, limits: FAST })
  const path = chainCachePath(lake.layout.contracts, 'IWM')
  writeChainCache(path, emptyCache({ ...stock('IWM'), conId: conId(4_711) }, DATE))
  const { append } = await capture('10:00')
  expect(append.reports).toMatchObject([{ symbol: 'IWM', outcome: 'stored', skipped: 0 }])
  expect(readChainCache(path)?.underlying.conId).toBe(9_579_970)
})
