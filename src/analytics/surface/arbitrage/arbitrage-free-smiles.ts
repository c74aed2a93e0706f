import type { ArbitrageCheck, LogMoneynessRange } from '../smile.ts'
import { type Curve, curveOf, varianceOn } from '../spline/curve.ts'
import type { SmileProblem } from '../spline/smile-problem.ts'
import {
  type CheckGrid,
  checkedRange,
  checkGrid,
  checkSmile,
  isFree,
  violatedPoints,
} from './arbitrage-check.ts'
import {
  type ConstraintGrid,
  constrainedProgram,
  constraintGrid,
  type EarlierSmile,
  isDensityRow,
  leavesRoom,
  type Neighbours,
  type Room,
} from './arbitrage-constraints.ts'
import { type QuadraticSolution, solveQuadraticProgram } from './quadratic-program.ts'

/** A smile that passed the check. */
export interface AcceptedSmile {
  readonly curve: Curve
  readonly check: ArbitrageCheck
  readonly quoted: LogMoneynessRange
  readonly checked: LogMoneynessRange
  /** The rows that held with equality in the last program, by rows; empty for a free smile. */
  readonly activeRows: readonly Float64Array[]
  readonly constrained: boolean
}

const MAX_PASSES = 12
/** Each smile leaves room for the free fits of this many expirations before it. */
export const EARLIER = 6
/** Where the second start lies below what the later smile allows. */
const START_SHARE = 0.9
/** No start has less variance, as a share of that at the money. */
const LEAST_START = 0.1

/**
 * The smiles of expirations on one underlying, by time: each first fitted freely; then from the last one backwards, each
 * that admits arbitrage, against itself or the next later accepted one, is bent by quadratic programs until the dense
 * check finds none. Null where that fails.
 */
export function arbitrageFreeSmiles(
  problems: readonly { readonly problem: SmileProblem; readonly minutes: number }[],
): (AcceptedSmile | null)[] {
  const free = problems.map(({ problem }) => freeSmile(problem))
  const accepted: (AcceptedSmile | null)[] = problems.map(() => null)
  for (let at = problems.length - 1; at >= 0; at--) {
    const own = free[at]
    if (!own) continue
    const { problem, minutes } = problems[at] as { problem: SmileProblem; minutes: number }
    // Expirations of the same minute, of two classes, have no order.
    const next = accepted.findIndex((one, index) => one && (problems[index]?.minutes ?? 0) > minutes)
    const earlier = free.slice(Math.max(0, at - EARLIER), at).filter((one) => one !== null)
    accepted[at] = acceptedSmile(problem, { own, earlier, later: accepted[next] ?? null })
  }
  return accepted
}

/** The unconstrained minimum; null if the quotes do not determine it. */
function freeSmile(problem: SmileProblem): EarlierSmile | null {
  const { hessian, linear, knots, atmVariance, quotes } = problem
  const program = { hessian, linear, rows: new Float64Array(0), bounds: new Float64Array(0) }
  const solution = solveQuadraticProgram(program)
  if (solution.status !== 'solved') return null
  const quoted = { from: quotes[0]?.k as number, to: quotes.at(-1)?.k as number }
  return { curve: curveOf({ knots, atmVariance, values: solution.x }), quoted }
}

interface Attempt {
  readonly own: EarlierSmile
  readonly earlier: readonly EarlierSmile[]
  readonly later: AcceptedSmile | null
}

function acceptedSmile(problem: SmileProblem, { own, earlier, later }: Attempt): AcceptedSmile | null {
  const { quoted } = own
  const checked = checkedRange(quoted)
  const checks = checkGrid(own.curve, later?.curve ?? null)
  const neighbours = { later: later?.curve ?? null, earlier }
  const grid = constraintGrid(problem, neighbours)
  const check = checkSmile(own.curve, checks)
  const facts = { quoted, checked }
  if (isFree(check) && leavesRoom(grid, own.curve)) {
    return { ...facts, curve: own.curve, check, activeRows: [], constrained: false }
  }
  const level = levelWings(own)
  // Where a free wing falls below zero, its density says nothing.
  const isUsable = check.leastDensity > Number.NEGATIVE_INFINITY
  const starts: readonly { readonly curve: Curve; readonly room: Room }[] = [
    ...(isUsable ? (['kept', 'sought'] as const).map((room) => ({ curve: own.curve, room })) : []),
    ...(['kept', 'sought', 'ignored'] as const).map((room) => ({ curve: level, room })),
    ...(later ? [{ curve: belowLater(own.curve, later.curve), room: 'ignored' } as const] : []),
  ]
  for (const start of starts) {
    const bent = bentSmile(problem, { ...start, neighbours, grid, checks })
    if (bent) return { ...facts, ...bent, constrained: true }
  }
  return null
}

interface Start {
  readonly curve: Curve
  readonly room: Room
  readonly neighbours: Neighbours
  readonly grid: ConstraintGrid
  readonly checks: CheckGrid
}

type BentSmile = Pick<AcceptedSmile, 'curve' | 'check' | 'activeRows'>

/**
 * Passes of quadratic programs from a start until the check finds no arbitrage; null if none gets there. What a check
 * finds between the points of the constraints becomes a point of the next pass. A smile that is bent by its density gets
 * one pass more, because densities were linearized at the start.
 */
function bentSmile(
  problem: SmileProblem,
  { curve: start, room, neighbours, grid: firstGrid, checks }: Start,
): BentSmile | null {
  let curve = start
  let grid = firstGrid
  let accepted: BentSmile | null = null
  const more: number[] = []
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const program = constrainedProgram(problem, grid, { curve, room })
    const solution: QuadraticSolution = solveQuadraticProgram(program)
    if (solution.status !== 'solved') return accepted
    curve = curveOf({ ...curve, values: solution.x })
    const check = checkSmile(curve, checks)
    if (isFree(check)) {
      const size = solution.x.length
      const activeRows = solution.active.map((row) => program.rows.subarray(row * size, (row + 1) * size))
      const isExact = !solution.active.some((row) => isDensityRow(grid, row))
      if (accepted || isExact) return { curve, check, activeRows }
      accepted = { curve, check, activeRows }
      continue
    }
    if (accepted) return accepted
    const { scale } = curve
    more.push(...violatedPoints(curve, checks).map((k) => k / scale))
    grid = constraintGrid(problem, neighbours, more)
  }
  return accepted
}

/** The smile between its quotes, and level wings. */
function levelWings({ curve, quoted }: EarlierSmile): Curve {
  const { knots, atmVariance, scale } = curve
  const values = knots.map((z) => {
    const k = Math.min(Math.max(z * scale, quoted.from), quoted.to)
    return Math.max(LEAST_START, varianceOn(curve, k) / atmVariance)
  })
  return curveOf({ knots, atmVariance, values })
}

/** The values of the later smile at the knots, a little lower. */
function belowLater({ knots, atmVariance, scale }: Curve, later: Curve): Curve {
  const values = knots.map((z) => (START_SHARE * varianceOn(later, z * scale)) / atmVariance)
  return curveOf({ knots, atmVariance, values })
}
