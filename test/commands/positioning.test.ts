import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLake } from '../../src/lake/open.ts'
import { append } from '../../src/lake/write/append.ts'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import { makeChain, range } from '../analytics/chains.ts'
import { slotOf } from '../lake/slots.ts'
import { expectToFollow } from '../support/published-schema.ts'
import { runCommand } from './run-command.ts'

let folder = ''

/** Two sessions of SPY: on the second, 10 more calls and 5 fewer puts are open at every strike. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-positioning-'))
  const lake = await openLake(folder, { source: 'simulated', mode: 'write', clock: systemClock })
  for (const [day, calls, puts] of [
    ['2026-11-19', 100, 105],
    ['2026-11-20', 110, 100],
  ] as const) {
    const date = sessionDate(day)
    const at = newYorkInstant(date, '15:00')
    const made = { at, vol: () => 0.2, expiries: ['20261204', '20261218'], strikes: range(620, 740) }
    const rows = makeChain(made).map((row) => ({ ...row, open_interest: row.right === 'C' ? calls : puts }))
    await append(lake, slotOf({ SPY: rows }, at, date))
  }
  await lake.close()
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

const positioning = (...args: string[]) => runCommand(['positioning', ...args, '--lake', folder])

test('the table says whose open interest it is and what the exposure assumes', async () => {
  const { stdout } = await positioning('SPY')
  expect(stdout).toContain('open interest of 2026-11-19, changes against 2026-11-18')
  expect(stdout).toContain('assumed: dealers are long calls and short puts')
  const earlier = await positioning('SPY', '--at', '2026-11-19T16:00:00-05:00')
  expect(earlier.stdout).toContain(
    'open interest of 2026-11-18, no changes: the session before is not stored;',
  )
  expect(stdout).toMatch(/oi_change_calls +500 +100/)
  expect(stdout).toMatch(/\n20261218 +28\.05 +675\.00 +2,750 +250 +2,500 +-125 /)
  expect(stdout).toContain('… 5 more strikes: --all')
})

test('one expiration, one earlier slot, and JSON', async () => {
  const one = JSON.parse((await positioning('SPY', '--expiry', '20261204', '--json')).stdout)
  expect(one.expirations).toHaveLength(1)
  expect(one.strikes).toHaveLength(25)
  expect(one.figures.oi_change_puts).toMatchObject({ value: -125, oi_date: '2026-11-19' })
  const earlier = await positioning('SPY', '--at', '2026-11-19T16:00:00-05:00', '--json')
  expect(JSON.parse(earlier.stdout)).toMatchObject({
    date: '2026-11-19',
    oi_date: '2026-11-18',
    oi_date_before: null,
    figures: { oi_change_calls: { value: null, reason: 'no_session_before' } },
  })
})

test('the JSON follows its schema, with the exposure at 121 prices', async () => {
  const { stdout } = await positioning('SPY', '--json')
  expectToFollow('positioning', stdout)
  expect(JSON.parse(stdout).profile).toHaveLength(121)
})

test('an expiration that is not stored and an unknown symbol are named', async () => {
  const none = await positioning('SPY', '--expiry', '20261211')
  expect(none.code).toBe(64)
  expect(none.stderr).toContain(
    'no options of SPY expire on 20261211 in the slot of 2026-11-20 15:00 New York',
  )
  const unknown = await positioning('XYZ')
  expect(unknown.code).toBe(64)
  expect(unknown.stderr).toContain('"XYZ" is neither configured nor in')
})
