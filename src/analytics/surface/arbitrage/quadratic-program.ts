import { choleskyOf, inverseTransposeOf } from './cholesky.ts'

/**
 * Minimizes ½·x'Hx − c'x subject to a_i'x ≥ b_i for all rows i, H symmetric and positive definite: the dual method of
 * Goldfarb and Idnani. It starts from the minimum without constraints and adds the most violated one at a time, dropping
 * those whose multiplier would turn negative; it ends after finitely many steps at the exact solution, and recognizes
 * constraints that contradict each other. For some tens of unknowns and hundreds of rows, all dense.
 * Source: D. Goldfarb, A. Idnani, "A numerically stable dual method for solving strictly convex quadratic programs",
 * Mathematical Programming 27, 1983.
 */
export interface QuadraticProgram {
  /** H by rows; only its lower triangle is read. */
  readonly hessian: Float64Array
  readonly linear: Float64Array
  /** a_i by rows. */
  readonly rows: Float64Array
  readonly bounds: Float64Array
}

export type QuadraticSolution =
  | {
      readonly status: 'solved'
      readonly x: Float64Array
      /** Indices of the rows that hold with equality, and their multipliers, all above 0. */
      readonly active: readonly number[]
      readonly multipliers: readonly number[]
    }
  /** infeasible: no x satisfies all rows. no_convergence: H is not positive definite, or rounding stalled the search. */
  | { readonly status: 'infeasible' | 'no_convergence' }

/** A row counts as satisfied within this share of its bound, or of the size of x. */
const TOLERANCE = 1e-10
/** A direction shorter than this share of the row lies in the span of the active rows. */
const DEPENDENT = 1e-11

export function solveQuadraticProgram(program: QuadraticProgram): QuadraticSolution {
  const size = program.linear.length
  const lower = choleskyOf(program.hessian, size)
  if (!lower) return { status: 'no_convergence' }
  const search = createSearch(program, lower)
  for (let round = 0; round < 20 * (size + program.bounds.length) + 100; round++) {
    const row = mostViolated(program, search)
    if (row < 0) {
      const multipliers = Array.from(search.multipliers.subarray(0, search.active.length))
      return { status: 'solved', x: search.x, active: [...search.active], multipliers }
    }
    if (!activate(program, search, row)) return { status: 'infeasible' }
  }
  return { status: 'no_convergence' }
}

/**
 * The state of the search. With N the active rows as columns and L the Cholesky factor of H, J = L^{-T}·Q and R hold the
 * QR factorisation of L^{-1}·N: the first columns of J span the active rows, the others the directions along them.
 */
interface Search {
  readonly size: number
  readonly x: Float64Array
  readonly active: number[]
  /** Of the active rows, in their order. */
  readonly multipliers: Float64Array
  /** J by rows. */
  readonly basis: Float64Array
  /** R by rows, upper triangular. */
  readonly triangle: Float64Array
  /** Whether a row is active. */
  readonly isActive: Uint8Array
  /** Size of each row, to compare violations. */
  readonly norms: Float64Array
}

function createSearch({ linear, rows, bounds }: QuadraticProgram, lower: Float64Array): Search {
  const size = linear.length
  const norms = new Float64Array(bounds.length)
  for (let row = 0; row < norms.length; row++) {
    let square = 0
    for (let at = 0; at < size; at++) square += (rows[row * size + at] as number) ** 2
    norms[row] = Math.sqrt(square)
  }
  const basis = inverseTransposeOf(lower, size)
  return {
    size,
    x: freeMinimum(basis, linear),
    active: [],
    multipliers: new Float64Array(size + 1),
    basis,
    triangle: new Float64Array(size * size),
    isActive: new Uint8Array(bounds.length),
    norms,
  }
}

/** H^{-1}·c = J·J'·c. */
function freeMinimum(basis: Float64Array, linear: Float64Array): Float64Array {
  const size = linear.length
  const x = new Float64Array(size)
  for (let column = 0; column < size; column++) {
    let share = 0
    for (let at = 0; at < size; at++) share += (basis[at * size + column] as number) * (linear[at] as number)
    for (let at = 0; at < size; at++)
      x[at] = (x[at] as number) + (basis[at * size + column] as number) * share
  }
  return x
}

/** The row that is violated by the largest distance; −1 if all hold. */
function mostViolated({ rows, bounds }: QuadraticProgram, { size, x, isActive, norms }: Search): number {
  let worst = 0
  let found = -1
  let length = 0
  for (const one of x) length = Math.max(length, Math.abs(one))
  for (let row = 0; row < bounds.length; row++) {
    if (isActive[row]) continue
    const bound = bounds[row] as number
    let miss = bound
    for (let at = 0, cell = row * size; at < size; at++, cell++) {
      miss -= (rows[cell] as number) * (x[at] as number)
    }
    if (miss <= TOLERANCE * Math.abs(bound)) continue
    // A row of zeros that asks for more than 0 can never hold, and is looked at first.
    const distance = miss / (norms[row] as number)
    if (distance <= TOLERANCE * length) continue
    if (distance > worst) {
      worst = distance
      found = row
    }
  }
  return found
}

