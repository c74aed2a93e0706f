import { expect, test } from 'vitest'
import { classify } from '../../src/gateway/session/notices.ts'
import {
  type ContractRequest,
  checkWaits,
  createWindow,
  dropQueue,
  finish,
  loseStreams,
  type RequestWindow,
  recordNotice,
  recordTick,
  stop,
  takeNext,
} from '../../src/harvest/request-window.ts'
import type { Tick } from '../../src/market/quote.ts'
import { epochMs } from '../../src/market/units.ts'
import { options } from '../chain/contracts.ts'

const order = options('SPY', '20261218', [680, 690])
const waits = { greeksWaitMs: 2_500, timeoutMs: 4_000, deadlineAtMs: 60_000 }
const greeks = {
  impliedVolFraction: 0.2,
  delta: 0.5,
  gamma: 0.01,
  vega: 0.7,
  theta: -0.2,
  underlyingPrice: 690,
}
const BID: Tick = { field: 'bid', value: 1 }
const ASK: Tick = { field: 'ask', value: 1.1 }
const GREEKS: Tick = { field: 'modelGreeks', greeks }
const OPEN_INTEREST: Tick = { field: 'callOpenInterest', value: 10 }

const notice = (code: number) => classify(code, 7, 'what IB says')

/** Takes the next contract and marks its request as written at the given time. */
function sent(window: RequestWindow, atMs = 0): ContractRequest {
  const request = takeNext(window)
  if (!request) throw new Error('no contract waits')
  request.sentAtMs = atMs
  return request
}

function record(request: ContractRequest, ...ticks: Tick[]): boolean[] {
  return ticks.map((tick) => recordTick(request, tick, epochMs(1), null))
}

const outcomes = (released: ReturnType<typeof checkWaits>) => released.map(({ outcome }) => outcome)

test('a contract is done with both sides, an implied volatility and its open interest', () => {
  const window = createWindow(order, new Map())
  expect(record(sent(window), BID, ASK, GREEKS, OPEN_INTEREST)).toEqual([false, false, false, true])
})

test('open interest that is known is not waited for', () => {
  const window = createWindow(order, new Map(order.map(({ conId }) => [conId, 10])))
  expect(record(sent(window), GREEKS, BID, ASK)).toEqual([false, false, true])
})

test('once both sides are known only greeks are waited for, else everything until the time-out', () => {
  const window = createWindow(order, new Map())
  const [settled, silent] = [sent(window), sent(window)]
  record(settled, BID, ASK)
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

test('a contract refused for lack of a line goes to the end of the queue, twice', () => {
  const window = createWindow(order.slice(0, 1), new Map())
  const released = [101, 100, 101].map((code) => outcomes(recordNotice(window, sent(window), notice(code))))
  expect(released).toEqual([['retry'], ['retry'], ['gap']])
  expect(window.gaps).toMatchObject([{ reason: 'lines_exhausted' }])
  expect(takeNext(window)).toBeNull()
})

test('an unknown contract or an invalid request is a gap at once', () => {
  const window = createWindow(order, new Map())
  for (const code of [200, 321]) recordNotice(window, sent(window), notice(code))
  expect(window.gaps.map(({ reason }) => reason)).toEqual(['no_such_contract', 'failed'])
})

test('a request that is finished is not finished again', () => {
  const window = createWindow(order, new Map())
  const request = sent(window)
  record(request, BID)
  expect(outcomes(finish(window, request, 'unanswered'))).toEqual(['answered'])
  expect(finish(window, request, 'unanswered')).toEqual([])
  expect(recordNotice(window, request, notice(200))).toEqual([])
})

test('lost streams are requested again with an empty quote; a request not yet written stays', () => {
  const window = createWindow(order, new Map())
  const [lost, unsent] = [sent(window), takeNext(window)]
  record(lost, BID)
  expect(loseStreams(window)).toEqual([{ request: lost, outcome: 'retry' }])
  expect([...window.inFlight.values()]).toEqual([unsent])
  expect(window.queue.at(-1)).toMatchObject({ contract: lost.contract, quote: { numbers: {} } })
})

test('after the deadline nothing is requested, and waiting contracts are gaps with the first reason', () => {
  const window = createWindow(order, new Map())
  sent(window, 59_000)
  expect(checkWaits(window, 60_000, waits)).toEqual([])
  stop(window, 'connection_lost')
  expect(takeNext(window)).toBeNull()
  dropQueue(window)
  expect(window.gaps).toHaveLength(order.length - 1)
  expect(new Set(window.gaps.map(({ reason }) => reason))).toEqual(new Set(['deadline']))
})
