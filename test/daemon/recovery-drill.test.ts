import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { backup } from '../../src/lake/backup/backup.ts'
import { restoreBackup } from '../../src/lake/backup/restore-backup.ts'
import { verify } from '../../src/lake/check/verify/verify.ts'
import { openLake } from '../../src/lake/open.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { newYorkTime } from '../../src/market/calendar.ts'
import { systemClock } from '../../src/market/clock.ts'
import { epochMs } from '../../src/market/units.ts'
import { openSimulatedDaemon, type SimulatedDaemon, until } from './simulated-daemon.ts'

const opened: SimulatedDaemon[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function openDaemon(at: string): Promise<SimulatedDaemon> {
  const simulated = await openSimulatedDaemon('2026-11-19', at)
  opened.push(simulated)
  return simulated
}

// The steps of "The recovery drill" in docs/operations.md.
test('the recovery drill: back up a running daemon, lose the lake, restore, verify, start the daemon again', async () => {
  const clock = systemClock
  const simulated = await openDaemon('10:02')
  const { lake } = simulated
  const target = join(lake, '../backup')
  const daemon = await simulated.start()
  await until(daemon.stats, ({ slots }) => slots === 1)
  await backup(lake, target, { clock, copy: true, verify: true, prune: false })
  await daemon.stop()
  rmSync(lake, { recursive: true })

  await restoreBackup(target, lake, { clock, copy: true, replaceDamaged: false })
  expect((await verify(lake, { clock })).findings).toEqual([])
  const later = await openDaemon('10:11')
  const again = await later.start({ 'lake.folder': lake })
  await until(again.stats, ({ slots }) => slots === 2)
  await again.stop()
  const reader = await openLake(lake, { mode: 'read', clock })
  const ledger = await slots(reader).finally(() => reader.close())
  expect(
    ledger.map(({ timestamp, outcome, reason }) => [newYorkTime(epochMs(timestamp)), outcome, reason]),
  ).toEqual([
    ...['09:30', '09:35', '09:40', '09:45', '09:50', '09:55'].map((time) => [time, 'missing', 'not_running']),
    ['10:00', 'stored', null],
    ['10:05', 'missing', 'not_running'],
    ['10:10', 'stored', null],
  ])
  // The restored lake goes on in the same backup.
  const { findings, unchanged } = await backup(lake, target, {
    clock,
    copy: true,
    verify: true,
    prune: false,
  })
  expect(findings).toEqual([])
  expect(unchanged.files).toBeGreaterThan(0)
})
