import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { demoConfig } from '../../../src/daemon/demo/demo-config.ts'
import { planDemo } from '../../../src/daemon/demo/demo-day.ts'
import { openDemo } from '../../../src/daemon/demo/open-demo.ts'
import { storePast } from '../../../src/daemon/demo/store-past.ts'
import { sessionOn, type TradingSession } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { openLog } from '../../../src/process/log.ts'
import { temporaryFolder } from '../../lake/lakes.ts'
import { until } from '../simulated-daemon.ts'

interface StoredSlots {
  readonly slots: readonly { readonly timestamp: string; readonly outcome: string }[]
}

test('a demo stores what came before, and collects the rest of the day from its own gateway', async () => {
  const day = planDemo(sessionOn(sessionDate('2026-11-20')) as TradingSession, {
    wholeSessions: 0,
    grid: demoConfig().harvest,
  })
  const [before] = day.before
  if (!before) throw new Error('nothing is stored before')
  const config = demoConfig({
    symbols: ['SPY'],
    'lake.folder': join(temporaryFolder(), 'lake'),
    'http.port': 0,
    'simulator.crashes': [day.crash],
  })
  const log = openLog('silent')
  const { signal } = new AbortController()
  const short = {
    ...day,
    before: [{ ...before, slots: before.slots.slice(-1) }],
    stored: day.stored.slice(-1),
  }
  await storePast(short, { config, log, signal })
  const lifetime = openLifetime()
  onTestFinished(() => lifetime.close())
  const demo = await openDemo(short, { config, speed: 60, log, version: 'test', lifetime })
  demo.over.catch(() => {})
  const read = async <T>(path: string) => (await fetch(`${demo.url}${path}`)).json() as Promise<T>
  const stored = await until(
    () => read<StoredSlots>('/api/slots'),
    ({ slots }) => slots.some(({ timestamp }) => timestamp === '2026-11-20T14:50:00.000Z'),
    60_000,
  )
  expect(stored.slots.map(({ outcome }) => outcome)).not.toContain('missing')
  expect(await read('/health')).toMatchObject({
    source: 'embedded simulator, seed 1',
    clock: { source: 'simulated', artificial: true },
  })
})
