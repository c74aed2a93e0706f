import { describe, expect, test } from 'vitest'
import { curveOf, fillPoint } from '../../../src/analytics/surface/spline/curve.ts'
import {
  bendMatrix,
  createSplineRows,
  fillSplineRows,
  roughnessMatrix,
} from '../../../src/analytics/surface/spline/spline-rows.ts'

const knots = [-4, -2.5, -1, -0.2, 0.3, 1.5, 2]
const values = [9, 4, 1.6, 1.1, 1, 1.4, 2.5]
const POINTS = [-7, -4, -3.3, -2.5, -1.7, 0, 0.3, 1.9, 2, 4.5]

describe('the natural cubic spline', () => {
  const curve = curveOf({ knots, values, atmVariance: 1 })
  const at = (z: number) => {
    const point = { z: 0, y: 0, slope: 0, bend: 0 }
    fillPoint(curve, z, point)
    return point
  }

  test('passes through its values and is linear beyond them', () => {
    knots.forEach((knot, index) => {
      expect(at(knot).y).toBeCloseTo(values[index] as number, 12)
    })
    expect(at(-6).y).toBeCloseTo(at(-4).y - 2 * at(-4).slope, 12)
    expect(at(5).y).toBeCloseTo(at(2).y + 3 * at(2).slope, 12)
    expect(at(-4).bend).toBe(0)
    expect(at(6).bend).toBe(0)
  })

  test('has the slope and bend of its differences', () => {
    const h = 1e-4
    for (const z of POINTS) {
      if (knots.includes(z)) continue
      const [low, here, high] = [at(z - h), at(z), at(z + h)]
      expect(here.slope).toBeCloseTo((high.y - low.y) / (2 * h), 6)
      expect(here.bend).toBeCloseTo((high.slope - low.slope) / (2 * h), 6)
    }
  })

  test('reproduces a straight line', () => {
    const line = curveOf({ knots, values: knots.map((z) => 3 - 2 * z), atmVariance: 1 })
    const point = { z: 0, y: 0, slope: 0, bend: 0 }
    for (const z of POINTS) {
      fillPoint(line, z, point)
      expect(point.y).toBeCloseTo(3 - 2 * z, 12)
      expect(point.bend).toBeCloseTo(0, 12)
    }
  })

  test('is the same as a linear function of its values', () => {
    const bends = bendMatrix(knots)
    const rows = createSplineRows(knots.length)
    const dot = (row: Float64Array) =>
      row.reduce((sum, one, index) => sum + one * (values[index] as number), 0)
    for (const z of POINTS) {
      fillSplineRows({ knots, bends }, z, rows)
      expect(dot(rows.value)).toBeCloseTo(at(z).y, 10)
      expect(dot(rows.slope)).toBeCloseTo(at(z).slope, 10)
      expect(dot(rows.bend)).toBeCloseTo(at(z).bend, 10)
    }
  })

  test('has the roughness that a sum over its bends gives', () => {
    const matrix = roughnessMatrix(knots, bendMatrix(knots))
    let form = 0
    for (let row = 0; row < knots.length; row++) {
      for (let column = 0; column <= row; column++) {
        const part = (matrix[row * knots.length + column] as number) * (values[row] as number)
        form += (row === column ? 1 : 2) * part * (values[column] as number)
      }
    }
    let sum = 0
    const step = 1e-3
    for (let z = -4 + step / 2; z < 2; z += step) sum += at(z).bend ** 2 * step
    expect(form).toBeCloseTo(sum, 4)
  })
})
