import { formatTable } from '../../../src/commands/terminal/table.ts'
import type { Figure } from './benchmark.ts'

/** A figure and the scenario that it belongs to. */
export interface ScenarioFigure extends Figure {
  readonly scenario: string
}

/** Whether the target is met; null for a figure without a target or a value. */
export function isMet({ value, atLeast, atMost }: Figure): boolean | null {
  if (value === null || (atLeast === undefined && atMost === undefined)) return null
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
}

/** The figures of one scenario as a table. */
export function figureTable(figures: readonly Figure[]): string {
  return formatTable(figures, [
    { title: 'figure', value: ({ name }) => name },
    { title: 'value', align: 'right', value: ({ value }) => (value === null ? '–' : rounded(value)) },
    { title: '95 % interval', align: 'right', value: intervalText },
    { title: 'target', align: 'right', value: targetText },
    { title: 'unit', value: ({ unit }) => unit },
    { title: '', value: verdict },
    { title: 'original', value: ({ original }) => original ?? '' },
    { title: 'source of the target', value: ({ source }) => source },
  ])
}

/** One line of JSON for all figures. */
export function figuresJson(figures: readonly ScenarioFigure[]): string {
  return JSON.stringify({
    name: 'scenarios',
    goals: figures.map((figure) => ({
      name: `${figure.scenario}: ${figure.name}`,
      value: figure.value,
      unit: figure.unit,
      goal: goalOf(figure),
      met: isMet(figure),
      interval: figure.interval,
      ...(figure.why === undefined ? {} : { why: figure.why }),
    })),
  })
}

/** The bound; both bounds as a list; null for a figure that has no target. */
function goalOf({ atLeast, atMost }: Figure): number | [number, number] | null {
  if (atLeast !== undefined && atMost !== undefined) return [atLeast, atMost]
  return atLeast ?? atMost ?? null
}

export function intervalText({ interval }: Figure): string {
  return interval === null ? '–' : `${rounded(interval[0])} … ${rounded(interval[1])}`
}

export function targetText({ atLeast, atMost }: Figure): string {
  if (atLeast !== undefined && atMost !== undefined) return `${atLeast} … ${atMost}`
  if (atLeast !== undefined) return `≥ ${atLeast}`
  return atMost === undefined ? '' : `≤ ${atMost}`
}

function verdict(figure: Figure): string {
  const met = isMet(figure)
  if (met !== null) return `${met ? 'met' : 'MISSED'}${figure.why === undefined ? '' : ` (${figure.why})`}`
  return figure.value === null ? `not measured: ${figure.why ?? ''}` : ''
}

export function rounded(value: number): string {
  const size = Math.abs(value)
  return size >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(size >= 10 ? 1 : 3)
}
