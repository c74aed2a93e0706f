import type { Print } from '../../statistics/mini-flash-crashes.ts'
import type { LoadedRun, QueryRow, QueryValue, RunEngine } from '../analysis/engine.ts'
import type { RunPath } from '../analysis/run-path.ts'
import { createRunTrace, type TracedFill, type TracedOrder } from '../analysis/trace-run.ts'
import type { RunColumns, RunData, RunIdentity } from './run-data.ts'

const NAME = 'report_run'

/** Reads one file through the engine. @throws Failure as `RunEngine.load` does. */
export async function readRun(engine: RunEngine, path: string, identity: RunIdentity): Promise<RunData> {
  const loaded = await engine.load(path, NAME)
  try {
    const columns = await readColumns(engine)
    const [orders, fills] = [await readRows(engine, 'orders'), await readRows(engine, 'fills')]
    return {
      identity,
      columns: columns.numbers,
      path: tracePath(identity, columns, orders, fills),
      tape: await readTape(engine, loaded),
      fillMs: columnOf(fills.map(({ latency_ms }) => latency_ms as QueryValue)),
      secondsPerStep: await readStepLength(engine, loaded),
      damagedLines: loaded.damage.damaged,
    }
  } finally {
    await engine.drop(NAME)
  }
}

interface Columns {
  readonly numbers: RunColumns
  readonly bid: Float64Array
  readonly ask: Float64Array
}

async function readColumns(engine: RunEngine): Promise<Columns> {
  const names = ['step', 'bid', 'ask', 'mid', 'spread', 'bid_depth', 'ask_depth', 'inventory', 'pnl']
  const lists = [...names, 'decision_ms', 'step_ms'].map(
    (name) => `list(${name}::DOUBLE ORDER BY step) AS ${name}`,
  )
  const [row] = await engine.query(`SELECT ${lists.join(', ')} FROM ${NAME}.steps`)
  const column = (name: string) => columnOf(row?.[name] as readonly QueryValue[])
  return {
    numbers: {
      steps: column('step'),
      mid: column('mid'),
      spread: column('spread'),
      pnl: column('pnl'),
      bidDepth: column('bid_depth'),
      askDepth: column('ask_depth'),
      inventory: column('inventory'),
      decisionMs: column('decision_ms'),
      stepMs: column('step_ms'),
    },
    bid: column('bid'),
    ask: column('ask'),
  }
}

function columnOf(values: readonly QueryValue[]): Float64Array {
  return Float64Array.from(values, (value) => (typeof value === 'number' ? value : Number.NaN))
}

function readRows(engine: RunEngine, view: 'orders' | 'fills'): Promise<QueryRow[]> {
  const extra = view === 'fills' ? ', latency_ms' : ''
  return engine.query(`SELECT step, order_id, side, price, qty${extra} FROM ${NAME}.${view} ORDER BY step`)
}

function tracePath(
  identity: RunIdentity,
  { numbers, bid, ask }: Columns,
  orders: readonly QueryRow[],
  fills: readonly QueryRow[],
): RunPath {
  const trace = createRunTrace(identity)
  const ordersOf = byStep(orders)
  const fillsOf = byStep(fills)
  for (let row = 0; row < numbers.steps.length; row++) {
    const step = numbers.steps[row] as number
    trace.add({
      step,
      market: {
        bid: known(bid[row]),
        ask: known(ask[row]),
        mid: known(numbers.mid[row]),
        spread: known(numbers.spread[row]),
      },
      state: { inventory: known(numbers.inventory[row]) ?? 0 },
      orders: (ordersOf.get(step) ?? NONE) as unknown as readonly TracedOrder[],
      fills: (fillsOf.get(step) ?? NONE) as unknown as readonly TracedFill[],
    })
  }
  return trace.path()
}

const NONE: readonly QueryRow[] = []

function byStep(rows: readonly QueryRow[]): Map<number, QueryRow[]> {
  const steps = new Map<number, QueryRow[]>()
  for (const row of rows) {
    const step = row.step as number
    const same = steps.get(step)
    if (same) same.push(row)
    else steps.set(step, [row])
  }
  return steps
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value
}

/** The trades of the market in their order; null for files of the original framework, which have none. */
async function readTape(engine: RunEngine, { rules }: LoadedRun): Promise<Print[] | null> {
  if (rules === null) return null
  const rows = await engine.query(`SELECT step, price FROM ${NAME}.trades`)
  const tape = rows.map(({ step, price }) => ({ step: Number(step), priceTicks: Number(price) }))
  // Lines are in the order of their steps; sorting keeps the order within each.
  return tape.sort((one, other) => one.step - other.step)
}

/**
 * Market seconds between two steps, from the first and the last time stamp. Null for files of the original framework, whose
 * time stamps are not market time.
 */
async function readStepLength(engine: RunEngine, { rules }: LoadedRun): Promise<number | null> {
  if (rules === null) return null
  const [row] = await engine.query(
    `SELECT max(step) - min(step) AS steps, arg_min(timestamp, step) AS first, arg_max(timestamp, step) AS last FROM ${NAME}.steps`,
  )
  const seconds = (Date.parse(String(row?.last)) - Date.parse(String(row?.first))) / 1_000
  const perStep = seconds / Number(row?.steps)
  return perStep > 0 && Number.isFinite(perStep) ? Math.round(perStep * 1e6) / 1e6 : null
}