/** Moves to the solution with one more active row, dropping others on the way; false if no x satisfies them all. */
function activate(program: QuadraticProgram, search: Search, row: number): boolean {
  const { size, x, active, multipliers } = search
  const normal = program.rows.subarray(row * size, (row + 1) * size)
  const projected = new Float64Array(size)
  const along = new Float64Array(size)
  const change = new Float64Array(size)
  let own = 0
  for (;;) {
    projectOn(search, normal, projected)
    directionOf(search, projected, along)
    multiplierChange(search, projected, change)
    let slope = 0
    let square = 0
    for (let at = 0; at < size; at++) {
      if (at >= active.length) slope += (projected[at] as number) ** 2
      square += (projected[at] as number) ** 2
    }
    const drop = firstToDrop(search, change)
    const dualStep =
      drop < 0 ? Number.POSITIVE_INFINITY : (multipliers[drop] as number) / (change[drop] as number)
    const isDependent = active.length === size || slope <= DEPENDENT * square
    const primalStep = isDependent ? Number.POSITIVE_INFINITY : missOf(program, x, row) / slope
    const step = Math.min(dualStep, primalStep)
    if (step === Number.POSITIVE_INFINITY) return false
    for (let at = 0; at < active.length; at++) {
      multipliers[at] = (multipliers[at] as number) - step * (change[at] as number)
    }
    own += step
    if (!isDependent)
      for (let at = 0; at < size; at++) x[at] = (x[at] as number) + step * (along[at] as number)
    if (step === primalStep) {
      addRow(search, row, projected)
      multipliers[active.length - 1] = own
      return true
    }
    dropRow(search, drop)
  }
}

function missOf({ rows, bounds }: QuadraticProgram, x: Float64Array, row: number): number {
  let miss = bounds[row] as number
  for (let at = 0, cell = row * x.length; at < x.length; at++, cell++) {
    miss -= (rows[cell] as number) * (x[at] as number)
  }
  return miss
}

/** d = J'·n. */
function projectOn({ size, basis }: Search, normal: Float64Array, into: Float64Array): void {
  into.fill(0)
  for (let at = 0; at < size; at++) {
    const part = normal[at] as number
    if (part === 0) continue
    for (let column = 0, cell = at * size; column < size; column++, cell++) {
      into[column] = (into[column] as number) + part * (basis[cell] as number)
    }
  }
}

/** z: the direction in which x moves, along all active rows. */
function directionOf({ size, basis, active }: Search, projected: Float64Array, into: Float64Array): void {
  for (let at = 0; at < size; at++) {
    let sum = 0
    for (let column = active.length; column < size; column++) {
      sum += (basis[at * size + column] as number) * (projected[column] as number)
    }
    into[at] = sum
  }
}

/** r = R^{-1}·d: by how much the multipliers of the active rows fall for a step of 1. */
function multiplierChange(
  { size, triangle, active }: Search,
  projected: Float64Array,
  into: Float64Array,
): void {
  for (let at = active.length - 1; at >= 0; at--) {
    let rest = projected[at] as number
    for (let next = at + 1; next < active.length; next++) {
      rest -= (triangle[at * size + next] as number) * (into[next] as number)
    }
    into[at] = rest / (triangle[at * size + at] as number)
  }
}

/** The active row whose multiplier reaches 0 first; −1 if none falls. */
function firstToDrop({ active, multipliers }: Search, change: Float64Array): number {
  let first = -1
  let least = Number.POSITIVE_INFINITY
  for (let at = 0; at < active.length; at++) {
    const fall = change[at] as number
    if (!(fall > 0)) continue
    const step = (multipliers[at] as number) / fall
    if (step < least) {
      least = step
      first = at
    }
  }
  return first
}

/** Rotates the free columns of J so that only the first of them sees the new row, which becomes a column of R. */
function addRow(search: Search, row: number, projected: Float64Array): void {
  const { size, basis, triangle, active, isActive } = search
  const count = active.length
  for (let column = size - 1; column > count; column--) {
    const [a, b] = [projected[column - 1] as number, projected[column] as number]
    if (b === 0) continue
    const length = Math.hypot(a, b)
    projected[column - 1] = length
    rotateColumns(basis, { size, column: column - 1, cos: a / length, sin: b / length })
  }
  for (let at = 0; at <= count; at++) triangle[at * size + count] = projected[at] as number
  active.push(row)
  isActive[row] = 1
}

/** Removes an active row: its column leaves R, and rotations make the rest triangular again. */
function dropRow(search: Search, position: number): void {
  const { size, basis, triangle, active, multipliers, isActive } = search
  isActive[active[position] as number] = 0
  active.splice(position, 1)
  const count = active.length
  for (let at = position; at < count; at++) {
    multipliers[at] = multipliers[at + 1] as number
    for (let line = 0; line <= at + 1; line++) {
      triangle[line * size + at] = triangle[line * size + at + 1] as number
    }
  }
  for (let at = position; at < count; at++) {
    const [a, b] = [triangle[at * size + at] as number, triangle[(at + 1) * size + at] as number]
    if (b === 0) continue
    const length = Math.hypot(a, b)
    const [cos, sin] = [a / length, b / length]
    for (let column = at; column < count; column++) {
      const [top, under] = [
        triangle[at * size + column] as number,
        triangle[(at + 1) * size + column] as number,
      ]
      triangle[at * size + column] = cos * top + sin * under
      triangle[(at + 1) * size + column] = cos * under - sin * top
    }
    rotateColumns(basis, { size, column: at, cos, sin })
  }
}

function rotateColumns(
  basis: Float64Array,
  { size, column, cos, sin }: { size: number; column: number; cos: number; sin: number },
): void {
  for (let cell = column; cell < size * size; cell += size) {
    const [a, b] = [basis[cell] as number, basis[cell + 1] as number]
    basis[cell] = cos * a + sin * b
    basis[cell + 1] = cos * b - sin * a
  }
}
