import { cpSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectGolden } from './golden.ts'
import {
  after,
  analyticsOptions,
  chainCachePath,
  DAILY_OBSERVATIONS,
  filesBelow,
  flagNames,
  type Lake,
  MARKET_METRICS,
  openLake,
  openLog,
  readChainCache,
  readRows,
  recoverJournals,
  slots,
  sql,
  stats,
  temporaryFolder,
  verify,
} from './imports.ts'
import { stoppedClock } from './make-lake.ts'

/** A lake written by version 0.1. */
const WRITTEN_BY_0_1 = resolve(import.meta.dirname, '../fixtures/lake-0.1')
const clock = stoppedClock(after(9))
const folder = join(temporaryFolder(), 'lake')

beforeAll(async () => {
  cpSync(WRITTEN_BY_0_1, folder, { recursive: true })
})

/** One JSON text a line; fractions with nine digits, because the last digits depend on the processor. */
function lines(rows: readonly unknown[]): string {
  const digits = (_key: string, value: unknown) =>
    typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value
  return rows.map((row) => JSON.stringify(row, digits)).join('\n')
}

async function rowsOf(lake: Lake, query: string): Promise<string> {
  return lines((await sql(lake, query)).rows)
}

async function contentsOf(lake: Lake): Promise<string> {
  const bySlot = `SELECT epoch_ms(timestamp), symbol, count(*), count(bid), sum(bid), sum(ask), sum(volume),
    sum(open_interest), sum(iv), sum(delta), sum(gamma), sum(theta), sum(vega), sum(strike), bit_or(flags)
    FROM option_snapshots GROUP BY ALL ORDER BY ALL`
  const { version: _, files, rows, symbols, source, ...times } = await stats(lake)
  return [
    '== counts',
    lines([{ files, rows, symbols, source, slots: times.slots }]),
    '== rows by slot',
    await rowsOf(lake, bySlot),
    '== ledger',
    lines(await slots(lake)),
    '== market_metrics',
    lines(await readRows(lake, MARKET_METRICS)),
    '== daily_observations',
    lines(await readRows(lake, DAILY_OBSERVATIONS)),
  ].join('\n')
}

test('a lake of version 0.1 reads as it was written', async () => {
  const lake = await openLake(folder, { mode: 'read', clock })
  expectGolden('old-lake', await contentsOf(lake))
  await lake.close()
})

test('it is opened for writing, and the cycle that was killed is recovered', async () => {
  const before = filesBelow(folder)
  const lake = await openLake(folder, { mode: 'write', source: 'simulated', clock })
  expect(lake.cleared).toEqual({ deleted: [], quarantined: [] })
  // One commit adds the columns that version 0.1 lacks.
  const added = filesBelow(folder).filter((path) => !before.includes(path))
  expect(added).toEqual([expect.stringMatching(/^option_snapshots\/_delta_log\/\d{20}\.json$/)])
  expect(filesBelow(folder)).toHaveLength(before.length + 1)
  const recovered = await recoverJournals(lake, openLog('silent'), analyticsOptions.parse({}))
  expect(readdirSync(join(folder, '.state', 'spool'))).toEqual([])
  const { rows } = await sql(
    lake,
    `SELECT * REPLACE (epoch_ms(timestamp) AS timestamp, epoch_ms(quoted_at) AS quoted_at)
     FROM option_snapshots WHERE timestamp = '${new Date(after(8)).toISOString()}' ORDER BY con_id`,
  )
  const { rows: flags } = await sql(
    lake,
    `SELECT flags FROM option_snapshots WHERE timestamp = '${new Date(after(8)).toISOString()}' ORDER BY con_id`,
  )
  const parts = [
    '== recovered',
    lines(recovered),
    '== its rows',
    lines(rows),
    '== their flags',
    lines(flags.map(([mask]) => flagNames(Number(mask)))),
    await contentsOf(lake),
  ]
  await lake.close()
  expectGolden('old-lake-recovered', parts.join('\n'))
  expect((await verify(folder, { clock })).findings).toEqual([])
})

test('its chain cache is read', () => {
  const book = readChainCache(chainCachePath(join(folder, '.state', 'contracts'), 'SPY'))
  const plain = (_key: string, value: unknown) => (value instanceof Map ? [...value] : value)
  expectGolden('old-lake-daybook', JSON.stringify(book, plain, 2))
})

test('verify finds nothing in it', async () => {
  const { findings, unproven } = await verify(WRITTEN_BY_0_1, { clock })
  expect({ findings, unproven }).toEqual({ findings: [], unproven: 0 })
})
