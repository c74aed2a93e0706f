import type { JsonValue, StepDifference } from '../../experiments/analysis/first-difference.ts'

const MAX_LENGTH = 80

/** One line for a person: `step 120, market.bid: 999.5 and 999.75`. */
export function differenceText({ step, field, left, right }: StepDifference): string {
  if (field === 'step') {
    const [one, other] = [left, right].map((value) => (value === undefined ? 'no record' : `step ${value}`))
    return `at step ${step}: ${one} and ${other}`
  }
  return `step ${step}, ${field}: ${valueText(left)} and ${valueText(right)}`
}

function valueText(value: JsonValue | undefined): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length <= MAX_LENGTH ? text : `${text.slice(0, MAX_LENGTH - 1)}…`
}

/** As JSON: an absent field and null are two things. */
export function differenceJson(difference: StepDifference | null) {
  if (difference === null) return null
  const { step, field, left, right } = difference
  return {
    step,
    field,
    ...(left !== undefined && { a: left }),
    ...(right !== undefined && { b: right }),
  }
}
