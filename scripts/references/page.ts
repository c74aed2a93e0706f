import { type Comparison, quantileOf, shownError } from './comparison.ts'

const HEAD = `# References

Our figures held against values that others published or recorded: the size of ours less theirs, as 50th and 99th percentile
and at worst. The page is written by \`npm run references\`; a test compares it with what the code gives. The formulas are in
[numbers.md](numbers.md).

IB's model ticks are matched with four fitted constants in all: the rate, the second of the minute at which the model takes the
time, and the present values of the dividends of SPX before two expirations (\`test/support/recorded-ticks.ts\`). Volatilities are
solved where a point is worth more than 0.001 dollars. Prices of the literature are those of the smooth American model.

QuantLib is compared by \`npm run test:interop -- --pricing\`, chains with known truth by \`npm run faults -- numbers\`.
`

const COLUMNS = ['figure', 'unit', 'n', 'p50', 'p99', 'worst', 'bound of p99'] as const

/** The whole page, the same bytes for the same code. */
export function referencesPage(comparisons: readonly Comparison[]): string {
  const references = [...new Set(comparisons.map(({ reference }) => reference))]
  const sections = references.map((reference) => {
    const lines = comparisons.filter((one) => one.reference === reference).map(lineOf)
    return `## ${reference}\n\n| ${COLUMNS.join(' | ')} |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |\n${lines.join('\n')}\n`
  })
  return [HEAD, ...sections].join('\n')
}

function lineOf(one: Comparison): string {
  const { figure, unit, errors, atMost } = one
  const shown = [0.5, 0.99, 1].map((share) => shownError(quantileOf(one, share)))
  const missed = quantileOf(one, 0.99) > atMost ? ' **missed**' : ''
  return `| ${[figure, unit, errors.length, ...shown, `${shownError(atMost)}${missed}`].join(' | ')} |`
}
