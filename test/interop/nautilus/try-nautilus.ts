import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Goal } from '../../../scripts/bench/report.ts'
import { NAUTILUS_VERSION } from '../../../src/export/nautilus/export-nautilus.ts'
import { type Lake, openLake } from '../../../src/lake/open.ts'
import { sql } from '../../../src/lake/query/sql.ts'
import { UNDERLYING_BARS } from '../../../src/lake/tables/small-tables.ts'
import { upsert } from '../../../src/lake/write/write-rows.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { type ExpiryDate, expiryToDate } from '../../../src/market/units.ts'
import type { UnderlyingBarRow } from '../../../src/snapshot/underlying-bars.ts'
import { FIRST_DAY, sessionsFrom, slotOn, storeSlot } from '../../support/backtest-lake.ts'
import { createNautilusEnvironment } from '../python-environment.ts'

const ROOT = resolve(import.meta.dirname, '../../../..')
const PROGRAM = join(ROOT, 'dist/main.js')
const SCRIPT = join(ROOT, 'test/interop/nautilus/load_catalog.py')
const TIMEOUT_MS = 900_000

/** What the script prints. */
const found = z.object({
  ...{
    version: z.string(),
    instruments: z.int(),
    quotes: z.int(),
    bars: z.int(),
    load_s: z.number(),
    run_s: z.number(),
  },
  ...{ faults: z.array(z.string()), fault_count: z.int() },
  run: z.object({
    ...{
      iterations: z.int(),
      orders: z.int(),
      quotes: z.int(),
      bars: z.int(),
      fills: z.int(),
      is_late: z.boolean(),
    },
  }),
})
type Found = z.infer<typeof found>

/**
 * Exports a lake that the simulated gateway and our writer filled, has nautilus_trader load it by its own classes, compares
 * every quote, bar and contract with the lake, and runs a backtest over all of it.
 */
export async function tryNautilus(folder: string, quick: boolean): Promise<Goal[]> {
  const environment = await createNautilusEnvironment(NAUTILUS_VERSION)
  if (environment.kind === 'missing') {
    console.log(`nautilus_trader: not run: ${environment.why}`)
    return goalsOf(null, environment.why)
  }
  const lakeFolder = join(folder, 'lake')
  const catalog = join(folder, 'catalog')
  await run(process.execPath, [PROGRAM, 'collect-once', '--lake', lakeFolder, '--symbols', 'SPY,SPX'], {
    ...process.env,
    OPTIONLAKE_UNIVERSE_POLICY: 'plain',
    OPTIONLAKE_UNIVERSE_PLAIN_EXPIRATIONS: '2',
    OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.03',
    OPTIONLAKE_UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.03',
    OPTIONLAKE_LOG_LEVEL: 'silent',
  })
  const lake = await openLake(lakeFolder, { mode: 'write', source: 'simulated', clock: systemClock })
  try {
    await addDays(lake, quick ? 1 : 3)
    const truth = join(folder, 'truth.json')
    await writeFile(truth, JSON.stringify(await truthOf(lake)))
    await run(process.execPath, [
      PROGRAM,
      'export',
      '--lake',
      lakeFolder,
      '--format',
      'nautilus',
      '--out',
      catalog,
    ])
    const { stdout } = await run(environment.python, [SCRIPT, catalog, truth])
    const result = found.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''))
    describe(result)
    return goalsOf(result, '')
  } finally {
    await lake.close()
  }
}

