import { expect, test } from 'vitest'
import type { DataFlowBlock } from '../../src/gateway/session/data-flow.ts'
import { classify } from '../../src/gateway/session/notices.ts'
import { observe } from '../../src/harvest/outages.ts'
import {
  type ContractRequest,
  checkWaits,
  closeWindow,
  createWindow,
  finish,
  isOver,
  loseSession,
  loseStreams,
  type RequestWindow,
  recordNotice,
  recordTick,
  repeatEndedSinceData,
  resume,
  stop,
  takeNext,
} from '../../src/harvest/request-window.ts'
import type { FutureContract } from '../../src/market/contract.ts'
import type { Tick } from '../../src/market/quote.ts'
import { conId, epochMs } from '../../src/market/units.ts'
import { options } from '../chain/contracts.ts'
import { futures } from '../market/future-contracts.ts'

const order = options('SPY', '20261218', [680, 690])
const waits = { greeksWaitMs: 2_500, timeoutMs: 4_000, deadlineAtMs: 60_000 }
const greeks = {
  impliedVolFraction: 0.2,
  delta: 0.5,
  gamma: 0.01,
  vega: 0.7,
  theta: -0.2,
  underlyingPrice: 690,
  pvDividend: null,
}
const BID: Tick = { field: 'bid', value: 1 }
const ASK: Tick = { field: 'ask', value: 1.1 }
const GREEKS: Tick = { field: 'modelGreeks', greeks }
const OPEN_INTEREST: Tick = { field: 'callOpenInterest', value: 10 }

const notice = (code: number) => classify(code, 7, 'what IB says')

/** Takes the next contract and marks its request as written at the given time. */
function sent(window: RequestWindow, atMs = 0): ContractRequest {
  const request = takeNext(window, 0, waits)
  if (!request) throw new Error('no contract waits')
  request.sentAtMs = atMs
  return request
}

function record(window: RequestWindow, request: ContractRequest, ...ticks: Tick[]): boolean[] {
  return ticks.map((tick) => recordTick(window, request, tick, { at: epochMs(1), underlying: null }))
}

const outcomes = (released: ReturnType<typeof checkWaits>) => released.map(({ outcome }) => outcome)

test('a contract is done with both sides, an implied volatility and its open interest', () => {
  const window = createWindow(order, new Map())
  expect(record(window, sent(window), BID, ASK, GREEKS, OPEN_INTEREST)).toEqual([false, false, false, true])
})

test('a future is done with both sides and its open interest, and complete without the latter', () => {
  const [front, next] = futures(['ESZ6', '20261218'], ['ESH7', '20270319'])
  const window = createWindow([front, next] as FutureContract[], new Map())
  const [first, second] = [sent(window), sent(window)]
  const interest: Tick = { field: 'openInterest', value: 2_000_000 }
  // An option's tick is not a future's.
  expect(record(window, first, BID, OPEN_INTEREST, ASK, interest)).toEqual([false, false, false, true])
  record(window, second, BID, ASK)
  expect(checkWaits(window, 2_499, waits)).toEqual([])
  expect(checkWaits(window, 2_500, waits)).toMatchObject([{}, { request: second, outcome: 'answered' }])
  expect(window.answered).toMatchObject([{ complete: true }, { complete: true }])
})

test('open interest that is known is not waited for', () => {
  const window = createWindow(order, new Map(order.map(({ conId }) => [conId, 10])))
  expect(record(window, sent(window), GREEKS, BID, ASK)).toEqual([false, false, true])
})

test('once both sides are known only greeks are waited for, else everything until the time-out', () => {
  const window = createWindow(order, new Map())
  const [settled, silent] = [sent(window), sent(window)]
  record(window, settled, BID, ASK)
  expect(checkWaits(window, 2_499, waits)).toEqual([])
  expect(checkWaits(window, 2_500, waits)).toEqual([{ request: settled, outcome: 'answered' }])
  expect(checkWaits(window, 3_999, waits)).toEqual([])
  expect(checkWaits(window, 4_000, waits)).toEqual([{ request: silent, outcome: 'gap' }])
  expect(window.answered).toMatchObject([{ complete: false }])
  expect(window.gaps).toMatchObject([{ reason: 'unanswered' }])
})

