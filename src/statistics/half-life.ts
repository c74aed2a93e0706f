/**
 * Half-life of a quantity that returns to zero, from pairs of its values `lagSteps` apart: x(t + lag) ≈ φ·x(t), half-life
 * = lag · ln 2 / −ln φ. Takes one value each `lagSteps`; keeps two sums.
 */
export function createHalfLife(lagSteps: number): {
  /** The next value; the first one has none before it. */
  add(value: number, before: number): void
  /** Steps; null when nothing varied, or when the quantity does not return. */
  steps(): number | null
} {
  let products = 0
  let squares = 0
  return {
    add(value, before) {
      products += value * before
      squares += before * before
    },
    steps() {
      const persistence = products / squares
      return persistence > 0 && persistence < 1 ? (lagSteps * Math.LN2) / -Math.log(persistence) : null
    },
  }
}
