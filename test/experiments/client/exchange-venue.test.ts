import { expect, onTestFinished, test } from 'vitest'
import { openExchangeVenue } from '../../../src/experiments/client/exchange-venue.ts'
import type { VenueStep } from '../../../src/experiments/run/venue.ts'
import { systemClock } from '../../../src/market/clock.ts'
import { EXIT, type ExitCode } from '../../../src/process/failure.ts'
import { exchangeForTest } from '../../exchange/server/exchange-server.ts'
import { startRun } from '../../support/exchange-client.ts'
import {
  type ForeignBehaviour,
  openForeignExchange,
  foreignSnapshot as snapshot,
} from '../../support/foreign-exchange.ts'
import { accessTo, playRun, strategyOf } from '../run/played-run.ts'
import { slowOrders } from './slow-orders.ts'

async function foreignExchange(behaviour: ForeignBehaviour): Promise<string> {
  const { url, close } = await openForeignExchange(behaviour)
  onTestFinished(close)
  return url
}

const passive = strategyOf(() => [])
const buyer = strategyOf((step, { ask }) =>
  step === 1 ? [{ kind: 'order', side: 'BUY', price: ask ?? 1, qty: 100 }] : [],
)

/** Of one line, with an exit code. */
const failure = (exitCode: ExitCode, message: RegExp) =>
  expect.objectContaining({
    exitCode,
    message: expect.stringMatching(new RegExp(`^[^\n]*${message.source}`)),
  })

test('a wrong password is refused, and shows nowhere', async () => {
  const { url } = await exchangeForTest()
  const refused = playRun(accessTo(url, { name: 'guest', password: 'not-this-one' }), passive)
  await expect(refused).rejects.toEqual(
    failure(EXIT.refused, /the exchange does not accept the name guest with this password/),
  )
  await expect(refused).rejects.not.toThrow(/not-this-one/)
})

test('an exchange that is full, or has had enough runs, is to be tried later', async () => {
  const full = await exchangeForTest({ options: { maxRuns: 1 } })
  await startRun(full.url, 'normal_market')
  await expect(playRun(accessTo(full.url), passive)).rejects.toEqual(
    failure(EXIT.tryLater, /the exchange is full: .*; try again in 30 s$/),
  )
  const { url } = await exchangeForTest({ options: { rules: 'original' } })
  for (let run = 0; run < 10; run++) await startRun(url, 'normal_market')
  await expect(playRun(accessTo(url), passive, { rules: 'original' })).rejects.toEqual(
    failure(EXIT.tryLater, /too many runs of guest: .* the limit is 10; try again in \d+ s$/),
  )
})

test('a scenario that the exchange does not offer is answered with those that it does', async () => {
  const { url } = await exchangeForTest()
  await expect(playRun(accessTo(url), passive, { scenario: 'no_market' })).rejects.toEqual(
    failure(EXIT.usage, /does not offer the scenario no_market; it offers normal_market$/),
  )
  await expect(playRun(accessTo(url), passive, { seed: 2_147_483_648 })).rejects.toEqual(
    failure(EXIT.refused, /does not start normal_market: seed is a whole number/),
  )
  const closed = await exchangeForTest({ options: { registration: false } })
  await expect(playRun(accessTo(closed.url), passive)).rejects.toEqual(
    failure(EXIT.refused, /does not allow runs to be started/),
  )
})

test('where no exchange is, that is said', async () => {
  const gone = await exchangeForTest()
  await gone.close()
  await expect(playRun(accessTo(gone.url), passive)).rejects.toEqual(
    failure(EXIT.unreachable, /nothing listens on 127\.0\.0\.1:\d+: is the exchange running\?$/),
  )
  const page = await foreignExchange({ start: { status: 200, body: '<html>hello</html>' } })
  await expect(playRun(accessTo(page), passive)).rejects.toEqual(
    failure(EXIT.unreachable, /what answers at 127\.0\.0\.1:\d+ is no exchange/),
  )
  const silent = await foreignExchange({})
  const stopping = new AbortController()
  const opening = playRun(accessTo(silent), passive, { signal: stopping.signal })
  setTimeout(() => stopping.abort(new Error('stopped by SIGINT')), 200)
  expect((await opening).outcome).toMatchObject({ end: { kind: 'stopped' }, records: 0 })
})

