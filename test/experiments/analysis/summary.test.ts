import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { CSV_COLUMNS, convertRun } from '../../../src/experiments/analysis/convert.ts'
import { openRunEngine, type RunEngine } from '../../../src/experiments/analysis/engine.ts'
import { FIGURES, ORIGINAL_FIGURES } from '../../../src/experiments/analysis/run-figures.ts'
import { selectRuns } from '../../../src/experiments/analysis/select-runs.ts'
import { summariseRun, summariseRuns, summaryCsv } from '../../../src/experiments/analysis/summary.ts'
import type { StepRecord } from '../../../src/experiments/files/step-record.ts'
import { type SmallStep, smallRun, writeOriginalRun, writeRun } from '../support/step-records.ts'

const folder = mkdtempSync(join(tmpdir(), 'optionlake-summary-'))
let engine: RunEngine

/**
 * Alternating orders of two sizes, some filled in parts, some by resting, some never, with a step without bids: made by a rule
 * of remainders, so that no figure is the same by chance.
 */
function tradedRun(): StepRecord[] {
  const steps: SmallStep[] = []
  const open: { id: string; side: 'BUY' | 'SELL'; price: number; qty: number; at: number; mid: number }[] = []
  let mid = 1000
  for (let step = 0; step < 400; step++) {
    const before = mid
    mid = Math.round((mid + ((step * 37) % 11) / 10 - 0.5) * 100) / 100
    const fills: NonNullable<SmallStep['fills']>[number][] = []
    for (const order of open.splice(0)) {
      if (order.at % 50 === 40) continue
      const parts = order.qty > 100 ? [100, order.qty - 200].filter((qty) => qty > 0) : [100]
      let remaining = order.qty
      for (const qty of parts) {
        remaining -= qty
        const isMaker = order.at % 30 === 0
        fills.push({
          order_id: order.id,
          side: order.side,
          price: order.price,
          qty,
          remaining,
          is_maker: isMaker,
          latency_ms: 1 + ((step * 13) % 7),
          sent_at_step: order.at,
          arrival_mid: order.mid,
          mid: before,
        })
      }
    }
    const side = step % 20 === 0 ? ('BUY' as const) : ('SELL' as const)
    const price = Math.round((mid + (side === 'BUY' ? 0.1 : -0.1)) * 100) / 100
    const order = { id: `o${step}`, side, price, qty: step % 30 === 20 ? 400 : 100, at: step, mid }
    const orders = step % 10 === 0 ? [order] : []
    open.push(...orders)
    steps.push({
      mid: step === 123 ? null : mid,
      orders,
      fills,
      cancels: step % 50 === 41 ? [`o${step - 1}`] : [],
    })
  }
  return smallRun({ steps, seed: 99 })
}

const records = tradedRun()

beforeAll(async () => {
  engine = await openRunEngine({ folders: [folder] })
  writeRun(folder, 'a.jsonl', records)
})
afterAll(() => {
  engine.close()
  rmSync(folder, { recursive: true })
})

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const mean = (values: readonly number[]) => sum(values) / values.length
/** Between the two nearest values, as NumPy and Excel do. */
function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = fraction * (sorted.length - 1)
  const low = sorted[Math.floor(at)] as number
  return low + ((sorted[Math.ceil(at)] as number) - low) * (at - Math.floor(at))
}

