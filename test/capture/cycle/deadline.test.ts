import { expect, test } from 'vitest'
import { openDeadline } from '../../../src/capture/cycle/deadline.ts'
import { loadConfig } from '../../../src/config/config.ts'
import { epochMs } from '../../../src/market/units.ts'
import { manualClock } from '../../support/manual-clock.ts'

test('every symbol of a slot may wait on its deadline, without a warning of Node', async () => {
  const clock = manualClock(epochMs(Date.UTC(2026, 11, 14, 15)))
  const { harvest } = loadConfig(null, {})
  const deadline = openDeadline({ at: clock.now() }, harvest, {
    clock,
    signal: new AbortController().signal,
  })
  const warnings: Error[] = []
  const onWarning = (warning: Error) => void warnings.push(warning)
  process.on('warning', onWarning)
  for (let symbol = 0; symbol < 30; symbol++) deadline.signal.addEventListener('abort', () => {})
  await new Promise(setImmediate)
  process.off('warning', onWarning)
  expect(warnings).toEqual([])
  await deadline.close()
})
