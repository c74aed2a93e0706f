import { expect, test } from 'vitest'
import { type EpochMs, epochMs } from '../../../src/market/units.ts'
import { createPerformance } from '../../../src/paper/backtest/performance.ts'
import type { JournalEvent, JournalLine } from '../../../src/paper/journal/events.ts'

const OPEN = epochMs(Date.UTC(2026, 10, 20, 14, 30))
const slot = (index: number) => epochMs(OPEN + index * 300_000)
const LEG = {
  con_id: 11,
  expiry: '20261218',
  strike: 500,
  right: 'C',
  trading_class: 'SPY',
  side: 'BUY',
} as const
const NET = { bid: 4.9, mid: 5, ask: 5.1 }

function journal() {
  const performance = createPerformance()
  let seq = 0
  const write = (at: EpochMs, event: JournalEvent) =>
    performance.onLine({ v: 1, seq: ++seq, at: new Date(at).toISOString(), ...event } as JournalLine)
  const intend = (at: EpochMs, position: string, purpose: 'entry' | 'exit') =>
    write(at, {
      kind: 'intent',
      order_ref: `${position}-${purpose}`,
      position_id: position,
      purpose,
      slot: new Date(at).toISOString(),
      symbol: 'SPY',
      strategy: 'long_straddle',
      reason: '',
      legs: [LEG],
      side: purpose === 'entry' ? 'BUY' : 'SELL',
      quantity: 2,
      net: NET,
      limit_price: 5,
      step: 0,
      max_loss: 1_000,
      max_profit: null,
    })
  const fill = (at: EpochMs, position: string, purpose: 'entry' | 'exit', price: number) =>
    write(at, {
      kind: 'fill',
      order_ref: `${position}-${purpose}`,
      exec_id: `${position}${purpose}`,
      con_id: 11,
      side: purpose === 'entry' ? 'BUY' : 'SELL',
      quantity: 2,
      price,
      commission: 1.3,
    })
  const mark = (at: EpochMs, position: string, pnl: number | null) =>
    write(at, {
      kind: 'mark',
      slot: new Date(at).toISOString(),
      position_id: position,
      net: pnl === null ? null : NET,
      pnl,
      days: 28,
      exit: null,
      reason: '',
    })
  return { performance, write, intend, fill, mark }
}

test('equity is what was realised and the marks of the slot; drawdown is measured from the highest before', () => {
  const { performance, write, intend, fill, mark } = journal()
  expect(performance.slotEnded(slot(0))).toMatchObject({ equity: 0, drawdown: 0, openPositions: 0 })
  intend(slot(0), 'a', 'entry')
  fill(slot(0), 'a', 'entry', 5)
  mark(slot(1), 'a', 150)
  expect(performance.slotEnded(slot(1))).toMatchObject({ equity: 150, unrealized: 150, openPositions: 1 })
  mark(slot(2), 'a', -250)
  expect(performance.slotEnded(slot(2))).toMatchObject({ equity: -250, drawdown: -400, staleMarks: 0 })
  mark(slot(3), 'a', null)
  expect(performance.slotEnded(slot(3))).toMatchObject({ equity: -250, drawdown: -400, staleMarks: 1 })
  intend(slot(3), 'a', 'exit')
  fill(slot(3), 'a', 'exit', 5.5)
  write(slot(4), { kind: 'closed', position_id: 'a', pnl: 97.4, reason: 'stop' })
  expect(performance.slotEnded(slot(4))).toMatchObject({ realized: 97.4, unrealized: 0, openPositions: 0 })
  expect(performance.report()).toMatchObject({
    final: { equity: 97.4, realized: 97.4, unrealized: 0, commissions: 2.6 },
    maxDrawdown: { dollars: -400, peakAt: slot(1), troughAt: slot(2) },
    wins: { won: 1, closed: 1, fraction: 1 },
    inMarket: { slots: 3, of: 5, fraction: 0.6 },
    orders: { intended: 2, filled: 2, refused: 0 },
    trades: [
      {
        positionId: 'a',
        quantity: 2,
        openedAt: slot(0),
        closedAt: slot(4),
        cash: 100,
        pnl: 97.4,
        reason: 'stop',
      },
    ],
  })
})

test('an entry that is never filled is no trade; a position whose price is unknown is in no rate', () => {
  const { performance, write, intend, fill } = journal()
  intend(slot(0), 'a', 'entry')
  write(slot(0), { kind: 'closed', position_id: 'a', pnl: 0, reason: 'given up' })
  intend(slot(1), 'b', 'entry')
  fill(slot(1), 'b', 'entry', 5)
  performance.slotEnded(slot(1))
  write(slot(2), { kind: 'closed', position_id: 'b', pnl: null, reason: 'unknown price' })
  performance.slotEnded(slot(2))
  expect(performance.report()).toMatchObject({
    wins: { won: 0, closed: 0, unknown: 1, fraction: null },
    trades: [{ positionId: 'b', pnl: null }],
  })
})

test('without a slot there is no figure that needs one', () => {
  expect(createPerformance().report()).toMatchObject({
    equity: [],
    trades: [],
    maxDrawdown: null,
    wins: { fraction: null },
    inMarket: { slots: 0, of: 0, fraction: null },
  })
})
