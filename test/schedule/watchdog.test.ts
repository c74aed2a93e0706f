import { expect, onTestFinished, test } from 'vitest'
import { fastClock } from '../../src/market/fast-clock.ts'
import { epochMs } from '../../src/market/units.ts'
import { startWatchdog } from '../../src/schedule/watchdog.ts'

test('cron, which goes by the machine, is not missed on a clock that runs sixty times as fast', async () => {
  const stopping = new AbortController()
  onTestFinished(() => stopping.abort(new Error('test over')))
  const silences: number[] = []
  const clock = fastClock(epochMs(0), 60)
  const { done } = startWatchdog({
    ...{ clock, signal: stopping.signal, tickMs: 1_000, cronSilentMs: 5_000 },
    onTick: () => {},
    onCronSilent: (ms) => silences.push(ms),
  })
  // Twelve seconds of the clock, a fifth of a second of the machine.
  await clock.sleep(12_000)
  expect(silences).toEqual([])
  stopping.abort(new Error('test over'))
  await done
})
