import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unzipSync } from 'fflate'
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { FolderExportRequest } from '../../src/export/export-request.ts'
import { exportLean, type LeanReport } from '../../src/export/lean/export-lean.ts'
import { exportNautilus, type NautilusReport } from '../../src/export/nautilus/export-nautilus.ts'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { UNDERLYING_BARS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { SnapshotRow } from '../../src/snapshot/row.ts'
import type { UnderlyingBarRow } from '../../src/snapshot/underlying-bars.ts'
import { filesBelow } from '../lake/lakes.ts'
import { after, DAY, row, SLOT, slotOf } from '../lake/slots.ts'

const NEW_TERMS = { exchange: 'SMART', multiplier: 100, currency: 'USD', underlying_type: 'STK' } as const
const put = { right: 'P', strike: 602.5, con_id: 5, bid: null, bid_size: null } as const
const index = {
  ...{ symbol: 'SPX', trading_class: 'SPXW', strike: 6000, exchange: 'CBOE', underlying_type: 'IND' },
  ...{
    multiplier: 100,
    exercise_style: 'european',
    underlying_price: 6004.25,
    con_id: 9,
    bid: 100.05,
    ask: 101,
  },
} as const satisfies Partial<SnapshotRow>

const bar: UnderlyingBarRow = {
  ...{ timestamp: SLOT, symbol: 'SPY', con_id: 1, kind: 'STK', expiry: null, date: DAY },
  ...{
    open: 600.1,
    high: 601,
    low: 599.995,
    close: 600.4,
    ticks: 90,
    price_basis: 'trade',
    session: 'regular',
  },
  ...{ coverage_seconds: 300, data_type: 'live', first_at: SLOT + 5, last_at: SLOT + 299_000 },
}

const folder = mkdtempSync(join(tmpdir(), 'optionlake-export-'))
let lake: Lake
let nautilus: NautilusReport
let lean: LeanReport

/** Two slots: a call whose terms are known from the second on, a put without bid, and an option on an index. */
beforeAll(async () => {
  lake = await openLake(join(folder, 'lake'), { mode: 'write', source: 'simulated', clock: systemClock })
  const call = row({ last: 5.15, volume: 1_000 })
  await append(lake, slotOf({ SPY: [call, row(put)], SPX: [row(index)] }))
  const second = { timestamp: after(1), quoted_at: after(1) + 7_001 }
  await append(
    lake,
    slotOf(
      {
        SPY: [
          row({
            ...NEW_TERMS,
            ...second,
            bid: 5.1234,
            ask: 5.2,
            last: 5.2,
            volume: 1_010,
            open_interest: 20_417,
          }),
          row({ ...put, ...second, carried_from: SLOT }),
        ],
      },
      after(1),
    ),
  )
  await upsert(lake, UNDERLYING_BARS, [bar, { ...bar, timestamp: after(1), price_basis: 'mid', open: 600 }])
  nautilus = await exportNautilus(lake, request('catalog'))
  lean = await exportLean(lake, request('lean'))
})

afterAll(async () => {
  await lake.close()
  rmSync(folder, { recursive: true })
})

function request(name: string, change: Partial<FolderExportRequest> = {}): FolderExportRequest {
  return { out: join(folder, name), replace: false, ...change }
}

test('a catalog of nautilus_trader has a folder for each instrument, and files named after their times', () => {
  expect(nautilus).toMatchObject({ rows: 5, contracts: 2, quotes: 3, underlyings: 2, bars: 2 })
  expect(nautilus.left_out).toEqual({ one_sided: 1, repeated: 1 })
  expect(filesBelow(nautilus.path)).toEqual([
    'data/bar/SPY.SMART-5-MINUTE-LAST-EXTERNAL/2026-11-20T15-35-00-000000000Z_2026-11-20T15-35-00-000000000Z.parquet',
    'data/bar/SPY.SMART-5-MINUTE-MID-EXTERNAL/2026-11-20T15-40-00-000000000Z_2026-11-20T15-40-00-000000000Z.parquet',
    'data/equity/SPY.SMART/2026-11-20T15-30-00-000000000Z_2026-11-20T15-30-00-000000000Z.parquet',
    'data/index_instrument/^SPX.CBOE/2026-11-20T15-30-00-000000000Z_2026-11-20T15-30-00-000000000Z.parquet',
    'data/option_contract/SPXW261218C06000000.CBOE/2026-11-20T15-30-12-345000000Z_2026-11-20T15-30-12-345000000Z.parquet',
    'data/option_contract/SPY261218C00600000.SMART/2026-11-20T15-30-12-345000000Z_2026-11-20T15-30-12-345000000Z.parquet',
    'data/quote_tick/SPXW261218C06000000.CBOE/2026-11-20T15-30-12-345000000Z_2026-11-20T15-30-12-345000000Z.parquet',
    'data/quote_tick/SPY261218C00600000.SMART/2026-11-20T15-30-12-345000000Z_2026-11-20T15-35-07-001000000Z.parquet',
    'optionlake-export.json',
  ])
})

test('its quotes are exact 128-bit integers with the precision of the finest price, and two times', async () => {
  const [name] = filesBelow(nautilus.path).filter((one) => one.includes('quote_tick/SPY'))
  const file = await asyncBufferFromFile(join(nautilus.path, name as string))
  const metadata = await parquetMetadataAsync(file)
  expect(metadata.schema.slice(1).map(({ name, type, type_length }) => [name, type, type_length])).toEqual([
    ...['bid_price', 'ask_price', 'bid_size', 'ask_size'].map((one) => [one, 'FIXED_LEN_BYTE_ARRAY', 16]),
    ...['ts_event', 'ts_init'].map((one) => [one, 'INT64', undefined]),
  ])
  expect(
    Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value])),
  ).toEqual({
    ...{ instrument_id: 'SPY261218C00600000.SMART', price_precision: '4', size_precision: '0' },
  })
  const rows = await parquetReadObjects({ file, utf8: false })
  const numberOf = (bytes: unknown) => {
    const view = new DataView((bytes as Uint8Array).slice().buffer)
    return view.getBigUint64(0, true) + (view.getBigInt64(8, true) << 64n)
  }
  expect(
    rows.map((one) => [numberOf(one.bid_price), numberOf(one.ask_size), one.ts_event, one.ts_init]),
  ).toEqual([
    [51_000_000_000_000_000n, 40n * 10n ** 16n, 1_795_188_612_345_000_000n, 1_795_188_612_345_000_000n],
    [51_234_000_000_000_000n, 40n * 10n ** 16n, 1_795_188_907_001_000_000n, 1_795_188_907_001_000_000n],
  ])
})

