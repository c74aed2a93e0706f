import { afterEach, expect, test } from 'vitest'
import type { Collector } from '../../src/daemon/collector.ts'
import { openSimulatedDaemon, type SimulatedDaemon, until } from './simulated-daemon.ts'

let simulated: SimulatedDaemon

afterEach(() => simulated.close())

const slotOf = (collector: Collector) => collector.health().checks.find(({ name }) => name === 'slot')
const metricsOf = async (collector: Collector) => (await fetch(`${collector.url}/metrics`)).text()

test('a slot of delayed data is partial and red, and only a warning after a restart that asks for it', async () => {
  simulated = await openSimulatedDaemon('2026-11-19', '10:02', { dataType: 'delayed' })
  const first = await simulated.start()
  await until(first.stats, ({ slots }) => slots === 1)
  const poor = await until(
    () => slotOf(first),
    (check) => check?.status === 'fail' && check.reason.includes('delayed'),
  )
  expect(poor?.reason).toContain('IWM 10:00 landed with 100 % delayed')
  expect(poor?.advice).toContain('delayed data')
  const shown = await metricsOf(first)
  expect(shown).toContain('optionlake_slot_content{symbol="IWM",criterion="delayed"} 1')
  expect(shown).toContain('optionlake_slot_content_status{symbol="IWM",criterion="delayed"} 0')
  expect(shown).toContain('optionlake_slots_total{symbol="IWM",outcome="partial",reason="delayed_data"} 1')
  await first.stop()

  const asked = await simulated.start({ 'gateway.marketDataType': 'delayed' })
  expect(slotOf(asked)).toMatchObject({ status: 'warn' })
  expect(slotOf(asked)?.reason).toContain('100 % delayed, as configured')
  expect(await metricsOf(asked)).toContain(
    'optionlake_slot_content_status{symbol="IWM",criterion="delayed"} 2',
  )
}, 60_000)