test('an exchange with seeds of its own is not asked for others', async () => {
  const url = await foreignExchange({})
  await expect(playRun(accessTo(url), passive, { seed: 7 })).rejects.toEqual(
    failure(EXIT.refused, /has started normal_market with the seed 12345 instead of 7/),
  )
})

test('an exchange that stops or vanishes cuts the run, and what was recorded stays', async () => {
  const stopped = await exchangeForTest({ steps: 1_000 })
  const run = await playRun(accessTo(stopped.url), passive, {
    onRecord: ({ step }) => step === 20 && void stopped.close(),
  })
  expect(run.outcome.end).toEqual({
    kind: 'cut',
    reason: expect.stringMatching(
      /^the exchange closed the run \(1001 the exchange was stopped\) after step \d+$/,
    ),
  })
  expect(run.records.length).toBeGreaterThan(20)

  const vanishing = await foreignExchange({
    onOpen: (market) => market.send(snapshot(1)),
    onMessage: (_, market, orders) => {
      for (const socket of [market, orders]) socket.terminate()
    },
  })
  expect((await playRun(accessTo(vanishing), passive)).outcome.end).toEqual({
    kind: 'cut',
    reason: 'the connection to the exchange was lost after step 1',
  })
})

test('an exchange that falls silent cuts the run', async () => {
  const url = await foreignExchange({ onOpen: (market) => market.send(snapshot(1)) })
  let ahead = 0
  const venue = await openExchangeVenue({
    ...{ access: accessTo(url), scenario: 'normal_market', seed: null, steps: null, answersPings: false },
    clock: { ...systemClock, monotonicMs: () => performance.now() + ahead },
    signal: new AbortController().signal,
  })
  await venue.open()
  const step = venue.step([])
  ahead = 61_000
  expect(await step).toMatchObject({
    end: { kind: 'cut', reason: 'the exchange has not answered for 60 s, after step 1' },
  })
  await venue.close()
})

test('another exchange that speaks the protocol is understood', async () => {
  const url = await foreignExchange({
    onOpen: (market) => market.send(snapshot(1, { last_trade: 99.75 })),
    onMessage: ({ action, order_id }, market, orders) => {
      if (action !== 'DONE') {
        const fill = { type: 'FILL', order_id, side: 'BUY', price: 100, qty: 100, remaining: 0 }
        orders.send(JSON.stringify(fill))
        return orders.send(JSON.stringify({ type: 'ERROR', message: 'something\nelse' }))
      }
      const last = { price: 100, qty: 100, side: 'BUY' }
      market.send(snapshot(2, { ask: 0, asks: [], last_trade: last, trades: [last] }))
      market.send(snapshot(3, { bid: 0, ask: 0, bids: undefined, asks: null, last_trade: null }))
    },
  })
  const { records, outcome } = await playRun(accessTo(url), buyer, { answersPings: false })
  expect(records[0]).toMatchObject({ seed: 12345, market: { bid: 99.5, mid: 99.75, last_trade: 99.75 } })
  expect(records[1]).toMatchObject({
    market: { bid: 99.5, ask: null, mid: null, spread: null, last_trade: 100, ask_size: null },
    state: { inventory: 100, cash_flow: -10_000, pnl: -25, mark: 99.75 },
    fills: [{ order_id: '1-1', qty: 100, is_maker: null, arrival_mid: 99.75, sent_at_step: 1 }],
    refused: [{ order_id: null, code: null, message: 'something else' }],
  })
  // Two snapshots for one DONE are not the protocol.
  expect(outcome.end).toMatchObject({
    kind: 'cut',
    reason: expect.stringContaining('not asked for (step 3)'),
  })
})