const run = (file: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  promisify(execFile)(file, [...args], { env, timeout: TIMEOUT_MS, maxBuffer: 64_000_000 })

/** Sessions of 20 slots and their bars, at which the price moves. */
async function addDays(lake: Lake, days: number): Promise<void> {
  for (const [day, date] of sessionsFrom(FIRST_DAY, days).entries()) {
    const bars: UnderlyingBarRow[] = []
    for (let n = 0; n < 20; n++) {
      const price = Math.round(100 * (600 + 3 * Math.sin(n + day))) / 100
      const slot = slotOn(date, n)
      await storeSlot(lake, slot, date, { price, volFraction: 0.17 })
      bars.push({
        ...{ timestamp: slot, symbol: 'SPY', con_id: 1, kind: 'STK', expiry: null, date, open: price - 0.25 },
        ...{
          high: price + 0.5,
          low: price - 0.505,
          close: price,
          ticks: 50,
          session: 'regular',
          coverage_seconds: 300,
        },
        ...{
          price_basis: n % 5 === 0 ? 'mid' : 'trade',
          data_type: 'live',
          first_at: slot,
          last_at: slot + 290_000,
        },
      })
    }
    await upsert(lake, UNDERLYING_BARS, bars)
  }
}

/** What the catalog must hold, by queries of the lake that share nothing with the export. */
async function truthOf(lake: Lake) {
  const id = `trading_class || expiry[3:] || "right" || lpad(round(strike * 1000)::BIGINT::VARCHAR, 8, '0') || '.' ||
    coalesce(exchange, 'SMART')`
  const hasQuote =
    'bid > 0 AND ask > 0 AND bid_size IS NOT NULL AND ask_size IS NOT NULL AND carried_from IS NULL'
  const rowsOf = async (names: readonly string[], query: string) => {
    const { rows } = await sql(lake, query, { maxRows: 10_000_000 })
    return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]])))
  }
  const quotes = await rowsOf(
    ['id', 'at', 'bid', 'ask', 'bid_size', 'ask_size'],
    `SELECT ${id}, epoch_ms(quoted_at)::DOUBLE, bid, ask, bid_size::DOUBLE, ask_size::DOUBLE
     FROM option_snapshots WHERE ${hasQuote}`,
  )
  const contracts = await rowsOf(
    ['id', 'strike', 'right', 'multiplier', 'expiry', 'expires'],
    `SELECT ${id} AS name, strike, "right", coalesce(max(multiplier), 100)::DOUBLE, expiry, max(epoch_ms(expires_at))::DOUBLE
     FROM option_snapshots WHERE ${hasQuote} GROUP BY name, strike, "right", expiry`,
  )
  const bars = await rowsOf(
    ['type', 'at', 'open', 'high', 'low', 'close'],
    `SELECT symbol || '.SMART-5-MINUTE-' || if(price_basis = 'mid', 'MID', 'LAST') || '-EXTERNAL',
       (epoch_ms(timestamp) + 300000)::DOUBLE, open, high, low, close FROM underlying_bars`,
  )
  const expiresOf = (row: Record<string, unknown>) =>
    row.expires ?? newYorkInstant(expiryToDate(row.expiry as ExpiryDate), '16:00')
  return { quotes, bars, contracts: contracts.map((row) => ({ ...row, expires: expiresOf(row) })) }
}

function describe({ version, instruments, quotes, bars, faults, run: ran, ...took }: Found): void {
  for (const fault of faults) console.log(`nautilus_trader: ${fault}`)
  console.log(
    `nautilus_trader ${version}: ${instruments} instruments, ${quotes} quotes and ${bars} bars loaded in ${took.load_s.toFixed(1)} s; ` +
      `a backtest processed ${ran.iterations} of them in ${took.run_s.toFixed(1)} s: ${ran.quotes} quotes, ${ran.bars} bars, ` +
      `${ran.orders} order, ${ran.fills} fill`,
  )
}

function goalsOf(result: Found | null, why: string): Goal[] {
  const run = result?.run
  const missed = run && result.quotes + result.bars - run.quotes - run.bars
  return [
    {
      name: 'values of nautilus_trader unlike the lake',
      value: result?.fault_count ?? null,
      unit: 'rows',
      atMost: 0,
      why,
    },
    {
      name: 'quotes loaded by nautilus_trader',
      value: result?.quotes ?? null,
      unit: 'quotes',
      atLeast: 1_000,
      why,
    },
    { name: 'data that its backtest did not process', value: missed ?? null, unit: 'rows', atMost: 0, why },
    { name: 'orders filled in its backtest', value: run?.fills ?? null, unit: 'fills', atLeast: 1, why },
  ]
}
