import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { journalBytes } from './journal.ts'
import { answer, run, start, temporaryFolder } from './program.ts'

/** A slow gateway, so that the program can be killed in the middle of a cycle. */
const SLOW = {
  OPTIONLAKE_SIMULATOR_MESSAGES_PER_SECOND: '600',
  OPTIONLAKE_SIMULATOR_GREEKS_MEDIAN_MS: '200',
}

/** A few strikes of each expiration. Contracts without a bid never have greeks, and are waited for twice. */
const NARROW = {
  OPTIONLAKE_HARVEST_GREEKS_WAIT_MS: '500',
  OPTIONLAKE_UNIVERSE_POLICY: 'plain',
  OPTIONLAKE_UNIVERSE_STRIKE_WINDOW_FRACTION: '0.005',
  OPTIONLAKE_UNIVERSE_MIN_STRIKE_WINDOW_FRACTION: '0.005',
}

interface Stats {
  rows: number
  ledger: LedgerRow[]
}

test('killed in the middle of a cycle, the next run keeps the quotes that had arrived', async () => {
  const lake = join(temporaryFolder(), 'lake')
  const spool = join(lake, '.state', 'spool')
  const first = start(['collect-once', '--symbols', 'SPY', '--lake', lake], SLOW)
  await first.printed(/slot .* New York/)
  // A contract and its ticks take about 700 bytes.
  await expect.poll(() => journalBytes(lake)).toBeGreaterThan(200_000)
  first.child.kill('SIGKILL')
  await first.ended
  expect(readdirSync(spool)).toHaveLength(1)

  // The lake opens, and nothing of the cycle is in it yet.
  expect((await answer<Stats>(['stats', '--lake', lake])).rows).toBe(0)

  // The next run requests other strikes only: all other rows can only come from the journal.
  const second = await run(['collect-once', '--symbols', 'SPY', '--lake', lake], NARROW)
  expect(second.code).toBe(0)
  const recovered = Number(/recovered ([\d,]+) rows/.exec(second.stderr)?.[1]?.replaceAll(',', ''))
  expect(recovered).toBeGreaterThan(100)
  expect(readdirSync(spool)).toEqual([])

  const { rows } = await answer<{ rows: number[][] }>([
    'sql',
    'SELECT count(*), count(DISTINCT con_id), count(bid) + count(ask) FROM option_snapshots',
    '--lake',
    lake,
  ])
  const [count, contracts, quotes] = rows[0] as [number, number, number]
  expect(count).toBeGreaterThanOrEqual(recovered)
  expect(contracts).toBe(count)
  expect(quotes).toBeGreaterThan(count)
}, 60_000)

test('killed at any moment, the lake opens and a slot is whole or absent', async () => {
  const lake = join(temporaryFolder(), 'lake')
  for (const afterMs of [400, 900, 1_500]) {
    const running = start(['collect-once', '--symbols', 'IWM', '--lake', lake], SLOW)
    await new Promise((resolve) => setTimeout(resolve, afterMs))
    running.child.kill('SIGKILL')
    await running.ended
  }
  const { code, stderr } = await run(['collect-once', '--symbols', 'IWM', '--lake', lake], NARROW)
  expect({ code, stderr }).toMatchObject({ code: 0 })
  const stats = await answer<Stats>(['stats', '--lake', lake])
  const [{ n, keys }] = (
    await answer<{ rows: number[][] }>([
      'sql',
      'SELECT count(*), count(DISTINCT (timestamp, symbol, strike, expiry, "right")) FROM option_snapshots',
      '--lake',
      lake,
    ])
  ).rows.map(([n, keys]) => ({ n, keys })) as [{ n: number; keys: number }]
  expect(n).toBe(keys)
  expect(n).toBe(stats.rows)
  expect(stats.ledger.at(-1)).toMatchObject({ outcome: 'stored', symbol: 'IWM' })
}, 60_000)

test('stopped by a signal, it ends with 143 and stores what had arrived as a partial slot', async () => {
  const lake = join(temporaryFolder(), 'lake')
  const running = start(['collect-once', '--symbols', 'SPY', '--lake', lake], SLOW)
  await running.printed(/slot .* New York/)
  await expect.poll(() => journalBytes(lake)).toBeGreaterThan(120_000)
  running.child.kill('SIGTERM')
  const { code, stderr } = await running.ended
  expect(code).toBe(143)
  expect(stderr).toMatch(/warning: SPY is partial: stopped/)
  const { rows, ledger } = await answer<Stats>(['stats', '--lake', lake])
  expect(rows).toBeGreaterThan(50)
  expect(ledger).toMatchObject([{ outcome: 'partial', reason: 'stopped', rows }])
}, 60_000)
