import {
  createSpikeDetector,
  type MiniFlashCrash,
  miniFlashCrashes,
} from '../../statistics/mini-flash-crashes.ts'
import { executedImpacts } from '../analysis/executed-impact.ts'
import { fillRate, fillRatesBy, placementOf } from '../analysis/fill-rates.ts'
import { orderImpact } from '../analysis/order-impact.ts'
import { comparePaired } from '../analysis/paired-mids.ts'
import { type CrashSignature, carriedForward, findCrash } from './crash-signature.ts'
import { distributionOf } from './distribution.ts'
import { type PackedSeries, packSeries } from './pack-series.ts'
import { SERIES_NAMES, type SeriesName } from './page-data.ts'
import type {
  CrashEvent,
  EventPicture,
  MiniCrashEvent,
  PairedFigures,
  ReportRun,
  RunFigures,
  RunFills,
  RunSeries,
} from './report-run.ts'
import type { RunColumns, RunData } from './run-data.ts'
import { thinSeries } from './thin-series.ts'

/** An order's effect is read this many steps after it was sent: the time to the next order of the built-in experiments. */
export const ORDER_HORIZON_STEPS = 10
/** Quantities at which the effect of a run that only buys or sells is read, shares. */
export const EXECUTED_QUANTITIES = [100, 200, 500, 1_000, 2_000, 5_000]
/** Mini flash crashes of one run that are drawn. */
const MOST_PICTURES = 4
const PICTURE_BUCKETS = 240

/**
 * Measures one run and thins its series.
 * @param passive the passive run of the same market; null for a passive run and where there is none.
 * @param buckets of each series; 0 when the run is not shown over time.
 */
export function measureRun(run: RunData, passive: RunData | null, buckets: number): ReportRun {
  const { identity, columns, path } = run
  const { steps } = columns
  const mids = carriedForward(columns.mid)
  const signature = findCrash(columns)
  return {
    ...identity,
    records: steps.length,
    firstStep: steps[0] ?? 0,
    lastStep: steps.at(-1) ?? 0,
    secondsPerStep: run.secondsPerStep,
    damagedLines: run.damagedLines,
    figures: figuresOf(run),
    fills: fillsOf(path.orders),
    paired: passive === null ? null : pairedFigures(run, passive),
    crash: signature === null ? null : crashEvent(signature, columns),
    miniCrashes: run.tape === null || mids === null ? null : miniCrashes(run.tape, columns, mids),
    series: buckets === 0 ? null : seriesOf(run, passive, buckets),
  }
}

function figuresOf({ columns, fillMs }: RunData): RunFigures {
  const { mid, spread, inventory, pnl } = columns
  const spreads = distributionOf(spread)
  const [lowestMid, highestMid] = extremes(mid)
  const [lowestInventory, highestInventory] = extremes(inventory)
  return {
    firstMid: mid.find((value) => !Number.isNaN(value)) ?? null,
    lastMid: lastOf(mid),
    lowestMid,
    highestMid,
    twoSidedFraction: mid.length === 0 ? 0 : mid.filter((value) => !Number.isNaN(value)).length / mid.length,
    meanSpread: meanOf(spread),
    spread: spreads,
    bidDepth: distributionOf(columns.bidDepth),
    askDepth: distributionOf(columns.askDepth),
    lowestInventory,
    highestInventory,
    finalInventory: lastOf(inventory),
    lowestPnl: extremes(pnl)[0],
    finalPnl: lastOf(pnl),
    decisionMs: distributionOf(columns.decisionMs),
    stepMs: distributionOf(columns.stepMs),
    fillMs: distributionOf(fillMs),
  }
}

function fillsOf(orders: RunData['path']['orders']): RunFills {
  return {
    all: fillRate(orders),
    buy: fillRate(orders.filter(({ side }) => side === 'BUY')),
    sell: fillRate(orders.filter(({ side }) => side === 'SELL')),
    byPlacement: fillRatesBy(orders, placementOf),
  }
}