test('an exchange that answers no pings is asked no more, and its fills count as read', async () => {
  let pings = 0
  let ahead = 0
  let step = 2
  let fill = ''
  const url = await foreignExchange({
    answersPings: false,
    start: { status: 200, body: { run_id: 'r', token: 't', seed: 1, duration_sec: 0.4 } },
    onOpen: (market, orders) => {
      orders.on('ping', () => pings++)
      market.send(snapshot(1))
    },
    onMessage: ({ action, order_id }, market, orders) => {
      if (action === undefined)
        fill = JSON.stringify({ type: 'FILL', order_id, side: 'BUY', price: 100, qty: 100, remaining: 0 })
      else {
        if (step === 4) orders.send(fill)
        const next = step++
        setTimeout(() => market.send(snapshot(next)), 50)
        // The limit counts from the snapshot on.
        setTimeout(() => (ahead += 3_000), 100)
      }
    },
  })
  const venue = await openExchangeVenue({
    ...{ access: accessTo(url), scenario: 'normal_market', seed: null, steps: null, answersPings: false },
    clock: { ...systemClock, monotonicMs: () => performance.now() + ahead },
    signal: new AbortController().signal,
  })
  await venue.open()
  const fills: number[] = []
  const order = { kind: 'order', orderId: 'a', side: 'BUY', price: 100, qty: 100 } as const
  for (const requests of [[order], [], []]) {
    const answer = await venue.step(requests)
    fills.push(answer.fills.length)
  }
  expect({ fills, pings, attribution: venue.fillAttribution }).toEqual({
    ...{ fills: [0, 0, 1], pings: 1, attribution: 'as_read' },
  })
  await venue.close()
})

test('every fill of our own exchange is read with its step, also where the orders socket is the slower one', async () => {
  const exchange = await exchangeForTest({ steps: 60 })
  const url = await slowOrders(exchange.url, 5)
  const venue = await openExchangeVenue({
    ...{ access: accessTo(url), scenario: 'normal_market', seed: null, steps: null, answersPings: true },
    ...{ clock: systemClock, signal: new AbortController().signal },
  })
  let step = (await venue.open()) as VenueStep
  for (let at = 0; at < 20; at++) {
    const price = Math.round(((step.market.ask ?? 1) + 1) * 100) / 100
    const order = { kind: 'order', orderId: String(at), side: 'BUY', price, qty: 100 } as const
    step = (await venue.step(at % 2 === 0 ? [order] : [])) as VenueStep
    expect(step.fills.map(({ orderId }) => orderId)).toEqual(at % 2 === 0 ? [String(at)] : [])
  }
  await venue.close()
})

test.each([
  ['no JSON', 'hello', /a text that is not JSON: "hello"/],
  ['NaN', '{"type":"MARKET_DATA","step":2,"bid":NaN}', /not JSON/],
  ['a negative price', snapshot(2, { bid: -1 }), /bid of -1/],
  ['a text for a price', snapshot(2, { ask: '100' }), /ask of "100"/],
  ['a level that is none', snapshot(2, { bids: [{ price: 1 }] }), /bids\.qty of nothing/],
  ['levels that are no list', snapshot(2, { asks: 5 }), /asks of 5/],
  ['no step', snapshot(2, { step: null }), /a step of null/],
  ['a step back', snapshot(1), /step 1 after step 1/],
  ['a list', '[]', /message of \[\]/],
])('a snapshot with %s cuts the run and is named', async (_, text, reason) => {
  const url = await foreignExchange({
    onOpen: (market) => market.send(snapshot(1)),
    onMessage: (_message, market) => market.send(text),
  })
  const { outcome, records } = await playRun(accessTo(url), passive)
  expect(outcome.end).toMatchObject({ kind: 'cut', reason: expect.stringMatching(reason) })
  expect(records).toHaveLength(1)
})

test.each([
  ['an unknown order', { order_id: 'x', side: 'BUY', price: 1, qty: 100, remaining: 0 }, /not known: x/],
  ['more than was ordered', { side: 'BUY', price: 1, qty: 200, remaining: 0 }, /a fill of 200/],
  ['the other side', { side: 'SELL', price: 1, qty: 100, remaining: 0 }, /a fill of 100 \(SELL\)/],
  ['no price', { side: 'BUY', price: null, qty: 100, remaining: 0 }, /price of null/],
])('a fill of %s cuts the run and is named', async (_, fill, reason) => {
  const url = await foreignExchange({
    onOpen: (market) => market.send(snapshot(1)),
    onMessage: ({ action, order_id }, market, orders) =>
      action === undefined
        ? orders.send(JSON.stringify({ type: 'FILL', order_id, ...fill }))
        : market.send(snapshot(2)),
  })
  const { outcome } = await playRun(accessTo(url), buyer)
  expect(outcome.end).toMatchObject({ kind: 'cut', reason: expect.stringMatching(reason) })
  expect(outcome.inventory).toBe(0)
})