test('a contract without data for lack of a subscription is a gap with that reason', () => {
  const window = createWindow(order, new Map())
  recordNotice(window, sent(window), notice(354))
  checkWaits(window, 4_000, waits)
  expect(window.gaps).toMatchObject([{ reason: 'not_entitled', detail: 'what IB says' }])
})

test('a contract refused for lack of a line or for the rate is the next one again, however often', () => {
  const window = createWindow(order, new Map())
  const codes = [101, 100, 101, 101, 100, 101]
  const refused = codes.map((code) => {
    const request = sent(window)
    return { ...request, outcomes: outcomes(recordNotice(window, request, notice(code))) }
  })
  for (const one of refused) {
    expect(one).toMatchObject({ contract: order[0], attempt: 1, outcomes: ['retry'] })
  }
  expect(window.queue.slice(window.next).map(({ contract }) => contract)).toEqual(order)
  expect(window.gaps).toEqual([])
})

test('at the deadline the rest lacks lines if the gateway had fewer than allowed', () => {
  const window = createWindow(order, new Map())
  recordNotice(window, sent(window), notice(101))
  checkWaits(window, 60_000, waits)
  closeWindow(window, { nowMs: 60_000, lacksLines: true })
  expect(window.gaps).toHaveLength(order.length)
  for (const gap of window.gaps) {
    expect(gap).toMatchObject({ reason: 'lines_exhausted', detail: 'what IB says' })
  }
})

test('an unknown contract or an invalid request is a gap at once', () => {
  const window = createWindow(order, new Map())
  for (const code of [200, 321]) recordNotice(window, sent(window), notice(code))
  expect(window.gaps.map(({ reason }) => reason)).toEqual(['no_such_contract', 'failed'])
})

test('a request that is finished is not finished again', () => {
  const window = createWindow(order, new Map())
  const request = sent(window)
  record(window, request, BID)
  expect(outcomes(finish(window, request, 'unanswered'))).toEqual(['answered'])
  expect(finish(window, request, 'unanswered')).toEqual([])
  expect(recordNotice(window, request, notice(200))).toEqual([])
})

test('lost streams are requested again with an empty quote; a request not yet written stays', () => {
  const window = createWindow(order, new Map())
  const [lost, unsent] = [sent(window), takeNext(window, 0, waits)]
  record(window, lost, BID)
  expect(loseStreams(window)).toEqual([{ request: lost, outcome: 'retry' }])
  expect([...window.inFlight.values()]).toEqual([unsent])
  expect(window.queue[window.next]).toMatchObject({ contract: lost.contract, quote: { numbers: {} } })
})

test('after the deadline nothing is requested, and waiting contracts are gaps with the first reason', () => {
  const window = createWindow(order, new Map())
  sent(window, 59_000)
  expect(checkWaits(window, 60_000, waits)).toEqual([])
  stop(window, 'connection_lost')
  expect(takeNext(window, 0, waits)).toBeNull()
  closeWindow(window, { nowMs: 60_000, lacksLines: false })
  expect(window.gaps).toHaveLength(order.length)
  expect(new Set(window.gaps.map(({ reason }) => reason))).toEqual(new Set(['deadline']))
})

const broken: DataFlowBlock = { reason: 'farm_broken', sinceMs: 5_000, message: 'usopt is broken' }

/** Tells the window what is known about the data flow. */
function observeFlow(window: RequestWindow, block: DataFlowBlock | null, nowMs: number): void {
  if (observe(window.outages, block, nowMs)) repeatEndedSinceData(window)
}

test('in an outage one probe is requested every 5 s, in turns, and afterwards the plan goes on in its order', () => {
  const window = createWindow(order, new Map())
  observeFlow(window, broken, 5_000)
  const probes = [5_000, 9_999, 10_000, 10_020, 15_000].map(
    (nowMs) => takeNext(window, nowMs, waits)?.position,
  )
  expect(probes).toEqual([undefined, undefined, 1, undefined, 3])
  observeFlow(window, null, 20_000)
  expect([0, 2].map(() => takeNext(window, 20_000, waits)?.position)).toEqual([0, 2])
})

