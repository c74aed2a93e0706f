import { afterEach, expect, test } from 'vitest'
import type { HarvestProgress } from '../../src/harvest/collect.ts'
import type { Harvest } from '../../src/harvest/harvest.ts'
import { conId } from '../../src/market/units.ts'
import { openRig, type Rig } from './harvest-rig.ts'

let rig: Rig
afterEach(() => rig.close())

/** Every requested contract is in exactly one of the two lists. */
function expectAccounted(harvest: Harvest, asked: readonly { conId: number }[]): void {
  const seen = [...harvest.answered, ...harvest.gaps].map(({ contract }) => contract.conId)
  expect(seen.sort()).toEqual(asked.map((contract) => contract.conId).sort())
}

const reasons = ({ gaps }: Harvest) => [...new Set(gaps.map(({ reason }) => reason))]

test('a rolling window collects every contract once and never uses more lines than allowed', async () => {
  rig = await openRig({ lines: 20, greeksMedianMs: 30 }, { lines: 20 })
  const order = rig.listed.slice(0, 150)
  const progress: HarvestProgress[] = []
  const harvest = await rig.collect(order, { onProgress: (one) => progress.push(one) })
  expectAccounted(harvest, order)
  expect(harvest.gaps).toEqual([])
  expect(harvest.answered.filter(({ complete }) => complete).length).toBeGreaterThan(120)
  for (const { quote, underlying } of harvest.answered) {
    expect(quote.quotedAt).toBeGreaterThanOrEqual(harvest.startedAt)
    expect(underlying?.price).toBe(690)
  }
  const { peakLines, error100, error101 } = rig.simulator.stats()
  expect(peakLines).toBeGreaterThan(10)
  expect({ over: peakLines > 20, error100, error101 }).toEqual({ over: false, error100: 0, error101: 0 })
  expect(progress.at(-1)).toMatchObject({ symbol: 'SPY', planned: 150, done: 150, answered: 150 })
})

test('all lines are free again once the last cancel is written', async () => {
  rig = await openRig()
  await rig.collect(rig.listed.slice(0, 60))
  // One round trip behind the cancels.
  await rig.session.currentTime()
  expect(rig.simulator.stats().lines).toBe(0)
  expect(rig.session.counters().linesInUse).toBe(0)
})

test('without greeks a contract ends after the wait for them, with its quotes, as not complete', async () => {
  rig = await openRig({ missingGreeksFraction: 1 })
  const order = rig.listed.slice(0, 10)
  const before = rig.clock.monotonicMs()
  const harvest = await rig.collect(order)
  const elapsed = rig.clock.monotonicMs() - before
  expect(harvest.answered).toHaveLength(10)
  expect(harvest.answered.every(({ complete, quote }) => !complete && quote.numbers.ask !== undefined)).toBe(
    true,
  )
  expect(elapsed).toBeGreaterThan(390)
  expect(elapsed).toBeLessThan(690)
})

test('a contract without data is a gap after the time-out', async () => {
  rig = await openRig({ firstQuoteMedianMs: 60_000, greeksMedianMs: 60_000 })
  const order = rig.listed.slice(0, 5)
  const harvest = await rig.collect(order)
  expectAccounted(harvest, order)
  expect(reasons(harvest)).toEqual(['unanswered'])
})

test("an unknown contract is a gap with the gateway's message, and the rest goes on", async () => {
  rig = await openRig()
  const [first, ...rest] = rig.listed.slice(0, 10) as [Rig['listed'][0], ...Rig['listed'][0][]]
  const order = [{ ...first, conId: conId(4_242) }, ...rest]
  const harvest = await rig.collect(order)
  expect(harvest.answered).toHaveLength(9)
  expect(harvest.gaps).toEqual([
    {
      contract: order[0],
      reason: 'no_such_contract',
      detail: expect.stringContaining('No security definition'),
      code: 200,
    },
  ])
})

test('with fewer lines than allowed no contract is lost: the session learns how many there are', async () => {
  rig = await openRig({ lines: 10, greeksMedianMs: 20 }, { lines: 40 })
  const order = rig.listed.slice(0, 120)
  const harvest = await rig.collect(order)
  expectAccounted(harvest, order)
  expect(harvest.gaps).toEqual([])
  // Those under way at the first refusal, and then one for each line that is tried again.
  const { error101, peakLines } = rig.simulator.stats()
  expect(error101).toBeGreaterThan(0)
  expect(error101).toBeLessThan(40)
  expect(peakLines).toBe(10)
  expect(rig.session.counters().linesUsable).toBeLessThanOrEqual(11)
})

