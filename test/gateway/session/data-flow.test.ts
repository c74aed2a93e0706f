import { expect, test } from 'vitest'
import { createDataFlowMonitor } from '../../../src/gateway/session/data-flow.ts'
import { classify } from '../../../src/gateway/session/notices.ts'
import type { Tick } from '../../../src/market/quote.ts'

const BID: Tick = { field: 'bid', value: 1.25 }
const NO_BID: Tick = { field: 'bid', value: null }
const broken = (farm: string) => [2103, `Market data farm connection is broken:${farm}`] as const
const LOST = [1100, 'Connectivity between IBKR and Trader Workstation has been lost.'] as const
const COMPETING = [10_197, 'No market data during competing live session'] as const

/** One session's data flow at given seconds. */
function play() {
  let nowMs = 0
  let changes = 0
  const { dataFlow, onNotice, onTick } = createDataFlowMonitor({ monotonicMs: () => nowMs })
  dataFlow.onChange(() => {
    changes += 1
  })
  return {
    notice(seconds: number, [code, text]: readonly [number, string]) {
      nowMs = seconds * 1_000
      onNotice(classify(code, -1, text))
    },
    tick(seconds: number, tick: Tick = BID, from: 'option' | 'underlying' = 'option') {
      nowMs = seconds * 1_000
      onTick(tick, from)
    },
    at: (seconds: number) => {
      nowMs = seconds * 1_000
    },
    reason: () => dataFlow.blocked()?.reason ?? null,
    blocked: dataFlow.blocked,
    farms: () => dataFlow.brokenFarms().map(({ kind, name }) => `${kind} ${name}`),
    changes: () => changes,
  }
}

test.each(['usfarm', 'usfarm.nj', 'usopt', 'USOPT', 'optionlake-simulator'])(
  'the broken farm %s blocks until it works, is inactive or connects',
  (farm) => {
    for (const [code, text] of [
      [2104, `Market data farm connection is OK:${farm}`],
      [2107, `HMDS data farm connection is inactive but should be available upon demand.${farm}`],
      [2108, `Market data farm connection is inactive but should be available upon demand.${farm}`],
      [2119, `Market data farm is connecting:${farm}`],
    ] as const) {
      const flow = play()
      flow.notice(10, broken(farm))
      expect(flow.blocked()).toEqual({ reason: 'farm_broken', sinceMs: 10_000, message: broken(farm)[1] })
      flow.notice(11, [code, text])
      expect(flow.blocked(), String(code)).toBeNull()
      expect(flow.farms()).toEqual([])
      expect(flow.changes()).toBe(2)
    }
  },
)

test.each([
  'eufarm',
  'eufarmnj',
  'cashfarm',
  'jfarm',
  'hfarm',
  'usfuture',
  'usbond',
  'ushmds',
  'new-in-2027',
  '',
])('the broken farm "%s" does not block: when in doubt, data are requested', (farm) => {
  const flow = play()
  flow.notice(1, broken(farm))
  expect(flow.blocked()).toBeNull()
  expect(flow.farms()).toEqual([`market ${farm}`])
  expect(flow.changes()).toBe(0)
})

test('what a notice says about one farm says nothing about another', () => {
  const flow = play()
  flow.notice(1, broken('usopt'))
  flow.notice(2, broken('eufarm'))
  flow.notice(3, [2104, 'Market data farm connection is OK:usfarm'])
  flow.notice(3, [2104, 'Market data farm connection is OK:eufarm'])
  flow.notice(3, [2106, 'HMDS data farm connection is OK:usopt'])
  expect(flow.reason()).toBe('farm_broken')
  expect(flow.farms()).toEqual(['market usopt'])
  flow.notice(4, [2104, 'Market data farm connection is OK:usopt'])
  expect(flow.blocked()).toBeNull()
})

test('a broken farm of history or definitions does not block', () => {
  const flow = play()
  flow.notice(1, [2105, 'HMDS data farm connection is broken:ushmds'])
  flow.notice(1, [2157, 'Sec-def data farm connection is broken:secdefil'])
  expect(flow.blocked()).toBeNull()
  expect(flow.farms()).toEqual(['history ushmds', 'definitions secdefil'])
})

test.each([1100, 2110])('%i blocks until 1101 or 1102', (code) => {
  for (const back of [1101, 1102]) {
    const flow = play()
    flow.notice(5, [code, LOST[1]])
    flow.notice(8, [code, 'still lost'])
    expect(flow.blocked()).toEqual({ reason: 'server_lost', sinceMs: 5_000, message: 'still lost' })
    flow.notice(9, [back, 'Connectivity has been restored'])
    expect(flow.blocked()).toBeNull()
  }
})

test('the restored connection clears the farms only if it says that all are connected', () => {
  const flow = play()
  flow.notice(1, broken('usopt'))
  flow.notice(2, LOST)
  expect(flow.reason()).toBe('server_lost')
  flow.notice(3, [1102, 'Connectivity has been restored - data maintained.'])
  expect(flow.reason()).toBe('farm_broken')
  flow.notice(4, [1102, 'Connectivity restored. All data farms are connected: usfarm; usopt.'])
  expect(flow.blocked()).toBeNull()
})

test('data that arrive more than a moment after the notice overrule it', () => {
  for (const notice of [LOST, COMPETING, broken('usopt'), broken('usfarm')]) {
    const flow = play()
    flow.notice(10, notice)
    flow.tick(10.9)
    flow.tick(12, NO_BID)
    flow.tick(12, { field: 'dataType', dataType: 'live' })
    expect(flow.blocked(), notice[1]).not.toBeNull()
    flow.tick(12)
    expect(flow.blocked(), notice[1]).toBeNull()
    expect(flow.changes()).toBe(2)
    flow.notice(30, notice)
    expect(flow.blocked()).toMatchObject({ sinceMs: 30_000 })
  }
})

test('data of an underlying say nothing about the farm of the options', () => {
  const flow = play()
  flow.notice(10, broken('usopt'))
  flow.notice(10, broken('usfarm'))
  flow.tick(20, BID, 'underlying')
  expect(flow.reason()).toBe('farm_broken')
  flow.tick(21, BID, 'option')
  expect(flow.blocked()).toBeNull()
  const competing = play()
  competing.notice(10, COMPETING)
  competing.tick(20, BID, 'underlying')
  expect(competing.blocked()).toBeNull()
})

test('a competing session that is not mentioned for a minute is forgotten, and the listeners hear of it', () => {
  const flow = play()
  flow.notice(10, COMPETING)
  flow.notice(40, COMPETING)
  flow.at(99.9)
  expect(flow.blocked()).toMatchObject({ reason: 'competing_session', sinceMs: 10_000 })
  flow.at(100)
  expect(flow.blocked()).toBeNull()
  expect(flow.changes()).toBe(2)
})

test('a gateway that invents farms does not exhaust memory', () => {
  const flow = play()
  for (let index = 0; index < 1_000; index += 1) flow.notice(1, broken(`farm${index}`))
  expect(flow.farms()).toHaveLength(100)
})
