import { afterEach, expect, test } from 'vitest'
import { loadConfig } from '../../../src/config/config.ts'
import { openSupervisedSession } from '../../../src/daemon/sessions/gateway-source.ts'
import { newYorkInstant } from '../../../src/market/calendar.ts'
import { clockFrom } from '../../../src/market/clock.ts'
import { type EpochMs, sessionDate } from '../../../src/market/units.ts'
import { openLifetime } from '../../../src/process/lifetime.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import { startSimulator } from '../../../src/simulator/server.ts'
import { stubMarket } from '../../simulator/stub-market.ts'

let lifetime = openLifetime()
afterEach(async () => {
  await lifetime.close()
  lifetime = openLifetime()
})

/** A supervised session with a gateway whose clock is far from the machine's, and the times of its notices. */
async function open(clock: 'system' | 'gateway') {
  const gatewayClock = clockFrom(newYorkInstant(sessionDate('2026-11-19'), '10:02'))
  const rules = simulatorOptions.parse({ noticesAtConnect: [{ code: 2172, text: 'soon unsupported' }] })
  const simulator = await startSimulator(stubMarket(), rules, { clock: gatewayClock, seed: 7 })
  lifetime.onClose(() => simulator.close())
  const config = loadConfig(null, {}, [
    { source: 'test', path: ['gateway', 'host'], value: simulator.host },
    { source: 'test', path: ['gateway', 'port'], value: simulator.port },
    { source: 'test', path: ['clock'], value: clock },
  ])
  const dated = new Map<number, EpochMs>()
  const source = await openSupervisedSession(config, {
    lifetime,
    onNotice: ({ code }, at) => void dated.set(code, at),
  })
  return { ...source, gatewayClock, dated }
}

test("with the gateway's clock nothing is dated by the machine's, and the offset is no cause for alarm", async () => {
  const { supervisor, clock, gatewayClock, dated } = await open('gateway')
  const levels: string[] = []
  supervisor.onClockOffset((_offset, level) => void levels.push(level))
  const now = gatewayClock.now()
  for (const code of [2104, 2172])
    expect(Math.abs((dated.get(code) ?? 0) - now), String(code)).toBeLessThan(5_000)
  expect(Math.abs(supervisor.state().since - now)).toBeLessThan(5_000)
  expect(Math.abs(clock.now() - gatewayClock.now())).toBeLessThan(1_500)
  await expect.poll(() => supervisor.clockOffset(), { interval: 5 }).not.toBeNull()
  expect(Math.abs(supervisor.clockOffset()?.offsetMs ?? 1e9)).toBeLessThan(1_500)
  expect(levels).toEqual([])
})

test("with the machine's clock the offset is known at once", async () => {
  const { supervisor, clock, gatewayClock } = await open('system')
  const levels: string[] = []
  supervisor.onClockOffset((_offset, level) => void levels.push(level))
  await expect.poll(() => supervisor.clockOffset(), { interval: 5 }).not.toBeNull()
  const offset = supervisor.clockOffset()
  expect(Math.abs((offset?.offsetMs ?? 0) - (gatewayClock.now() - clock.now()))).toBeLessThan(1_500)
  expect(levels).toEqual(['fail'])
})
