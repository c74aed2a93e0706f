import type { Figure, RunResult } from './benchmark.ts'
import { intervalText, isMet, rounded, targetText } from './print-figures.ts'

const PAGE_END = '<!-- end of figures -->'

/** The first line of the part of the page that belongs to a scenario's measurement. */
export function beginOf(scenario: string): string {
  return `<!-- figures of ${scenario}: written by npm run bench:scenarios -- --write -->`
}

/**
 * The page with the measured part of a scenario replaced; the prose around it stays. Throws when the page has no place for
 * it.
 */
export function withFigures(page: string, scenario: string, measured: string): string {
  const start = page.indexOf(beginOf(scenario))
  const end = page.indexOf(PAGE_END, start)
  if (start < 0 || end < 0) throw new RangeError(`docs/scenarios.md has no figures of ${scenario}`)
  return `${page.slice(0, start)}${beginOf(scenario)}\n\n${measured}\n\n${page.slice(end)}`
}

/** The plot, what was run, and the figures as a Markdown table. */
export function measuredPart(
  scenario: string,
  results: readonly RunResult[],
  figures: readonly Figure[],
): string {
  const seeds = results.map(({ seed }) => seed)
  const [lowest, highest] = [Math.min(...seeds), Math.max(...seeds)]
  const steps = Math.max(...results.map((run) => run.steps)).toLocaleString('en-US')
  return [
    `![${scenario}: price, spread, depth and volume of one run](scenarios/${scenario}.svg)`,
    `Seeds ${lowest} to ${highest}, up to ${steps} steps a run.`,
    tableOf(figures),
  ].join('\n\n')
}

function tableOf(figures: readonly Figure[]): string {
  const rows = figures.map((figure) =>
    [
      figure.name,
      figure.value === null ? '–' : rounded(figure.value),
      intervalText(figure),
      figure.unit,
      targetText(figure),
      verdictOf(figure),
      figure.original ?? '',
      figure.source,
    ]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  )
  return [
    '| figure | value | 95 % interval | unit | target | | original | source of the target |',
    '| --- | ---: | ---: | --- | ---: | --- | --- | --- |',
    ...rows.map((row) => `| ${row} |`),
  ].join('\n')
}

function verdictOf(figure: Figure): string {
  const met = isMet(figure)
  const verdict = met === null ? '' : met ? 'met' : '**missed**'
  return figure.why === undefined ? verdict : `${verdict} (${figure.why})`.trim()
}