test('what an outage left unanswered or incomplete is requested again, also after its end; answers are kept', () => {
  const window = createWindow(order.slice(0, 2), new Map())
  const [silent, quoted] = [sent(window, 4_000), sent(window, 4_000)]
  record(window, quoted, BID, ASK)
  observeFlow(window, broken, 5_000)
  expect(outcomes(checkWaits(window, 6_500, waits))).toEqual(['retry'])
  observeFlow(window, null, 7_000)
  expect(outcomes(checkWaits(window, 8_000, waits))).toEqual(['retry'])
  expect(window.gaps).toEqual([])
  const again = [sent(window, 9_000), sent(window, 9_000)]
  expect(again).toMatchObject([
    { contract: silent.contract, attempt: 1, kept: null },
    { contract: quoted.contract, attempt: 1, kept: { quote: { numbers: { bid: 1, ask: 1.1 } } } },
  ])
  checkWaits(window, 13_000, waits)
  expect(window.answered).toMatchObject([{ quote: { numbers: { bid: 1, ask: 1.1 } } }])
  expect(window.gaps).toMatchObject([{ reason: 'unanswered' }])
})

test('what ended without an answer since the last data arrived was lost to an outage before its notice came', () => {
  const window = createWindow(order, new Map())
  const [early, late, answering] = [sent(window, 0), sent(window, 1_000), sent(window, 2_000)]
  checkWaits(window, 4_000, waits)
  record(window, answering, BID)
  checkWaits(window, 5_000, waits)
  expect(window.gaps.map(({ contract }) => contract)).toEqual([early.contract, late.contract])
  observeFlow(window, broken, 5_500)
  expect(window.gaps.map(({ contract }) => contract)).toEqual([early.contract])
  expect(window.queue[window.next]?.contract).toBe(late.contract)
})

test('a contract that stayed silent for no reason is requested once more at the end, if there is time', () => {
  const window = createWindow(order.slice(0, 1), new Map())
  const silent = sent(window)
  checkWaits(window, 4_000, waits)
  expect(window.gaps).toHaveLength(1)
  expect(takeNext(window, 56_001, waits)).toBeNull()
  const second = takeNext(window, 56_000, waits)
  expect(second).toMatchObject({ contract: silent.contract, attempt: 2 })
  expect(window.gaps).toEqual([])
  if (!second) throw new Error('nothing is requested again')
  second.sentAtMs = 5_000
  checkWaits(window, 9_000, waits)
  expect(window.gaps).toMatchObject([{ reason: 'unanswered' }])
  expect(takeNext(window, 9_000, waits)).toBeNull()
  expect(isOver(window)).toBe(true)
})

test('the end of a session leaves open what has no complete answer, and the next session goes on with it', () => {
  const window = createWindow(order, new Map([[order[0]?.conId ?? conId(1), 10]]))
  const [complete, quoted] = [sent(window), sent(window)]
  record(window, complete, BID, ASK, GREEKS)
  record(window, quoted, BID)
  expect(outcomes(loseSession(window))).toEqual(['answered', 'retry'])
  expect(takeNext(window, 0, waits)).toBeNull()
  resume(window)
  expect(sent(window)).toMatchObject({ contract: quoted.contract, kept: { quote: { numbers: { bid: 1 } } } })
  expect(window.answered).toMatchObject([{ contract: complete.contract, complete: true }])
})

test('at the deadline an outage explains what was not collected', () => {
  const window = createWindow(order, new Map())
  observeFlow(window, broken, 5_000)
  observeFlow(window, null, 35_000)
  checkWaits(window, 60_000, waits)
  closeWindow(window, { nowMs: 60_000, lacksLines: false })
  expect(window.gaps[0]).toMatchObject({ reason: 'farm_broken', detail: 'no data for 30 s: usopt is broken' })
})

test('an outage whose reason changes is one outage', () => {
  const window = createWindow(order, new Map())
  observeFlow(window, { reason: 'server_lost', sinceMs: 5_000, message: 'connectivity is lost' }, 5_000)
  observeFlow(window, { ...broken, sinceMs: 34_000 }, 34_000)
  observeFlow(window, null, 37_000)
  checkWaits(window, 60_000, waits)
  closeWindow(window, { nowMs: 60_000, lacksLines: false })
  expect(window.gaps[0]).toMatchObject({ reason: 'farm_broken', detail: 'no data for 32 s: usopt is broken' })
})