test('the figures of a run are those that a plain program computes from its records', async () => {
  const { figures } = await summariseRun(engine, join(folder, 'a.jsonl'))
  const mids = records.flatMap(({ market }) => market.mid ?? [])
  const fills = records.flatMap((record) => record.fills)
  const orders = records.flatMap((record) => record.orders)
  const states = records.map(({ state }) => state)
  const last = states.at(-1) as StepRecord['state']
  const signed = fills.map((fill) => ({ ...fill, d: fill.side === 'BUY' ? 1 : -1 }))
  const paid = (some: typeof signed) =>
    sum(some.map(({ d, price, mid, qty }) => d * (price - (mid as number)) * qty))
  const shares = sum(fills.map(({ qty }) => qty))
  const takers = signed.filter(({ is_maker }) => !is_maker)
  const filledOf = (id: string) => sum(fills.filter((fill) => fill.order_id === id).map(({ qty }) => qty))
  let peak = Number.NEGATIVE_INFINITY
  const drawdown = Math.max(
    ...states.map(({ pnl }) => {
      peak = Math.max(peak, pnl as number)
      return peak - (pnl as number)
    }),
  )
  const signs = states.map(({ inventory }) => Math.sign(inventory)).filter((sign) => sign !== 0)
  const pnls = states.map(({ pnl }) => pnl as number)
  const expected: Record<string, number | string | null> = {
    scenario: 'normal_market',
    mode: 'active',
    source_file: 'a.jsonl',
    total_steps: 400,
    last_step: 399,
    avg_mid: mean(mids),
    mid_range: Math.max(...mids) - Math.min(...mids),
    avg_bid: mean(records.flatMap(({ market }) => market.bid ?? [])),
    max_spread: 0.2,
    min_inventory: Math.min(...states.map(({ inventory }) => inventory)),
    avg_inventory: mean(states.map(({ inventory }) => inventory)),
    final_inventory: last.inventory,
    min_pnl: Math.min(...pnls),
    avg_pnl: mean(pnls),
    final_pnl: last.pnl,
    final_cash_flow: last.cash_flow,
    total_actions: orders.length,
    buy_actions: orders.filter(({ side }) => side === 'BUY').length,
    total_fills: fills.length,
    sell_fills: fills.filter(({ side }) => side === 'SELL').length,
    fill_rate_pct: (100 * fills.length) / orders.length,
    avg_fill_price: mean(fills.map(({ price }) => price)),
    total_fill_qty: shares,
    avg_fill_latency_ms: mean(fills.map(({ latency_ms }) => latency_ms as number)),
    seed: 99,
    rules: 'research',
    outcome: null,
    damaged_lines: 0,
    missing_steps: 0,
    two_sided_pct: 99.75,
    mid_return_bps: 1e4 * ((mids.at(-1) as number) / (mids[0] as number) - 1),
    cancels_sent: sum(records.map(({ cancels }) => cancels.length)),
    orders_with_fill: orders.filter(({ order_id }) => filledOf(order_id) > 0).length,
    orders_filled: orders.filter(({ order_id, qty }) => filledOf(order_id) === qty).length,
    shares_filled_pct: (100 * shares) / sum(orders.map(({ qty }) => qty)),
    vwap: sum(fills.map(({ price, qty }) => price * qty)) / shares,
    maker_fill_qty: sum(fills.flatMap(({ is_maker, qty }) => (is_maker ? qty : []))),
    slippage_mid: paid(signed) / shares,
    slippage_mid_bps: (1e4 * paid(signed)) / sum(fills.map(({ mid, qty }) => (mid as number) * qty)),
    slippage_arrival:
      sum(signed.map(({ d, price, arrival_mid, qty }) => d * (price - (arrival_mid as number)) * qty)) /
      shares,
    spread_paid: paid(signed),
    spread_paid_taker: paid(takers),
    spread_paid_maker: paid(signed.filter(({ is_maker }) => is_maker)),
    effective_spread: (2 * paid(takers)) / sum(takers.map(({ qty }) => qty)),
    realised_pnl: last.realised_pnl,
    unrealised_pnl: last.unrealised_pnl,
    max_drawdown: drawdown,
    max_abs_inventory: Math.max(...states.map(({ inventory }) => Math.abs(inventory))),
    inventory_std: Math.sqrt(
      mean(states.map(({ inventory }) => inventory ** 2)) -
        mean(states.map(({ inventory }) => inventory)) ** 2,
    ),
    long_pct: (100 * states.filter(({ inventory }) => inventory > 0).length) / 400,
    inventory_turns: signs.filter((sign, at) => at > 0 && sign !== signs[at - 1]).length,
    fill_latency_ms_p95: quantile(
      takers.map(({ latency_ms }) => latency_ms as number),
      0.95,
    ),
    decision_ms_p99: quantile(
      records.map(({ timing }) => timing.decision_ms as number),
      0.99,
    ),
    step_ms_p50: 1,
  }
  for (const [name, value] of Object.entries(expected)) {
    if (typeof value === 'number') expect(figures[name], name).toBeCloseTo(value, 6)
    else expect(figures[name], name).toBe(value)
  }
  // Realised and unrealised profit, summed here from the fills alone, are the marked profit.
  expect(Number(figures.realised_pnl) + Number(figures.unrealised_pnl)).toBeCloseTo(
    -sum(signed.map(({ d, price, qty }) => d * price * qty)) + last.inventory * (mids.at(-1) as number),
    4,
  )
  expect(figures.pnl_error_max).toBeLessThan(1e-6)
})

