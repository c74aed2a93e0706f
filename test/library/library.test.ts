import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import * as library from '../../src/index.ts'
import { DAILY_OBSERVATIONS } from '../../src/lake/tables/small-tables.ts'
import { append } from '../../src/lake/write/append.ts'
import { upsert } from '../../src/lake/write/write-rows.ts'
import { ibIndexHistory, makeChain, range } from '../analytics/chains.ts'
import { temporaryFolder, temporaryLake } from '../lake/lakes.ts'
import { after, chain, SLOT, slotOf } from '../lake/slots.ts'

const page = readFileSync(resolve(import.meta.dirname, '../../docs/library.md'), 'utf8')

afterEach(() => vi.unstubAllEnvs())

/** Runs an example of the page, which must contain it verbatim, and returns the lines that it prints. */
async function printedBy(file: string): Promise<string[]> {
  const text = readFileSync(resolve(import.meta.dirname, file), 'utf8')
  expect(page).toContain(`\`\`\`ts\n${text.replace("'../../src/index.ts'", "'optionlake'")}\`\`\``)
  const print = vi.spyOn(console, 'log').mockImplementation(() => {})
  await import(`./${file}`)
  const printed = print.mock.calls.map((words) => words.join(' '))
  print.mockRestore()
  return printed
}

test('the example that reads a lake runs', async () => {
  const lake = await temporaryLake()
  for (const n of [0, 12]) await append(lake, slotOf({ SPY: chain(200) }, after(n)))
  vi.stubEnv('LAKE', lake.layout.root)
  const printed = await printedBy('example.ts')
  expect(printed.slice(0, 2)).toEqual([
    '400 rows in 2 slots',
    '200 contracts, the nearest expiry is 20261120',
  ])
  expect(printed).toContain('40 contracts then, 2 quotes of one since')
  expect(printed.at(-1)).toMatch(/^20261120,/)
})

test('the example that reads the figures runs', async () => {
  const lake = await temporaryLake()
  await upsert(lake, DAILY_OBSERVATIONS, ibIndexHistory('SPY'))
  const rows = makeChain({
    at: SLOT,
    vol: () => 0.17,
    expiries: ['20261204', '20261218', '20261231'],
    strikes: range(640, 720),
  })
  await append(lake, slotOf({ SPY: rows }))
  vi.stubEnv('LAKE', lake.layout.root)
  expect(await printedBy('numbers-example.ts')).toEqual([
    // The slot was stored without the gateway's own volatility: its year of history has no value to rank.
    'no rank: no_current_value, 252 observations',
    'trend up, VIX 17.25',
    '2026-11-20T15:30:00.000Z 50 true 17.25 up',
  ])
})

test('the example that embeds the collector runs, with the embedded simulator', async () => {
  const settings = {
    SYMBOLS: 'IWM',
    LAKE_FOLDER: temporaryFolder(),
    HTTP_PORT: '0',
    LOG_LEVEL: 'silent',
    UNIVERSE_POLICY: 'plain',
    UNIVERSE_PLAIN_EXPIRATIONS: '2',
    HARVEST_GREEKS_WAIT_MS: '300',
    UNIVERSE_STRIKE_WINDOW_FRACTION: '0.02',
    UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.02',
  }
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(`OPTIONLAKE_${name}`, value)
  const printed = await printedBy('collector-example.ts')
  expect(printed[0]).toMatch(/^embedded simulator, seed 1; lake .*; http:\/\/127\.0\.0\.1:\d+$/)
  expect(printed[1]).toMatch(/^IWM (stored|partial) \d+$/)
  // Two expirations within one week give no value for thirty days.
  expect(printed[2]).toMatch(/^IWM {2}\S+$/)
  expect(printed[3]).toMatch(/^(ok|warn|fail) 1$/)
})

test('a chain can be fetched without a lake', async () => {
  const config = library.loadConfig(null, {
    OPTIONLAKE_SYMBOLS: 'IWM',
    OPTIONLAKE_UNIVERSE_POLICY: 'plain',
    OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '1',
    OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.02',
    OPTIONLAKE_UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.02',
  })
  const { gateway, slot, rows, report } = await library.fetchChain('IWM', config)
  expect(gateway).toBe('embedded simulator, seed 1')
  expect(report).toMatchObject({ symbol: 'IWM', timestamp: slot, answered: rows.length })
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.every((row) => row.symbol === 'IWM' && row.timestamp === slot)).toBe(true)
  await expect(library.fetchChain('NOSUCH', config)).rejects.toMatchObject({ exitCode: 64 })
})

test('the VIX is that of the newest cycle that received it, unless that is too old', async () => {
  const lake = await temporaryLake()
  expect(await library.vix(lake)).toMatchObject({ value: null, reason: 'not_received', as_of: null })
  await append(lake, slotOf({ SPY: chain(10) }))
  const without = slotOf({ SPY: chain(10) }, after(1))
  const symbols = without.symbols.map((part) => ({ ...part, report: { ...part.report, vix: null } }))
  await append(lake, { ...without, symbols })
  expect(await library.vix(lake)).toMatchObject({ value: 17.25, as_of: SLOT, unit: 'points', reason: null })
  const weekLater = library.epochMs(SLOT + 7 * 86_400_000)
  expect(await library.vix(lake, { at: weekLater })).toMatchObject({ value: null, reason: 'not_received' })
  expect(await library.vix(lake, { at: library.epochMs(SLOT - 1) })).toMatchObject({ value: null })
})

test('a symbol without rows has reasons instead of figures, and defaults on request', async () => {
  const lake = await temporaryLake()
  expect(await library.marketData(lake, 'SPY')).toBeNull()
  const { slot, figures } = await library.latestMarketData(lake, 'SPY')
  expect(slot).toBeNull()
  expect(figures.iv30).toMatchObject({ value: null, reason: 'no_chain', as_of: null, age_seconds: null })
  const { iv_rank, iv30, vix } = (await library.latestMarketData(lake, 'SPY', { defaults: true })).figures
  expect([iv_rank.value, iv_rank.is_default, vix.value, vix.is_default]).toEqual([50, true, 18, true])
  expect(iv30).toMatchObject({ value: null, is_default: false })
  expect((await library.underlyingTrend(lake, 'SPY')).trend_daily.reason).toBe('too_few_bars')
})

test('every function of the library is described in docs/library.md', () => {
  const functions = Object.entries(library).filter(([, value]) => typeof value === 'function')
  expect(functions.map(([name]) => name).filter((name) => !page.includes(`\`${name}`))).toEqual([])
})