function pairedFigures({ path }: RunData, passive: RunData): PairedFigures {
  const quantities = new Set(path.orders.map(({ quantity }) => quantity))
  return {
    baseline: passive.identity.file,
    market: comparePaired(path, passive.path),
    order: orderImpact(path, passive.path, ORDER_HORIZON_STEPS),
    orderQuantity: quantities.size === 1 ? ([...quantities][0] as number) : null,
    executed: executedImpacts(path, passive.path, EXECUTED_QUANTITIES),
  }
}

/** The fall with a quarter of its length before it, and half an hour after the trough as far as there is one. */
function crashEvent(signature: CrashSignature, columns: RunColumns): CrashEvent {
  const length = signature.troughRow - signature.startRow
  const from = signature.startRow - Math.max(600, Math.round(length / 4))
  const to = signature.troughRow + Math.max(600, Math.min(18_000, 3 * length))
  return { signature, picture: pictureOf(columns, from, to) }
}

/** @param mids without gaps. */
function miniCrashes(
  tape: NonNullable<RunData['tape']>,
  columns: RunColumns,
  mids: Float64Array,
): MiniCrashEvent[] {
  const detector = createSpikeDetector()
  const rowOf = new Map<number, number>()
  columns.steps.forEach((step, row) => {
    rowOf.set(step, row)
  })
  // Steps of a detector are rows: damaged lines leave none.
  for (const { step, priceTicks } of tape) {
    const row = rowOf.get(step)
    if (row !== undefined) detector.print(row, priceTicks)
  }
  return miniFlashCrashes(detector.spikes(), mids).map((crash: MiniFlashCrash, index) => ({
    crash,
    picture:
      index < MOST_PICTURES
        ? pictureOf(columns, crash.first.startStep - 100, crash.first.endStep + 600)
        : null,
  }))
}

function pictureOf({ steps, mid }: RunColumns, fromRow: number, toRow: number): EventPicture {
  const from = Math.max(0, fromRow)
  const to = Math.min(steps.length - 1, toRow)
  const range = { firstStep: steps[from] as number, lastStep: steps[to] as number }
  return {
    mid: thinSeries(steps.subarray(from, to + 1), mid.subarray(from, to + 1), PICTURE_BUCKETS, range),
    fromStep: range.firstStep,
    toStep: range.lastStep,
  }
}

function seriesOf({ columns }: RunData, passive: RunData | null, buckets: number): RunSeries {
  const { steps } = columns
  const range = { firstStep: steps[0] ?? 0, lastStep: steps.at(-1) ?? 0 }
  const count = Math.max(1, Math.min(buckets, range.lastStep - range.firstStep + 1))
  const pack = (name: SeriesName): PackedSeries | null => {
    const values = name === 'effect' ? effectOf(columns, passive?.columns ?? null) : columns[name]
    if (values === null || values.every(Number.isNaN)) return null
    return packSeries(thinSeries(steps, values, count, range))
  }
  return {
    buckets: count,
    packed: Object.fromEntries(SERIES_NAMES.map((name) => [name, pack(name)])) as RunSeries['packed'],
  }
}

/** Mid less the mid of the passive run at the same step; null without a passive run. */
function effectOf(run: RunColumns, passive: RunColumns | null): Float64Array | null {
  if (passive === null) return null
  const effect = new Float64Array(run.steps.length).fill(Number.NaN)
  let at = 0
  for (let row = 0; row < effect.length; row++) {
    const step = run.steps[row] as number
    while (at < passive.steps.length && (passive.steps[at] as number) < step) at++
    if (passive.steps[at] !== step) continue
    // To the hundredth of a cent: the difference of two prices has digits that mean nothing.
    effect[row] = Math.round(((run.mid[row] as number) - (passive.mid[at] as number)) * 1e4) / 1e4
  }
  return effect
}

function extremes(values: Float64Array): [lowest: number | null, highest: number | null] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const value of values) {
    if (value < low) low = value
    if (value > high) high = value
  }
  return high >= low ? [low, high] : [null, null]
}

function lastOf(values: Float64Array): number | null {
  return values.findLast((value) => !Number.isNaN(value)) ?? null
}

function meanOf(values: Float64Array): number | null {
  let sum = 0
  let count = 0
  for (const value of values) {
    if (Number.isNaN(value)) continue
    sum += value
    count++
  }
  return count === 0 ? null : sum / count
}
