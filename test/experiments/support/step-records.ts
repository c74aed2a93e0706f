import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openStepLog } from '../../../src/experiments/files/step-log.ts'
import type { RecordedFill, StepRecord } from '../../../src/experiments/files/step-record.ts'
import { afterFill, FLAT, markedAt, type Position } from '../../../src/experiments/position.ts'

/** A step of a small run: its mid, or null for a market without bids, and what the strategy did. */
export interface SmallStep {
  readonly mid: number | null
  readonly orders?: readonly { id: string; side: 'BUY' | 'SELL'; price: number; qty: number }[]
  readonly fills?: readonly (Partial<RecordedFill> &
    Pick<RecordedFill, 'order_id' | 'side' | 'price' | 'qty'>)[]
  readonly cancels?: readonly string[]
}

export interface SmallRun {
  readonly scenario?: string
  readonly experiment?: string
  readonly mode?: 'passive' | 'active'
  readonly seed?: number
  readonly steps: readonly SmallStep[]
}

/** The records of a run that a test writes down step by step; the spread is always 0.2, and 100 shares are on each level. */
export function smallRun(run: SmallRun): StepRecord[] {
  let position: Position = FLAT
  let mark: number | null = null
  let sent = 0
  return run.steps.map(({ mid, orders = [], fills = [], cancels = [] }, step) => {
    const before = mark
    mark = mid ?? mark
    for (const fill of fills) position = afterFill(position, fill)
    const { pnl, unrealisedPnl } = markedAt(position, mark)
    const cents = (dollars: number) => Math.round(dollars * 100) / 100
    const bid = mid === null ? null : cents(mid - 0.1)
    const ask = mid === null ? 1000 : cents(mid + 0.1)
    const all = fills.map((fill) => ({
      remaining: 0,
      is_maker: false,
      latency_ms: 2,
      sent_at_step: step - 1,
      arrival_mid: before,
      mid: before,
      ...fill,
    }))
    const last = all.at(-1)
    const sentOrders = orders.map(({ id, side, price, qty }) => ({ order_id: id, side, price, qty }))
    const record: StepRecord = {
      step,
      timestamp: new Date(Date.UTC(2026, 0, 2, 8) + 100 * step).toISOString(),
      experiment: run.experiment ?? 'hand_made',
      scenario: run.scenario ?? 'normal_market',
      run_id: 'run-1',
      mode: run.mode ?? 'active',
      market: {
        bid,
        ask,
        mid,
        spread: mid === null ? null : 0.2,
        last_trade: null,
        bid_size: bid === null ? null : 100,
        ask_size: 100,
      },
      book: {
        bids: bid === null ? [] : [{ price: bid, qty: 100 }],
        asks: [
          { price: ask, qty: 100 },
          { price: cents(ask + 0.1), qty: 100 },
        ],
        bid_depth: bid === null ? 0 : 100,
        ask_depth: 200,
      },
      state: {
        inventory: position.inventory,
        cash_flow: position.cashFlow,
        pnl,
        orders_sent: sent,
        open_orders: 0,
        mark,
        average_price: position.averagePrice,
        realised_pnl: position.realisedPnl,
        unrealised_pnl: unrealisedPnl,
      },
      action: sentOrders[0] ?? null,
      fill: last
        ? {
            side: last.side,
            price: last.price,
            qty: last.qty,
            order_id: last.order_id,
            latency_ms: last.latency_ms,
          }
        : null,
      seed: run.seed ?? 7,
      rules: 'research',
      trades: fills.map(({ side, price, qty }) => ({ side, price, qty })),
      orders: sentOrders,
      cancels: [...cancels],
      skipped: [],
      refused: [],
      fills: all,
      timing: { decision_ms: 0.01 * step, step_ms: step === 0 ? null : 1 },
    }
    sent += orders.length
    return record
  })
}

/** Writes records as a run would, and gives the path. */
export function writeRun(folder: string, name: string, records: readonly StepRecord[]): string {
  const log = openStepLog(join(folder, name))
  for (const record of records) log.append(record)
  log.close()
  return log.path
}

/**
 * Writes the same records as the original framework would: only its fields, 0 for what is absent, a trade as an object in
 * some lines, times without a zone, and spaces after `:` and `,`.
 */
export function writeOriginalRun(folder: string, name: string, records: readonly StepRecord[]): string {
  const path = join(folder, name)
  const lines = records.map((record) => {
    const { bid, ask, mid, spread } = record.market
    const trade = { price: 999.9, qty: 100, side: 'BUY' }
    return {
      step: record.step,
      timestamp: `2026-01-17T17:57:${String(19 + (record.step % 40)).padStart(2, '0')}.553853`,
      experiment: record.experiment,
      scenario: record.scenario,
      run_id: record.run_id,
      mode: 'active',
      market: {
        bid: bid ?? 0,
        ask: ask ?? 0,
        mid: mid ?? bid ?? ask ?? 0,
        spread: spread ?? 0,
        last_trade: record.step % 2 ? trade : 0,
      },
      book: record.book,
      state: {
        inventory: record.state.inventory,
        cash_flow: record.state.cash_flow,
        pnl: record.state.pnl ?? 0,
        orders_sent: record.state.orders_sent,
      },
      action: record.action && {
        side: record.action.side,
        price: record.action.price,
        qty: record.action.qty,
      },
      fill: record.fill,
    }
  })
  const text = lines.map((line) => JSON.stringify(line, null, 1).replace(/\n\s*/g, ' ')).join('\n')
  writeFileSync(path, `${text}\n`)
  return path
}
