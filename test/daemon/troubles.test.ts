import { existsSync, readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openLake } from '../../src/lake/open.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { fillDisk } from './full-disk.ts'
import { openSimulatedDaemon, type SimulatedDaemon, until } from './simulated-daemon.ts'

let simulated: SimulatedDaemon
let free = () => {}
afterEach(async () => {
  free()
  await simulated.close()
})

async function ledger(): Promise<readonly LedgerRow[]> {
  const lake = await openLake(simulated.lake, { mode: 'read', clock: systemClock })
  try {
    return await slots(lake)
  } finally {
    await lake.close()
  }
}

/** Open files of this process below a folder; Linux only. */
function openFilesBelow(folder: string): string[] {
  const descriptors = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : []
  return descriptors.flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`)
      return path.startsWith(folder) ? [path] : []
    } catch {
      return [] // The descriptor that listed the folder is closed by now.
    }
  })
}

test('on a full disk the daemon is alive and not ready; once there is space, the next cycle stores the journal', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  const collector = await simulated.start()
  await until(collector.stats, ({ slots }) => slots === 1)
  const { rows } = await collector.stats()
  expect(collector.health('readyz').checks.find(({ name }) => name === 'lake')?.status).toBe('ok')

  // The journal is on the same disk; here it can be written, so that its quotes can be stored later.
  free = fillDisk(join(simulated.lake, 'option_snapshots'))
  await expect(collector.collectOnce()).rejects.toMatchObject({ exitCode: 74 })
  const health = collector.health('readyz')
  expect(health.status).toBe(503)
  expect(health.checks.find(({ name }) => name === 'lake')).toMatchObject({
    status: 'fail',
    reason: expect.stringMatching(/ENOSPC|no space|disk is full/i),
    advice: expect.stringContaining('Free disk space'),
  })
  expect(collector.health('livez').status).toBe(200)
  expect((await collector.stats()).rows).toBe(rows)
  const spool = join(simulated.lake, '.state', 'spool')
  expect(readdirSync(spool)).toHaveLength(1)
  expect(openFilesBelow(spool)).toEqual([])

  free()
  await collector.collectOnce()
  expect(readdirSync(spool)).toEqual([])
  expect(collector.health('readyz').checks.find(({ name }) => name === 'lake')?.status).toBe('ok')
  const outcomes = (await ledger()).map(({ outcome, reason }) => reason ?? outcome)
  expect(outcomes).toEqual([...Array(6).fill('not_running'), 'stored'])
  expect((await collector.stats()).rows).toBeGreaterThanOrEqual(rows)
}, 60_000)

test('options without a subscription are gaps in every slot and do not open the breaker', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  simulated.simulator.inject({ kind: 'entitlement', code: 354 })
  const collector = await simulated.start({ 'harvest.greeksWaitMs': 100, 'harvest.timeoutMs': 200 })
  for (let cycle = 0; cycle < 6; cycle++) await collector.collectOnce()
  const entry = (await ledger()).at(-1)
  expect(entry).toMatchObject({ outcome: 'missing', answered: 0, reason: 'no_market_data' })
  expect(entry?.detail).toMatch(/subscri/i)
  const breaker = collector.health('health').checks.find(({ name }) => name === 'breaker')
  expect(breaker?.status).toBe('ok')
}, 60_000)

test("a gateway version that will soon be refused is a health warning in the gateway's words", async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  const collector = await simulated.start()
  await until(collector.stats, ({ slots }) => slots === 1)
  simulated.simulator.inject({ kind: 'version_warning' })
  const check = await until(
    () => collector.health('health').checks.find(({ name }) => name === 'operations'),
    (one) => one?.status === 'warn',
  )
  expect(check?.reason).toMatch(/unsupported|version/i)
  expect(collector.health('health').status).toBe(200)
})

test('the metrics show the activity of the daemon', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02')
  const collector = await simulated.start({ 'universe.plainExpirations': 2 })
  const shown = async () => {
    const text = await (await fetch(`${collector.url}/metrics`)).text()
    return (series: string) => Number(new RegExp(`^${series} (\\S+)$`, 'm').exec(text)?.[1] ?? Number.NaN)
  }
  await until(shown, (value) => value('optionlake_lake_rows') > 0)
  // The canary, which is of the furthest expiration.
  await until(shown, (value) => value('optionlake_gateway_lines_in_use') === 1)
  const value = await shown()
  const asked = value('optionlake_contracts_requested_total\\{symbol="IWM"\\}')
  expect(asked).toBeGreaterThan(20)
  expect(value('optionlake_contracts_answered_total\\{symbol="IWM"\\}')).toBe(asked)
  expect(value('optionlake_contracts_complete_total\\{symbol="IWM"\\}')).toBeGreaterThan(0)
  for (const stage of ['chain', 'harvest'])
    expect(value(`optionlake_stage_duration_seconds_count\\{stage="${stage}"\\}`), stage).toBe(1)
  expect(value('optionlake_lake_commit_duration_seconds_count')).toBe(1)
  expect(value('optionlake_lake_files')).toBeGreaterThan(0)
  expect(value('optionlake_lake_bytes')).toBeGreaterThan(1_000)
  expect(value('optionlake_gateway_messages_total')).toBeGreaterThan(2 * asked)
  expect(value('optionlake_gateway_messages_per_second_limit')).toBe(500)
  expect(value('optionlake_gateway_lines_limit')).toBe(100)
  expect(value('optionlake_gateway_notices_total\\{code="2104",kind="farm"\\}')).toBeGreaterThan(0)
  expect(value('optionlake_gateway_connected')).toBe(1)
  expect(value('optionlake_breaker_state\\{symbol="IWM"\\}')).toBe(0)
  expect(value('optionlake_in_session')).toBe(1)
  expect(value('optionlake_gateway_reconnects_total')).toBe(0)

  simulated.simulator.inject({ kind: 'restart', seconds: 1 })
  await until(shown, (now) => now('optionlake_gateway_reconnects_total') === 1)
  await until(shown, (now) => now('optionlake_event_loop_lag_seconds_count') > 0)
}, 30_000)
