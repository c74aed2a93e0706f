import { expect, test } from 'vitest'
import { isFinal } from '../../src/gateway/orders/order.ts'
import { newYorkDate } from '../../src/market/calendar.ts'
import { epochMs } from '../../src/market/units.ts'
import { decideEntry } from '../../src/paper/decision.ts'
import type { EventOf, JournalEvent } from '../../src/paper/journal/events.ts'
import { cancelWithoutJournal } from '../../src/paper/live/cancel-without-journal.ts'
import { paperOptions } from '../../src/paper/options.ts'
import { createJournalState, isBalanced, pnlAt, type TrackedPosition } from '../../src/paper/state.ts'
import { answerOf, chainOf, SLOT } from './paper-market.ts'
import { openDesk, type Wrap } from './trading-desk.ts'

// A gateway tells states of orders, executions and positions apart, in any order and some of them never.

const of = <K extends JournalEvent['kind']>(lines: readonly string[], kind: K) =>
  lines.map((line) => JSON.parse(line) as JournalEvent).filter((one) => one.kind === kind) as EventOf<K>[]

/** A gateway that keeps executions or positions back as long as the test wants. */
function holdingBack(): { readonly back: { executions: boolean; positions: boolean }; readonly wrap: Wrap } {
  const back = { executions: false, positions: false }
  const wrap: Wrap = ({ journal, orders }) => {
    let [executions, positions] = [orders.executions(), orders.positions()]
    return {
      journal,
      orders: {
        ...orders,
        executions: () => {
          if (!back.executions) executions = [...orders.executions()]
          return executions
        },
        positions: () => {
          if (!back.positions) positions = orders.positions()
          return positions
        },
      },
    }
  }
  return { back, wrap }
}

test('an entry that is filled before its executions are told stays, and has its price when they come', async () => {
  const desk = openDesk()
  const { back, wrap } = holdingBack()
  const trader = await desk.start(wrap)
  await desk.cycleAfter(trader, 0)
  back.executions = true
  desk.gateway.fill()
  await trader.manage()
  await desk.clock.advance(2_000)
  await trader.manage()
  expect(of(desk.lines, 'closed')).toEqual([])
  back.executions = false
  await trader.manage()
  const [position] = trader.state().positions.values()
  expect(position).toMatchObject({ phase: 'open', priceUnknown: false })
  expect(of(desk.lines, 'fill')).toHaveLength(4)
})

test('an exit that is filled before its executions are told is not ordered again', async () => {
  const desk = openDesk({ condorExitDays: 60, condorMinDays: 30, reentryMinutes: 100_000 })
  const { back, wrap } = holdingBack()
  const trader = await desk.start(wrap)
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  await desk.cycleAfter(trader, 5)
  expect(desk.gateway.sent).toHaveLength(2)
  Object.assign(back, { executions: true, positions: true })
  desk.gateway.fill()
  await trader.manage()
  await desk.cycleAfter(trader, 1)
  await desk.cycleAfter(trader, 0.5)
  expect(desk.gateway.sent).toHaveLength(2)
  Object.assign(back, { executions: false, positions: false })
  await trader.manage()
  expect(of(desk.lines, 'closed')).toHaveLength(1)
  expect(desk.gateway.holdings().size).toBe(0)
})

test('executions that are never told leave a position of unknown price, and one told very late counts once', async () => {
  const desk = openDesk()
  const { back, wrap } = holdingBack()
  const trader = await desk.start(wrap)
  await desk.cycleAfter(trader, 0)
  back.executions = true
  desk.gateway.fill()
  for (let at = 0; at < 4; at++) {
    await desk.clock.advance(60_000)
    await trader.manage()
  }
  expect(of(desk.lines, 'adopted')).toMatchObject([{ quantity: 1 }])
  const [position] = trader.state().positions.values()
  expect(position).toMatchObject({ phase: 'open', priceUnknown: true })
  back.executions = false
  await trader.manage()
  expect([...(position as TrackedPosition).holdings.values()].map(Math.abs)).toEqual([1, 1, 1, 1])
  await desk.clock.advance(60_000)
  await trader.manage()
  expect(of(desk.lines, 'differs')).toEqual([])
  expect(of(desk.lines, 'closed')).toEqual([])
})

