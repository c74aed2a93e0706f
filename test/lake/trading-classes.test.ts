import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repair } from '../../src/lake/check/repair/repair.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import type { Lake } from '../../src/lake/open.ts'
import { atmOptions } from '../../src/lake/query/at-the-money.ts'
import { chainAsOf, chainsBetween, latestChain } from '../../src/lake/query/chains.ts'
import { exportRows } from '../../src/lake/query/export.ts'
import { contractHistory } from '../../src/lake/query/history.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { systemClock } from '../../src/market/clock.ts'
import { conId, expiryDate } from '../../src/market/units.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import { readingLake, temporaryFolder, temporaryLake } from './lakes.ts'
import { after, DAY, row, SLOT, slotOf } from './slots.ts'

/** The Thursday before a third Friday: SPX (its last trading day, settled on Friday) and SPXW (settled at the close). */
const THURSDAY = expiryDate('20261217')
const CLASSES = ['SPX', 'SPXW'] as const
const STRIKES = [6_000, 6_025, 6_050]

/** Both classes with the same expiry, strikes and rights; SPX is priced on 6,001 and SPXW on 6,048. */
function bothClasses(change: Partial<SnapshotRow> = {}): SnapshotRow[] {
  return STRIKES.flatMap((strike) =>
    (['C', 'P'] as const).flatMap((right) =>
      CLASSES.map((trading_class, at) =>
        row({
          ...{ symbol: 'SPX', expiry: THURSDAY, yearmonth: '202612', strike, right, trading_class },
          ...{
            con_id: 10 * strike + (right === 'C' ? 0 : 2) + at,
            underlying_price: at === 0 ? 6_001 : 6_048,
          },
          ...{ settlement: at === 0 ? ('am' as const) : ('pm' as const), bid: 10 + at, ...change },
        }),
      ),
    ),
  )
}

const termsOf = (rows: readonly Partial<SnapshotRow>[]) =>
  rows.map(({ strike, right, trading_class }) => `${strike}${right} ${trading_class}`)

async function stored(): Promise<Lake> {
  const lake = await temporaryLake()
  await append(lake, slotOf({ SPX: bothClasses() }))
  return lake
}

test('classes with the same expiry, strike and right are both stored, and never replace each other', async () => {
  const lake = await stored()
  const again = bothClasses({ bid: 20 }).filter(({ trading_class }) => trading_class === 'SPXW')
  const { reports } = await append(lake, slotOf({ SPX: again }))
  expect(reports[0]?.rows).toBe(12)
  const rows = await latestChain(await readingLake(lake.layout.root), 'SPX')
  expect(termsOf(rows).slice(0, 4)).toEqual(['6000C SPX', '6000C SPXW', '6000P SPX', '6000P SPXW'])
  const bidsOf = (name: string) =>
    rows.filter(({ trading_class }) => trading_class === name).map(({ bid }) => bid)
  expect(bidsOf('SPX')).toEqual(Array(6).fill(10))
  expect(bidsOf('SPXW')).toEqual(Array(6).fill(20))
})

test('compaction, verify and repair take two classes for different contracts', async () => {
  const lake = await stored()
  await append(lake, slotOf({ SPX: bothClasses() }, after(1)))
  const { compacted } = await compact(lake, { scope: { kind: 'all' } })
  expect(compacted).toMatchObject([{ rows: 24 }])
  const folder = lake.layout.root
  await lake.close()
  expect((await verify(folder, { clock: systemClock })).findings).toEqual([])
  expect((await repair(folder, { clock: systemClock, dryRun: false })).repairs).toEqual([])
  const reader = await readingLake(folder)
  expect(termsOf(await chainAsOf(reader, 'SPX', { at: SLOT }))).toHaveLength(12)
})

test('every query gives all classes, or the one that is asked for', async () => {
  const lake = await stored()
  await append(lake, slotOf({ SPX: bothClasses() }, after(1)))
  const reader = await readingLake(lake.layout.root)
  const range = { from: SLOT, to: after(1) }
  const classesOf = (rows: readonly Partial<SnapshotRow>[]) => [
    ...new Set(rows.map(({ trading_class }) => trading_class)),
  ]
  for (const one of [lake, reader]) {
    expect(classesOf(await latestChain(one, 'SPX'))).toEqual(CLASSES)
    expect(classesOf(await latestChain(one, 'SPX', { tradingClass: 'SPXW' }))).toEqual(['SPXW'])
    expect(classesOf(await chainAsOf(one, 'SPX', { at: SLOT, tradingClass: 'SPX' }))).toEqual(['SPX'])
    const chains = await chainsBetween(one, 'SPX', {
      ...range,
      tradingClass: 'SPX',
      columns: ['timestamp', 'trading_class'],
    })
    expect([...chains.values()].map((rows) => rows.length)).toEqual([6, 6])
    const terms = { expiry: THURSDAY, strike: 6_025, right: 'C' } as const
    expect(await contractHistory(one, 'SPX', { ...terms, ...range })).toHaveLength(4)
    const history = await contractHistory(one, 'SPX', { ...terms, ...range, tradingClass: 'SPXW' })
    expect(history.map(({ con_id }) => con_id)).toEqual([60_251, 60_251])
    const byId = await contractHistory(one, 'SPX', { conId: conId(60_250), ...range })
    expect(classesOf(byId)).toEqual(['SPX'])
    expect(byId).toHaveLength(2)
  }
})

test('at the money, each class has the strike nearest to its own underlying', async () => {
  const lake = await stored()
  const expected = ['6000C SPX', '6000P SPX', '6050C SPXW', '6050P SPXW']
  for (const date of [undefined, DAY]) {
    const query = { expiry: THURSDAY, ...(date && { date }) }
    expect(termsOf(await atmOptions(lake, 'SPX', query))).toEqual(expected)
    expect(termsOf(await atmOptions(lake, 'SPX', { ...query, tradingClass: 'SPX' }))).toEqual(
      expected.slice(0, 2),
    )
    // Without the column among those asked for, and again from the cache.
    const only = await atmOptions(lake, 'SPX', { ...query, columns: ['strike'] })
    expect(only).toEqual([6_000, 6_000, 6_050, 6_050].map((strike) => ({ strike })))
    expect(await atmOptions(lake, 'SPX', { ...query, columns: ['strike'] })).toEqual(only)
  }
})

test('an export and SQL can be of one class', async () => {
  const lake = await stored()
  const out = join(temporaryFolder(), 'rows.csv')
  const request = { symbol: 'SPX', from: DAY, to: DAY, out, replace: false }
  expect((await exportRows(lake, { ...request, tradingClass: 'SPXW' })).rows).toBe(6)
  expect(readFileSync(out, 'utf8')).not.toMatch(/,SPX,0,/)
  const none = exportRows(lake, { ...request, replace: true, tradingClass: 'SPXQ' })
  await expect(none).rejects.toThrow(/no rows of SPX from .* of class SPXQ/)
  const { rows } = await sql(
    lake,
    "SELECT settlement, count(*) FROM chains WHERE trading_class = 'SPX' GROUP BY ALL",
  )
  expect(rows).toEqual([['am', 6]])
})