test("LEAN's folder has the names, lines and units that docs/export.md gives", async () => {
  expect(lean).toMatchObject({ rows: 5, quotes: 4, trades: 2, open_interest: 3, bars: 3 })
  expect(lean.left_out).toEqual({ without_quote: 0, repeated: 1, other_options: 0, other_day: 0 })
  const texts = filesBelow(lean.path).flatMap((name) => {
    const bytes = readFileSync(join(lean.path, name))
    if (!name.endsWith('.zip')) return name.endsWith('.csv') ? [[name, String(bytes)]] : []
    return Object.entries(unzipSync(bytes)).map(([entry, text]) => [
      `${name}#${entry}`,
      String(Buffer.from(text)),
    ])
  })
  const shown = texts.map(([name, text]) => `${name}\n${text}`).join('\n')
  await expect(shown).toMatchFileSnapshot('lean-folder.txt')
})

test('equal lakes give equal files', async () => {
  const again = await exportLean(lake, request('again'))
  for (const name of filesBelow(lean.path).filter((one) => one.endsWith('.zip'))) {
    expect(readFileSync(join(again.path, name)), name).toEqual(readFileSync(join(lean.path, name)))
  }
})

test('a folder that exists is replaced only if an export made it, and only on request', async () => {
  await expect(exportLean(lake, request('lean'))).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('replace it with --force'),
  })
  expect(await exportNautilus(lake, request('lean', { replace: true, symbols: ['SPY'] }))).toMatchObject({
    quotes: 2,
  })
  expect(filesBelow(join(folder, 'lean')).some((name) => name.endsWith('.zip'))).toBe(false)
  mkdirSync(join(folder, 'own'))
  writeFileSync(join(folder, 'own', 'thesis.txt'), '')
  await expect(exportLean(lake, request('own', { replace: true }))).rejects.toMatchObject({
    exitCode: 64,
    message: expect.stringContaining('is no export of optionlake'),
  })
  await expect(exportLean(lake, request('own/thesis.txt', { replace: true }))).rejects.toThrow('is a file')
})

test('an export that fails or is stopped leaves nothing behind', async () => {
  const place = join(folder, 'empty')
  mkdirSync(place)
  const out = join(place, 'export')
  const missing = exportNautilus(lake, { out, replace: false, symbols: ['SPY', 'QQQ'] })
  await expect(missing).rejects.toThrow('no rows of QQQ in')
  await expect(exportLean(lake, { out, replace: false, right: 'P', symbols: ['SPX'] })).rejects.toThrow(
    'of puts',
  )
  const signal = AbortSignal.abort(new Error('SIGINT'))
  await expect(exportLean(lake, { out, replace: false }, { signal })).rejects.toThrow('SIGINT')
  await expect(exportLean(lake, { out: join(place, 'no', 'where'), replace: false })).rejects.toMatchObject({
    exitCode: 73,
  })
  expect(filesBelow(place)).toEqual([])
})

test('only the expiration, the right and the dates that were asked for are exported', async () => {
  const none = { from: DAY, to: DAY, symbols: ['SPY'] }
  expect(await exportLean(lake, request('puts', { ...none, right: 'P' }))).toMatchObject({
    rows: 2,
    quotes: 1,
  })
  await expect(
    exportNautilus(lake, request('later', { expiry: '20270115' as never, symbols: ['SPY'] })),
  ).rejects.toThrow('no rows of SPY of expiry 20270115')
})
