import { expect, test } from 'vitest'
import { createBarStore } from '../../src/bars/bar-store.ts'
import { readRows } from '../../src/lake/tables/read-rows.ts'
import { UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { temporaryLake } from '../lake/lakes.ts'

const DATE = sessionDate('2026-11-20')
const START = newYorkInstant(DATE, '10:00')

function bar(own: Partial<UnderlyingBarRow> = {}): UnderlyingBarRow {
  return {
    ...{ timestamp: START, symbol: 'SPY', con_id: 756733, kind: 'STK', expiry: null, date: DATE },
    ...{ open: 680, high: 682, low: 679, close: 681, ticks: 10, price_basis: 'trade', session: 'regular' },
    ...{ coverage_seconds: 120, data_type: 'live', first_at: START + 1_000, last_at: START + 119_000 },
    ...own,
  }
}

test('a bar that is written twice is stored once, as it was last', async () => {
  const lake = await temporaryLake()
  const store = createBarStore(lake)
  await store.write([bar(), bar({ symbol: 'VIX', con_id: 2 })])
  await store.write([bar({ close: 679.5, ticks: 11 })])
  const rows = await readRows(lake, UNDERLYING_BARS, { symbol: 'SPY' })
  expect(rows).toEqual([bar({ close: 679.5, ticks: 11 })])
})

test('the two parts of a bar that a restart has cut become one, however often the second is written', async () => {
  const lake = await temporaryLake()
  await createBarStore(lake).write([bar()])
  const next = createBarStore(lake)
  const second = bar({
    ...{ open: 681.5, high: 683, low: 681, close: 682.5, ticks: 5, coverage_seconds: 150 },
    ...{ first_at: START + 150_000, last_at: START + 290_000 },
  })
  await next.write([second])
  await next.write([{ ...second, ticks: 6, last_at: START + 291_000 }])
  expect(await readRows(lake, UNDERLYING_BARS)).toEqual([
    bar({
      ...{ high: 683, low: 679, close: 682.5, ticks: 16, coverage_seconds: 270 },
      last_at: START + 291_000,
    }),
  ])
})

test('a clock that went back by hours replaces what the wrong time has stored', async () => {
  const lake = await temporaryLake()
  await createBarStore(lake).write([bar({ last_at: START + 299_000 })])
  const fresh = bar({ open: 670, high: 671, low: 669, close: 670, ticks: 3 })
  await createBarStore(lake).write([fresh])
  expect(await readRows(lake, UNDERLYING_BARS)).toEqual([fresh])
})

test('prices of two kinds never mix: the better part is the bar', async () => {
  const lake = await temporaryLake()
  await createBarStore(lake).write([bar({ price_basis: 'mid' })])
  const trades = bar({ open: 670, high: 671, low: 669, close: 670, first_at: START + 200_000 })
  await createBarStore(lake).write([{ ...trades, last_at: START + 210_000 }])
  expect(await readRows(lake, UNDERLYING_BARS)).toEqual([
    { ...trades, last_at: START + 210_000, coverage_seconds: 240 },
  ])
})
