import { expect, test } from 'vitest'
import { spikingAgents, spikingParameters } from '../../../src/exchange/agents/spiking.ts'
import { handMadeContext, letAct, quietView, type Sent } from './hand-made-market.ts'

const PARAMETERS = spikingParameters.parse({
  count: 2,
  spikeLength: 4,
  activationProbability: 0.01,
  orderVolume: 500,
  reach: 0.01,
})

function run(changes = {}, steps = 5_000): Sent[] {
  let step = 0
  const [agent] = spikingAgents(
    { ...PARAMETERS, ...changes },
    handMadeContext(() => step),
  )
  const view = (now: number) => {
    step = now
    // The mid falls by a tick a step: the limit of a spike must not follow it.
    return quietView(now, { mid: 100_000 - now })
  }
  return letAct(agent ?? expect.unreachable(), steps, { view })
}

/** The orders of each spike: those of successive steps. */
function spikes(sent: readonly Sent[]): Sent[][] {
  const groups: Sent[][] = []
  for (const order of sent) {
    const group = groups.at(-1)
    if (group && group.length < PARAMETERS.spikeLength) group.push(order)
    else groups.push([order])
  }
  return groups
}

test('a spike is one order a step for its length, all of one side and one limit', () => {
  const found = spikes(run())
  expect(found.length).toBeGreaterThan(20)
  for (const [first, ...others] of found.slice(0, -1)) {
    expect(first?.kind).toBe('ioc')
    expect(first?.price).toBe(Math.round((100_000 - first!.step) * (1 + first!.side * 0.01)))
    expect(others.map(({ step, side, price, quantity }) => [step, side, price, quantity])).toEqual(
      [1, 2, 3].map((later) => [first!.step + later, first!.side, first!.price, 500]),
    )
  }
})

test('both sides occur, and about as often as the probability says', () => {
  const found = spikes(run())
  expect(new Set(found.map(([first]) => first?.side))).toEqual(new Set([1, -1]))
  // 5,000 steps at 1 % are 48 spikes on average, each of which takes four steps.
  expect(found.length).toBeLessThan(75)
})

test('it rests after a spike, and never acts at probability 0', () => {
  const starts = spikes(run({ activationProbability: 1, restPeriod: 96 }, 1_000)).map(
    ([first]) => first?.step,
  )
  expect(starts).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900])
  expect(run({ activationProbability: 0 })).toEqual([])
})
