import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type QuadraticProgram,
  solveQuadraticProgram,
} from '../../../src/analytics/surface/arbitrage/quadratic-program.ts'

function program(
  hessian: readonly (readonly number[])[],
  linear: readonly number[],
  rows: readonly (readonly number[])[],
  bounds: readonly number[],
): QuadraticProgram {
  return {
    hessian: Float64Array.from(hessian.flat()),
    linear: Float64Array.from(linear),
    rows: Float64Array.from(rows.flat()),
    bounds: Float64Array.from(bounds),
  }
}

const unit = (size: number) =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, at) => (at === row ? 1 : 0)))

describe('quadratic programs with a known solution', () => {
  test('without constraints the minimum solves Hx = c', () => {
    const solution = solveQuadraticProgram(
      program(
        [
          [4, 1],
          [1, 3],
        ],
        [1, 2],
        [],
        [],
      ),
    )
    expect(solution.status).toBe('solved')
    if (solution.status !== 'solved') return
    expect(solution.x[0]).toBeCloseTo(1 / 11, 14)
    expect(solution.x[1]).toBeCloseTo(7 / 11, 14)
    expect(solution.active).toEqual([])
  })

  test('the example of the manual of quadprog', () => {
    const solution = solveQuadraticProgram(
      program(
        unit(3),
        [0, 5, 0],
        [
          [-4, -3, 0],
          [2, 1, 0],
          [0, -2, 1],
        ],
        [-8, 2, 0],
      ),
    )
    if (solution.status !== 'solved') throw new Error(solution.status)
    const expected = [10 / 21, 22 / 21, 44 / 21]
    expected.forEach((value, at) => {
      expect(solution.x[at]).toBeCloseTo(value, 12)
    })
    const multipliers = new Map(solution.active.map((row, at) => [row, solution.multipliers[at]]))
    expect([...multipliers.keys()].sort()).toEqual([1, 2])
    expect(multipliers.get(1)).toBeCloseTo(5 / 21, 12)
    expect(multipliers.get(2)).toBeCloseTo(44 / 21, 12)
  })

  test('a row that was active may be dropped on the way', () => {
    // The nearest point to (2, 2) with x ≤ 1, x + y ≤ 1 and y ≥ 0.9 is (0.1, 0.9).
    const solution = solveQuadraticProgram(
      program(
        unit(2),
        [2, 2],
        [
          [-1, 0],
          [-1, -1],
          [0, 1],
        ],
        [-1, -1, 0.9],
      ),
    )
    if (solution.status !== 'solved') throw new Error(solution.status)
    expect(solution.x[0]).toBeCloseTo(0.1, 12)
    expect(solution.x[1]).toBeCloseTo(0.9, 12)
  })

  test('the same row twice, and a multiple of it, change nothing', () => {
    const rows = [
      [1, 1],
      [1, 1],
      [2, 2],
    ]
    const solution = solveQuadraticProgram(program(unit(2), [0, 0], rows, [2, 2, 4]))
    if (solution.status !== 'solved') throw new Error(solution.status)
    expect(Array.from(solution.x)).toEqual([expect.closeTo(1, 12), expect.closeTo(1, 12)])
  })
})

describe('quadratic programs without a solution', () => {
  test('constraints that contradict each other are infeasible', () => {
    const opposed = program(unit(1), [0], [[1], [-1]], [1, 0])
    expect(solveQuadraticProgram(opposed).status).toBe('infeasible')
    const triangle = program(
      unit(2),
      [0, 0],
      [
        [1, 0],
        [0, 1],
        [-1, -1],
      ],
      [1, 1, -1.5],
    )
    expect(solveQuadraticProgram(triangle).status).toBe('infeasible')
  })

  test('a row of zeros that asks for more than zero is infeasible', () => {
    expect(solveQuadraticProgram(program(unit(2), [1, 1], [[0, 0]], [1])).status).toBe('infeasible')
  })

  test('a Hessian that is not positive definite is refused', () => {
    const flat = program(
      [
        [1, 1],
        [1, 1],
      ],
      [0, 0],
      [],
      [],
    )
    expect(solveQuadraticProgram(flat).status).toBe('no_convergence')
  })
})

test('any solution satisfies the conditions of Karush, Kuhn and Tucker', () => {
  const size = 5
  const number = fc.integer({ min: -50, max: 50 }).map((one) => one / 10)
  const vector = fc.array(number, { minLength: size, maxLength: size })
  const scene = fc.record({
    factor: fc.array(vector, { minLength: size, maxLength: size }),
    linear: vector,
    inside: vector,
    rows: fc.array(fc.record({ row: vector, slack: fc.integer({ min: 0, max: 30 }) }), { maxLength: 25 }),
  })
  fc.assert(
    fc.property(scene, ({ factor, linear, inside, rows }) => {
      const hessian = unit(size).map((line, row) =>
        line.map((one, column) => one / 10 + dot(factor[row] as number[], factor[column] as number[])),
      )
      // `inside` satisfies every row, so that there is a solution.
      const bounds = rows.map(({ row, slack }) => dot(row, inside) - slack / 10)
      const made = program(
        hessian,
        linear,
        rows.map(({ row }) => row),
        bounds,
      )
      const solution = solveQuadraticProgram(made)
      if (solution.status !== 'solved') throw new Error(solution.status)
      const x = Array.from(solution.x)
      rows.forEach(({ row }, at) => {
        expect(dot(row, x) - (bounds[at] as number)).toBeGreaterThan(-1e-6)
      })
      const gradient = hessian.map((line, at) => dot(line, x) - (linear[at] as number))
      solution.active.forEach((row, at) => {
        const multiplier = solution.multipliers[at] as number
        expect(multiplier).toBeGreaterThanOrEqual(0)
        const normal = rows[row]?.row as number[]
        expect(dot(normal, x)).toBeCloseTo(bounds[row] as number, 6)
        gradient.forEach((_, index) => {
          gradient[index] = (gradient[index] as number) - multiplier * (normal[index] as number)
        })
      })
      for (const rest of gradient) expect(Math.abs(rest)).toBeLessThan(1e-6)
    }),
    { numRuns: 300, seed: 7 },
  )
})

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, one, at) => sum + one * (b[at] as number), 0)
}
