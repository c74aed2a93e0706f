import { afterEach, expect, test } from 'vitest'
import { collect } from '../../src/harvest/collect.ts'
import type { Gap, GapReason, Harvest } from '../../src/harvest/harvest.ts'
import { fetchVerdict } from '../../src/harvest/verdict.ts'
import { openRig, type Rig } from './market.ts'

let rig: Rig | undefined
afterEach(async () => {
  await rig?.close()
  rig = undefined
})

test('streams that the gateway has lost without a word are asked for again, and every contract is answered', async () => {
  rig = await openRig({ firstQuoteMedianMs: 200, greeksMedianMs: 250 })
  const { simulator, clock, session, listed, env } = rig
  let tell = () => {}
  const collected = collect(
    session,
    { symbol: 'SPY', order: listed.slice(0, 60) },
    env({
      timeoutMs: 5_000,
      onStreamsLost: (listener) => {
        tell = listener
        return () => {}
      },
    }),
  )
  await clock.sleep(100)
  simulator.inject({ kind: 'server_lost', streams: 'lost', seconds: 0 })
  await clock.sleep(20)
  expect(simulator.stats().lines).toBe(0)
  const before = performance.now()
  tell()
  const harvest = await collected
  expect(harvest.gaps).toEqual([])
  expect(harvest.answered).toHaveLength(60)
  expect(performance.now() - before).toBeLessThan(4_000)
})

const harvestOf = (answered: number, ...reasons: GapReason[]): Harvest =>
  ({
    answered: Array.from({ length: answered }),
    gaps: reasons.map((reason) => ({ reason }) as Gap),
  }) as unknown as Harvest

test('a harvest speaks for the gateway when anything was answered, against it only when it could have served', () => {
  expect(fetchVerdict(harvestOf(1, 'unanswered', 'connection_lost'))).toBe('served')
  expect(fetchVerdict(harvestOf(0, 'unanswered', 'no_such_contract'))).toBe('failed')
  expect(fetchVerdict(harvestOf(0, 'deadline'))).toBe('failed')
  expect(fetchVerdict(harvestOf(0, 'no_such_contract', 'not_entitled', 'stopped'))).toBe('proved_nothing')
  expect(fetchVerdict(harvestOf(0))).toBe('proved_nothing')
})