test('at a gateway that allows less than was configured no contract is lost, and the session lasts', async () => {
  rig = await openRig({ messagesPerSecond: 60 }, { messagesPerSecond: 80 })
  const order = rig.listed.slice(0, 100)
  const harvest = await rig.collect(order)
  expectAccounted(harvest, order)
  expect(harvest.gaps).toEqual([])
  const { error100, droppedForRate } = rig.simulator.stats()
  expect({ error100: error100 > 0, droppedForRate }).toEqual({ error100: true, droppedForRate: 0 })
})

test('without any line the harvest ends at its deadline, and its gaps say why', async () => {
  rig = await openRig({ lines: 1 }, { lines: 40 })
  const [held, ...order] = rig.listed.slice(0, 6) as [Rig['listed'][0], ...Rig['listed'][0][]]
  await rig.session.subscribe(held, { genericTicks: '', onTick: () => {}, onNotice: () => {} })
  const harvest = await rig.collect(order, { waits: { deadlineAtMs: rig.clock.monotonicMs() + 500 } })
  expectAccounted(harvest, order)
  expect(reasons(harvest)).toEqual(['lines_exhausted'])
  expect(harvest.finishedAt - harvest.startedAt).toBeLessThan(900)
})

test('open interest that is known is not requested again', async () => {
  rig = await openRig()
  const order = rig.listed.slice(0, 6)
  const first = await rig.collect(order)
  expect(first.answered.every(({ quote }) => quote.numbers.callOpenInterest !== undefined)).toBe(true)
  const openInterest = new Map(order.map((contract) => [contract.conId, 1]))
  const second = await rig.collect(order, { openInterest })
  expect(second.answered.every(({ quote }) => quote.numbers.callOpenInterest === undefined)).toBe(true)
})

test('the deadline ends the cycle and keeps the answers so far', async () => {
  rig = await openRig({ greeksMedianMs: 50 }, { messagesPerSecond: 100 })
  const order = rig.listed.slice(0, 200)
  const harvest = await rig.collect(order, { waits: { deadlineAtMs: rig.clock.monotonicMs() + 600 } })
  expectAccounted(harvest, order)
  expect(harvest.answered.length).toBeGreaterThan(5)
  expect(reasons(harvest)).toEqual(['deadline'])
  expect(harvest.finishedAt - harvest.startedAt).toBeLessThan(900)
})

test('a stop keeps the quotes that had arrived', async () => {
  rig = await openRig({ greeksMedianMs: 50 }, { messagesPerSecond: 100 })
  const order = rig.listed.slice(0, 200)
  const stop = new AbortController()
  void rig.clock.sleep(500).then(() => stop.abort(new Error('enough')))
  const harvest = await rig.collect(order, { signal: stop.signal })
  expectAccounted(harvest, order)
  expect(harvest.answered.length).toBeGreaterThan(5)
  expect(reasons(harvest)).toEqual(['stopped'])
})

test('when the connection is lost, answers so far are kept and the rest are gaps with a reason', async () => {
  rig = await openRig({ greeksMedianMs: 50 }, { messagesPerSecond: 100 })
  const order = rig.listed.slice(0, 200)
  void rig.clock.sleep(500).then(() => rig.simulator.close())
  const harvest = await rig.collect(order)
  expectAccounted(harvest, order)
  expect(harvest.answered.length).toBeGreaterThan(5)
  expect(reasons(harvest)).toEqual(['connection_lost'])
})

test('three symbols share the lines and the message rate', async () => {
  rig = await openRig({ messagesPerSecond: 200, lines: 30 }, { messagesPerSecond: 160, lines: 30 })
  const parts = [0, 1, 2].map((at) => rig.listed.slice(at * 40, at * 40 + 40))
  const harvests = await Promise.all(parts.map((order) => rig.collect(order)))
  for (const [at, harvest] of harvests.entries()) expectAccounted(harvest, parts[at] ?? [])
  const { error100, error101, peakLines } = rig.simulator.stats()
  expect({ error100, error101 }).toEqual({ error100: 0, error101: 0 })
  expect(peakLines).toBeLessThanOrEqual(30)
  // In parallel: all three were running when the first ended.
  const firstEnd = Math.min(...harvests.map(({ finishedAt }) => finishedAt))
  for (const { answered } of harvests) {
    expect(answered.filter(({ quote }) => (quote.quotedAt ?? 0) <= firstEnd).length).toBeGreaterThan(30)
  }
})
