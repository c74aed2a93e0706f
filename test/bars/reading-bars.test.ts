import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createBarStore } from '../../src/bars/bar-store.ts'
import { bars } from '../../src/lake/query/bars.ts'
import { exportRows } from '../../src/lake/query/export.ts'
import { sql } from '../../src/lake/query/sql.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { sessionDate } from '../../src/market/units.ts'
import { openHttpServer } from '../../src/serve/http.ts'
import { httpOptions } from '../../src/serve/options.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { temporaryLake } from '../lake/lakes.ts'
import { servedSources } from '../support/served-sources.ts'

const DAYS = [sessionDate('2026-11-18'), sessionDate('2026-11-19')] as const

function bar(symbol: string, date: string, clock: string): UnderlyingBarRow {
  const timestamp = newYorkInstant(sessionDate(date), clock)
  return {
    ...{ timestamp, symbol, con_id: 1, kind: 'IND', expiry: null, date },
    ...{ open: 18, high: 19, low: 17.5, close: 18.25, ticks: 20, price_basis: 'level', session: 'regular' },
    ...{ coverage_seconds: 300, data_type: 'live', first_at: timestamp, last_at: timestamp + 299_000 },
  }
}

async function lakeWithBars() {
  const lake = await temporaryLake()
  const [first, second] = DAYS
  await createBarStore(lake).write([
    ...['10:05', '10:00'].map((clock) => bar('VIX', first, clock)),
    bar('VIX', second, '10:00'),
    bar('SPY', first, '10:00'),
  ])
  return lake
}

test('bars are those of the newest trade date with any, or of the dates that are asked for', async () => {
  const lake = await lakeWithBars()
  const [first, second] = DAYS
  const found = async (symbol: string, dates = {}) =>
    (await bars(lake, symbol, dates)).map(({ date, timestamp }) => [
      date,
      new Date(timestamp).toISOString().slice(11, 16),
    ])
  expect(await found('VIX')).toEqual([[second, '15:00']])
  expect(await found('SPY')).toEqual([[first, '15:00']])
  expect(await found('QQQ')).toEqual([])
  expect(await found('VIX', { from: first, to: second })).toEqual([
    [first, '15:00'],
    [first, '15:05'],
    [second, '15:00'],
  ])
})

test('bars are a table of sql, and are exported like any other', async () => {
  const lake = await lakeWithBars()
  const { rows } = await sql(
    lake,
    'SELECT symbol, count(*)::INT AS n FROM underlying_bars GROUP BY 1 ORDER BY 1',
  )
  expect(rows).toEqual([
    ['SPY', 1],
    ['VIX', 3],
  ])
  const out = join(mkdtempSync(join(tmpdir(), 'optionlake-bars-')), 'vix.csv')
  const request = { symbol: 'VIX', from: DAYS[0], to: DAYS[0], out, replace: false }
  expect(await exportRows(lake, { ...request, table: 'underlying_bars' })).toMatchObject({ rows: 2 })
  const [header, line] = readFileSync(out, 'utf8').split('\n')
  expect(header).toMatch(/^timestamp,symbol,con_id,kind,/)
  expect(line).toMatch(/^2026-11-18T15:00:00\.000Z,VIX,1,IND,,2026-11-18,18\.0,19\.0,17\.5,18\.25,20,level/)
  const failing = (more: object) => exportRows(lake, { ...request, out: `${out}.csv`, ...more })
  await expect(failing({ table: 'slots' })).rejects.toThrow(
    'no table slots to export: choose one of option_snapshots, ',
  )
  await expect(failing({ table: 'underlying_bars', tradingClass: 'VIXW' })).rejects.toThrow(
    'underlying_bars has no column trading_class: leave it out',
  )
})

test('bars are served over HTTP with their dates checked', async () => {
  const http = await openHttpServer({
    options: httpOptions.parse({ port: 0 }),
    sources: servedSources(),
    onError: () => {},
  })
  onTestFinished(() => http.close())
  const ask = async (path: string) => {
    const answer = await fetch(`${http.url}/api/bars/${path}`)
    return { status: answer.status, body: (await answer.json()) as { bars?: object[] } }
  }
  expect(await ask('SPY')).toMatchObject({
    status: 200,
    body: { symbol: 'SPY', bars: [{ timestamp: '2026-11-18T15:00:00.000Z', close: 681 }] },
  })
  expect((await ask('SPY?date=2026-11-17')).body.bars).toEqual([])
  for (const wrong of [
    'date=2026-11-31',
    'from=2026-11-18',
    'from=2026-11-18&to=2026-11-17',
    'from=2026-01-01&to=2026-11-17',
    'date=2026-11-18&to=2026-11-18',
    'day=2026-11-18',
    'date=2026-11-18&date=2026-11-18',
  ])
    expect((await ask(`SPY?${wrong}`)).status, wrong).toBe(400)
})
