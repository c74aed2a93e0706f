import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { systemClock } from '../../src/market/clock.ts'
import { openSimulatedDaemon } from '../daemon/simulated-daemon.ts'
import { temporaryFolder } from '../lake/lakes.ts'
import { runCommand } from './run-command.ts'

/** The simulated gateway needs no second between two requests for history; time limits are longer than that. */
function hurryPauses(): void {
  const { sleep } = systemClock
  const hurried = vi
    .spyOn(systemClock, 'sleep')
    .mockImplementation((ms, signal) => sleep(ms <= 1_000 ? ms / 50 : ms, signal))
  onTestFinished(() => hurried.mockRestore())
}

async function openGateway() {
  hurryPauses()
  const { simulator, close } = await openSimulatedDaemon('2026-11-19', '18:00')
  onTestFinished(close)
  const lake = join(temporaryFolder(), 'lake')
  const gateway = ['--gateway', `127.0.0.1:${simulator.port}`, '--clock', 'gateway', '--lake', lake]
  return {
    simulator,
    lake,
    backfill: (symbols: string, ...options: string[]) =>
      runCommand(['backfill', '--symbols', symbols, ...gateway, ...options]),
  }
}

test('backfill has a line for every item, and warns about those that were refused', async () => {
  const { simulator, backfill } = await openGateway()
  simulator.inject({ kind: 'history_refused', what: 'OPTION_IMPLIED_VOLATILITY', symbol: 'IWM' })
  const { code, stdout, stderr } = await backfill('IWM,NOPE')
  expect(code).toBe(0)
  expect(stdout).toMatch(/^IWM +closes +\d+ +20\d\d-\d\d-\d\d +2026-11-19 +stored$/m)
  expect(stdout).toMatch(/^IWM +volatilities +0 +– +– +refused$/m)
  expect(stdout).toMatch(/^NOPE +closes +0 +– +– +unknown symbol$/m)
  expect(stdout).toMatch(/^VIX +closes +\d+ .* stored$/m)
  expect(stderr).toMatch(
    /^optionlake: warning: not stored: 30-day volatilities of IWM: .*refused with 162, /m,
  )
  expect(stderr).toMatch(
    /^optionlake: warning: not stored: closes of NOPE, 30-day volatilities of NOPE: unknown symbol "NOPE"/m,
  )
})

test('backfill ends with the first failure if nothing of any symbol was stored', async () => {
  const { simulator, lake, backfill } = await openGateway()
  const typo = await backfill('NOPE')
  expect(typo).toMatchObject({ code: 64, stderr: expect.stringContaining('unknown symbol "NOPE"') })
  expect(existsSync(lake)).toBe(false)
  simulator.inject({ kind: 'history_refused' })
  const refused = await backfill('IWM')
  expect(refused).toMatchObject({ code: 75, stderr: expect.stringContaining('refused with 162') })
  expect(refused.stdout.match(/ refused$/gm)).toHaveLength(3)
})

test('a collected VIX has its levels once, apart from the volatility of its options', async () => {
  const { backfill, lake } = await openGateway()
  const { code, stdout } = await backfill('VIX')
  expect(code).toBe(0)
  expect(stdout.match(/^VIX +closes /gm)).toHaveLength(1)
  expect(stdout).toMatch(/^VIX +volatilities /m)
  const select =
    'SELECT source, count(close) AS closes, count(iv30) AS ivs FROM daily_observations GROUP BY source'
  const { stdout: rows } = await runCommand(['sql', select, '--lake', lake, '--json'])
  expect(rows).toMatch(/index/)
  // Levels are closes of the index, never of anything else.
  expect(rows).not.toMatch(/"ib_index",[1-9]/)
})

test('--days are calendar days, although the gateway counts sessions', async () => {
  const { backfill } = await openGateway()
  const { stdout } = await backfill('IWM', '--days', '30')
  const [, sessions, from] = /^IWM +closes +(\d+) +(\S+)/m.exec(stdout) as unknown as [string, string, string]
  expect(from >= '2026-10-20').toBe(true)
  expect(Number(sessions)).toBe(23)
})
