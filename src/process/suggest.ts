/** The known name that is the fewest typos away from what was typed. */
export function suggest(written: string, names: readonly string[]): string {
  const errors = new Map(names.map((name) => [name, typingErrors(written.toLowerCase(), name.toLowerCase())]))
  return [...names].sort((a, b) => (errors.get(a) as number) - (errors.get(b) as number))[0] ?? ''
}

/** Letters added, dropped, changed or swapped with the next one: the optimal string alignment distance. */
function typingErrors(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped =
        a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY
      ;(rows[i] as number[])[j] = Math.min(
        at(i - 1, j) + 1,
        at(i, j - 1) + 1,
        at(i - 1, j - 1) + same,
        swapped,
      )
    }
  }
  return at(a.length, b.length)
}