test('a restart on the same day at a gateway whose day has ended takes the position over', async () => {
  const desk = openDesk({ reentryMinutes: 0 })
  const first = await desk.start()
  await desk.cycleAfter(first, 0)
  desk.gateway.fill()
  desk.gateway.endDay()
  const second = await desk.start()
  await desk.cycleAfter(second, 5)
  expect(of(desk.lines, 'adopted')).toMatchObject([{ quantity: 1 }])
  expect(desk.gateway.sent).toHaveLength(1)
  expect(desk.gateway.mostHeld()).toBe(1)
})

test('a clock that is set forward does not turn late positions into lost ones', async () => {
  const desk = openDesk()
  const { back, wrap } = holdingBack()
  const trader = await desk.start(wrap)
  await desk.cycleAfter(trader, 0)
  back.positions = true
  desk.gateway.fill()
  await trader.manage()
  const { now } = desk.clock
  Object.assign(desk.clock, { now: () => now() + 3_600_000 })
  await desk.clock.advance(2_000)
  await trader.manage()
  expect(of(desk.lines, 'closed')).toEqual([])
  back.positions = false
  await trader.manage()
  expect([...trader.state().positions.values()]).toMatchObject([{ phase: 'open', differs: null }])
})

test('a slot that has yet to begin is not decided on', () => {
  const at = (now: number) =>
    decideEntry({
      ...{
        slot: SLOT,
        date: newYorkDate(SLOT),
        now: epochMs(now),
        symbol: 'SPY',
        answer: answerOf(SLOT, {}),
      },
      ...{ chain: chainOf(SLOT, {}), state: createJournalState(), settings: paperOptions.parse({}) },
      refusal: null,
    })
  expect(at(SLOT).entry).not.toBeNull()
  expect(at(SLOT - 3_600_000)).toMatchObject({
    ...{ entry: null, event: { reason: 'the slot is 3600 s ahead of the clock: one of the two is wrong' } },
  })
})

test('legs in different numbers have no profit and loss', async () => {
  const desk = openDesk()
  const trader = await desk.start()
  await desk.cycleAfter(trader, 0)
  desk.gateway.fill()
  await trader.manage()
  const [position] = trader.state().positions.values()
  const [leg] = (position as TrackedPosition).legs
  const inParts = { ...(position as TrackedPosition), holdings: new Map([[leg?.con_id ?? 0, 1]]) }
  expect(isBalanced(inParts)).toBe(false)
  expect(pnlAt(inParts, -1)).toBeNull()
})

test('without a journal the open orders of the trader are cancelled, and those of others stay', async () => {
  const desk = openDesk()
  const orders = desk.gateway.connect()
  const trader = await desk.start((parts) => ({ ...parts, orders }))
  await desk.cycleAfter(trader, 0)
  const [own] = desk.gateway.sent
  if (!own) throw new Error('nothing was sent')
  await orders.place({ ...own, orderRef: 'of a person' })
  const limits = { clock: desk.clock, limitMs: 1_000 }
  expect(await cancelWithoutJournal(orders, trader.state(), limits)).toEqual({
    cancelled: [own.orderRef],
    left: [],
  })
  const open = orders.orders().filter(({ status }) => !isFinal(status))
  expect(open.map(({ orderRef }) => orderRef)).toEqual(['of a person'])
  const deaf = { ...orders, orders: () => orders.orders(), cancel: async () => {} }
  await expect(cancelWithoutJournal(deaf, { orders: new Map() }, limits)).resolves.toEqual({
    cancelled: [],
    left: [],
  })
})
