/** L with H = L·L', by rows; null if H is not positive definite. */
export function choleskyOf(matrix: Float64Array, size: number): Float64Array | null {
  const lower = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column] as number
      for (let at = 0; at < column; at++) {
        rest -= (lower[row * size + at] as number) * (lower[column * size + at] as number)
      }
      if (row === column && !(rest > 0)) return null
      lower[row * size + column] =
        row === column ? Math.sqrt(rest) : rest / (lower[column * size + column] as number)
    }
  }
  return lower
}

/** L^{-T}, upper triangular, by rows. */
export function inverseTransposeOf(lower: Float64Array, size: number): Float64Array {
  const inverse = new Float64Array(size * size)
  for (let column = 0; column < size; column++) {
    for (let row = column; row < size; row++) {
      let rest = row === column ? 1 : 0
      // inverse[at, row] holds L^{-1}[row, at].
      for (let at = column; at < row; at++) {
        rest -= (lower[row * size + at] as number) * (inverse[column * size + at] as number)
      }
      inverse[column * size + row] = rest / (lower[row * size + row] as number)
    }
  }
  return inverse
}
