import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LedgerRowAsJson } from '../../src/snapshot/row-as-json.ts'
import { runCommand } from '../commands/run-command.ts'
import { answer, run, temporaryFolder } from './program.ts'

interface Doctor {
  checks: { name: string; status: string; found: string }[]
}
interface Plan {
  in_window: number
  estimate: { contracts: number; fits: boolean }
  expirations: { symbol: string; expiry: string; days: number; contracts: number }[]
}
interface Collected {
  source: string
  version: number
  rows_written: number
  files: number
  bytes: number
  symbols: LedgerRowAsJson[]
}
interface Chain {
  source: string
  rows: {
    symbol: string
    expiry: string
    strike: number
    right: string
    bid: number | null
    ask: number | null
    iv: number | null
    delta: number | null
    open_interest: number | null
    con_id: number
    timestamp: string
    flags: string[]
  }[]
}

/** Contracts without a bid never have greeks, and are waited for twice. */
const SHORT_WAIT = { OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '500' }

test('the twelve steps of a collector, from an empty folder to a healthy connection', async () => {
  process.chdir(temporaryFolder())
  const lake = join(temporaryFolder(), 'lake')

  // 2 connect, 3 fetcher, 4 VIX, 5 trend input, 6 IV history input, 12 connection health
  const doctor = await answer<Doctor>(['doctor', '--lake', lake])
  const status = Object.fromEntries(doctor.checks.map((check) => [check.name, check.status]))
  expect(status).toMatchObject({
    gateway: 'ok',
    'sample contract': 'ok',
    VIX: 'ok',
    'SPY price': 'ok',
    'SPY trend input': 'ok',
    'SPY IV history input': 'ok',
    'IWM IV history input': 'ok',
    'lake folder': 'ok',
  })

  // 7 chain
  const plan = await answer<Plan>(['plan', '--lake', lake])
  expect(plan.estimate.fits).toBe(true)
  expect(plan.estimate.contracts).toBe(plan.in_window)
  expect(new Set(plan.expirations.map(({ symbol }) => symbol))).toEqual(new Set(['SPY', 'QQQ', 'IWM']))

  // 1 create the table, 8 write
  const collected = await answer<Collected>(['collect-once', '--lake', lake])
  expect(collected).toMatchObject({ source: 'simulated', version: 1, files: 3 })
  expect(collected.rows_written).toBeGreaterThan(3_000)
  for (const report of collected.symbols) {
    expect(report).toMatchObject({ outcome: 'stored', reason: null, answered: report.requested })
    expect(report.rows).toBe(report.answered)
    expect(report.with_greeks).toBeGreaterThan(report.answered / 2)
    expect(report.vix).toBeGreaterThan(5)
  }

  // 9 read back the latest chain
  const chain = await answer<Chain>(['chain', 'SPY', '--lake', lake])
  const spy = collected.symbols.find(({ symbol }) => symbol === 'SPY') as LedgerRowAsJson
  expect(chain.source).toBe('simulated')
  expect(chain.rows).toHaveLength(spy.rows)
  expect(new Set(chain.rows.map(({ timestamp }) => timestamp)).size).toBe(1)

  // 10 check a sample contract
  const atm = await answer<Chain>(['chain', 'SPY', '--atm', '--lake', lake], {}, runCommand)
  // Of the last expiration: on the day it expires, an option at the money may have any delta.
  const sample = atm.rows.filter(({ right }) => right === 'C').at(-1)
  expect(Math.abs((sample?.strike as number) - (spy.underlying_price as number))).toBeLessThan(5)
  expect(sample?.bid).toBeGreaterThan(0)
  expect(sample?.ask).toBeGreaterThanOrEqual(sample?.bid as number)
  expect(sample?.iv).toBeGreaterThan(0.02)
  expect(sample?.delta).toBeGreaterThan(0.2)
  expect(sample?.open_interest).toBeGreaterThan(0)

  // 11 statistics
  const stats = await answer<{ rows: number; slots: number; symbols: string[]; bytes_per_row: number }>(
    ['stats', '--lake', lake],
    {},
    runCommand,
  )
  expect(stats).toMatchObject({ rows: collected.rows_written, slots: 1, symbols: ['IWM', 'QQQ', 'SPY'] })

  // The same slot again: values change, rows do not.
  const again = await answer<Collected>(['collect-once', '--symbols', 'SPY', '--lake', lake], SHORT_WAIT)
  const total = {
    sql: 'SELECT count(*) AS n, count(DISTINCT (timestamp, symbol, strike, expiry, "right")) AS keys FROM option_snapshots',
  }
  const { rows } = await answer<{ rows: number[][] }>(['sql', total.sql, '--lake', lake], {}, runCommand)
  expect(rows[0]?.[0]).toBe(rows[0]?.[1])
  expect(again.symbols.map((report) => report.timestamp)).toEqual([spy.timestamp])
  expect(rows[0]?.[0]).toBe(collected.rows_written)
  const later = await answer<Chain>(['chain', 'SPY', '--lake', lake], {}, runCommand)
  const before = new Map(chain.rows.map((row) => [row.con_id, row.bid]))
  expect(later.rows.some((row) => before.has(row.con_id) && before.get(row.con_id) !== row.bid)).toBe(true)
}, 120_000)

/** A few strikes of each expiration. */
const NARROW = {
  ...SHORT_WAIT,
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.02',
  OPTIONLAKE_UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.02',
}

test('the output has progress lines, a table, warnings on standard error, and the gateway', async () => {
  const lake = join(temporaryFolder(), 'lake')
  const { code, stdout, stderr } = await run(['collect-once', '--symbols', 'IWM', '--lake', lake], NARROW)
  expect(code).toBe(0)
  expect(stderr).toMatch(/gateway: embedded simulator, seed 1; slot \d{4}-\d\d-\d\d \d\d:\d\d New York/)
  expect(stderr).toMatch(/IWM: ([\d,]+) of \1, [\d,]+ complete, [\d.]+\/s, 0:00 left/)
  expect(stdout).toMatch(/IWM {5}stored/)
  expect(stdout).toMatch(
    /stored [\d,]+ answered contracts, [\d,]+ rows in 1 file, .* gateway: embedded simulator, seed 1/,
  )

  const chain = await run(['chain', 'IWM', '--lake', lake])
  expect(chain.stdout).toMatch(/IWM \d+\.\d\d · slot .* · .*\(simulated\)/)
  expect(chain.stdout).toMatch(/call OI +volume +delta +iv % +bid +ask +strike/)
  const stats = await run(['stats', '--lake', lake])
  expect(stats.stdout).toMatch(/slots +1\n/)
  expect(stats.stdout).toMatch(/IWM +stored/)
}, 60_000)