test('fill rates are given for each size of order', async () => {
  const { figures, quantities } = await summariseRun(engine, join(folder, 'a.jsonl'))
  const sizes = [...new Set(records.flatMap(({ orders }) => orders.map(({ qty }) => qty)))].sort(
    (a, b) => a - b,
  )
  const expected = sizes.map((qty) => {
    const ids = records.flatMap(({ orders }) =>
      orders.filter((order) => order.qty === qty).map(({ order_id }) => order_id),
    )
    const filled = sum(
      records.flatMap(({ fills }) =>
        fills.filter(({ order_id }) => ids.includes(order_id)).map((fill) => fill.qty),
      ),
    )
    return {
      qty,
      orders: ids.length,
      ordered_qty: qty * ids.length,
      filled_qty: filled,
      shares_filled_pct: (100 * filled) / (qty * ids.length),
    }
  })
  expect(quantities).toMatchObject(
    expected.map((row) => ({ ...row, shares_filled_pct: expect.closeTo(row.shares_filled_pct, 9) })),
  )
  expect(figures.fill_rate_by_qty).toBe(
    expected.map((row) => `${row.qty}=${Number(row.shares_filled_pct.toPrecision(4))}`).join(' '),
  )
})

test('the summary begins with the columns of the original, in its order', () => {
  const original =
    'scenario,experiment,run_id,mode,total_steps,first_step,last_step,min_bid,max_bid,avg_bid,min_ask,max_ask,avg_ask,min_mid,max_mid,avg_mid,mid_range,min_spread,max_spread,avg_spread,min_inventory,max_inventory,avg_inventory,final_inventory,min_pnl,max_pnl,final_pnl,avg_pnl,final_cash_flow,total_actions,buy_actions,sell_actions,total_fills,buy_fills,sell_fills,fill_rate_pct,avg_fill_price,total_fill_qty,avg_fill_qty,min_fill_latency_ms,max_fill_latency_ms,avg_fill_latency_ms,source_file'
  expect(ORIGINAL_FIGURES.map(({ name }) => name).join(',')).toBe(original)
  expect(new Set(FIGURES.map(({ name }) => name)).size).toBe(FIGURES.length)
})

test('a run that never traded has no prices, rates or slippage: empty cells, not 0 and not NaN', async () => {
  writeRun(folder, 'passive.jsonl', smallRun({ mode: 'passive', steps: [{ mid: 1000 }, { mid: 1000.5 }] }))
  const { figures, quantities } = await summariseRun(engine, join(folder, 'passive.jsonl'))
  expect(figures).toMatchObject({
    mode: 'passive',
    total_actions: 0,
    total_fills: 0,
    total_fill_qty: 0,
    final_pnl: 0,
  })
  for (const name of [
    'fill_rate_pct',
    'shares_filled_pct',
    'avg_fill_price',
    'vwap',
    'slippage_mid',
    'effective_spread',
    'orders_filled_pct',
    'fill_rate_by_qty',
    'fill_latency_ms_p50',
  ])
    expect(figures[name], name).toBeNull()
  expect(quantities).toEqual([])
})

