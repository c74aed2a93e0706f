import { formatTable } from '../../src/commands/terminal/table.ts'
import { median as medianOf } from '../../src/market/statistics.ts'

/** One figure and its goal. */
export interface Goal {
  readonly name: string
  /** Null when it could not be measured; `why` has the reason. */
  readonly value: number | null
  readonly unit: string
  /** The bound. */
  readonly atLeast?: number
  readonly atMost?: number
  readonly why?: string
}

/** Whether the goal is met; null when it was not measured. */
export function isMet({ value, atLeast, atMost }: Goal): boolean | null {
  if (value === null) return null
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost)
}

/** Prints the goals as a table and, as the last line, as one JSON object. */
export function printGoals(name: string, goals: readonly Goal[]): void {
  const bound = ({ atLeast, atMost }: Goal) => (atLeast !== undefined ? `≥ ${atLeast}` : `≤ ${atMost}`)
  console.log(
    formatTable(goals, [
      { title: 'goal', value: (goal) => goal.name },
      { title: 'value', align: 'right', value: ({ value }) => (value === null ? '–' : rounded(value)) },
      { title: 'goal', align: 'right', value: bound },
      { title: 'unit', value: ({ unit }) => unit },
      { title: '', value: (goal) => verdict(goal) },
    ]),
  )
  console.log(
    JSON.stringify({
      name,
      goals: goals.map((goal) => ({
        name: goal.name,
        value: goal.value,
        unit: goal.unit,
        goal: goal.atLeast ?? goal.atMost,
        met: isMet(goal),
      })),
    }),
  )
}

function verdict(goal: Goal): string {
  const met = isMet(goal)
  return met === null ? `not measured: ${goal.why ?? ''}` : met ? 'met' : `MISSED by ${missedBy(goal)}`
}

function missedBy({ value, atLeast, atMost, unit }: Goal): string {
  const bound = atLeast ?? atMost ?? 0
  const gap = Math.abs((value ?? 0) - bound)
  return `${rounded(gap)} ${unit}${bound === 0 ? '' : ` (${rounded((100 * gap) / bound)} %)`}`
}

function rounded(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 3 : 1)
}

export function median(values: readonly number[]): number {
  const middle = medianOf(values)
  if (middle === null) throw new RangeError('no values')
  return middle
}
