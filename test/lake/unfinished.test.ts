import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLake } from '../../src/lake/open.ts'
import { systemClock } from '../../src/market/clock.ts'
import { filesBelow, temporaryFolder } from './lakes.ts'

test('unfinished files are cleared at opening, even in a table that is not read', async () => {
  const folder = temporaryFolder()
  const open = () => openLake(folder, { mode: 'write', source: 'simulated', clock: systemClock })
  await (await open()).close()
  const log = join(folder, 'daily_observations', '_delta_log')
  mkdirSync(log, { recursive: true })
  writeFileSync(join(log, '.tmp-1'), 'x')
  writeFileSync(join(log, 'notes'), 'x')
  const lake = await open()
  await lake.close()
  expect(lake.cleared.deleted).toEqual(['../daily_observations/_delta_log/.tmp-1'])
  expect(filesBelow(join(folder, 'daily_observations'))).toEqual(['_delta_log/notes'])
})
