import { afterEach, expect, test } from 'vitest'
import { openRig, type Rig } from './harvest-rig.ts'

let rig: Rig | undefined
afterEach(async () => {
  await rig?.close()
  rig = undefined
})

/** Collects from a gateway that loses all its streams after 100 ms; the loss is announced 20 ms later. */
async function collectAcrossLoss(rig: Rig, contracts: number) {
  let announceLoss = () => {}
  const collected = rig.collect(rig.listed.slice(0, contracts), {
    waits: { timeoutMs: 5_000 },
    onStreamsLost: (listener) => {
      announceLoss = listener
      return () => {}
    },
  })
  await rig.clock.sleep(100)
  rig.simulator.inject({ kind: 'server_lost', streams: 'lost', seconds: 0 })
  await rig.clock.sleep(20)
  const linesAfterLoss = rig.simulator.stats().lines
  const announcedAtMs = rig.clock.monotonicMs()
  announceLoss()
  const harvest = await collected
  return { harvest, linesAfterLoss, seconds: (rig.clock.monotonicMs() - announcedAtMs) / 1_000 }
}

test('streams that the gateway lost without a notice are requested again, and every contract is answered', async () => {
  rig = await openRig({ firstQuoteMedianMs: 200, greeksMedianMs: 250 })
  const { harvest, linesAfterLoss, seconds } = await collectAcrossLoss(rig, 60)
  expect(linesAfterLoss).toBe(0)
  expect(harvest.gaps).toEqual([])
  expect(harvest.answered).toHaveLength(60)
  expect(seconds).toBeLessThan(4)
})

test('a request that still waits for its turn when the streams are lost is sent once, and its line comes free', async () => {
  rig = await openRig({ firstQuoteMedianMs: 200, greeksMedianMs: 250 }, { messagesPerSecond: 100 })
  const { harvest } = await collectAcrossLoss(rig, 60)
  expect(harvest.answered).toHaveLength(60)
  await rig.session.currentTime()
  expect(rig.session.counters().linesInUse).toBe(0)
  expect(rig.simulator.stats().lines).toBe(0)
})