test('a file of the original framework has the original figures, and none that it cannot support', async () => {
  const path = writeOriginalRun(folder, 'original.jsonl', records)
  const { figures } = await summariseRun(engine, path)
  const kept = records.flatMap(({ fill }) => fill ?? [])
  expect(figures).toMatchObject({
    total_actions: 40,
    total_fills: kept.length,
    total_fill_qty: sum(kept.map(({ qty }) => qty)),
    final_pnl: expect.closeTo(records.at(-1)?.state.pnl as number, 6),
    seed: null,
    rules: null,
    realised_pnl: null,
    slippage_mid: null,
    orders_filled: null,
    fill_rate_by_qty: null,
    maker_fill_qty: null,
    decision_ms_p50: null,
  })
})

test('a folder becomes one CSV; a file without records is left out and named', async () => {
  const path = join(folder, 'none.jsonl')
  writeFileSync(path, 'not a record\n')
  const found = await summariseRuns([engine], selectRuns(folder))
  expect(found.unreadable).toEqual([{ path, reason: expect.stringContaining('no record of a step') }])
  const lines = summaryCsv(found.runs).trimEnd().split('\n')
  expect(lines).toHaveLength(1 + found.runs.length)
  expect(lines[0]).toBe(FIGURES.map(({ name }) => name).join(','))
  for (const line of lines) expect(line.split(',')).toHaveLength(FIGURES.length)
  expect(lines.join('\n')).not.toMatch(/NaN|Infinity|null/)
  rmSync(path)
})

test('a run becomes CSV, a row a step, with the columns of the original first', async () => {
  const run = await engine.load(join(folder, 'a.jsonl'), 'c')
  const path = join(folder, 'a.csv')
  expect(await convertRun(engine, run, { path, format: 'csv' })).toMatchObject({ path, rows: 400 })
  const [header, ...rows] = readFileSync(path, 'utf8').trimEnd().split('\n')
  expect(header).toBe(CSV_COLUMNS.join(','))
  expect(header).toMatch(
    /^step,timestamp,scenario,experiment,run_id,mode,bid,ask,mid,spread,last_trade,bid_depth,ask_depth,inventory,cash_flow,pnl,orders_sent,action_side,action_price,action_qty,fill_side,fill_price,fill_qty,fill_latency_ms,/,
  )
  const cells = rows.map((row) =>
    Object.fromEntries(row.split(',').map((cell, at) => [CSV_COLUMNS[at], cell])),
  )
  expect(cells.map(({ step }) => Number(step))).toEqual(records.map(({ step }) => step))
  expect(cells[123]).toMatchObject({ bid: '', mid: '', inventory: String(records[123]?.state.inventory) })
  expect(cells[20]).toMatchObject({ action_side: 'BUY', action_qty: '400', fill_side: '' })
  expect(cells[21]).toMatchObject({ fill_qty: '200', fills: '2', filled_qty: '300', fill_side: 'BUY' })
})

test('a run becomes Parquet with everything its records have', async () => {
  const run = await engine.load(join(folder, 'a.jsonl'), 'c')
  const path = join(folder, 'a.parquet')
  await convertRun(engine, run, { path, format: 'parquet' })
  expect(
    await engine.query(
      `SELECT count(*) AS n, min(step) AS first, sum(len(fills)) AS fills, sum(len(trades)) AS trades FROM '${path}'`,
    ),
  ).toEqual([
    {
      n: 400,
      first: 0,
      fills: records.flatMap(({ fills }) => fills).length,
      trades: records.flatMap(({ trades }) => trades).length,
    },
  ])
  expect(await engine.query(`SELECT bids, asks, orders, timestamp FROM '${path}' WHERE step = 20`)).toEqual([
    {
      bids: records[20]?.book.bids,
      asks: records[20]?.book.asks,
      orders: records[20]?.orders,
      timestamp: records[20]?.timestamp,
    },
  ])
})

test('damaged lines and the original files convert too', async () => {
  const path = writeOriginalRun(folder, 'damaged.jsonl', records)
  appendFileSync(path, '{"step":400,"timest')
  const run = await engine.load(path, 'c')
  expect(run.damage).toMatchObject({ records: 400, damaged: 1 })
  for (const format of ['csv', 'parquet'] as const) {
    expect(await convertRun(engine, run, { path: join(folder, `damaged.${format}`), format })).toMatchObject({
      rows: 400,
    })
  }
})
