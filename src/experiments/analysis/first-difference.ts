/** A value of a step record, as JSON has it. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** Where two runs part. */
export interface StepDifference {
  readonly step: number | null
  /** Path of the value in the record, such as `book.bids[2].qty`; `step` when one run has a step that the other lacks. */
  readonly field: string
  /** Undefined where one of the records does not have the field. */
  readonly left: JsonValue | undefined
  readonly right: JsonValue | undefined
}

/** One record: its step and what it says. */
export interface ComparedRecord {
  readonly step: number
  readonly fields: { readonly [key: string]: JsonValue }
}

/** The first value that differs, in the order of the fields; null when the records are equal but for what is ignored. */
export function firstDifference(
  left: ComparedRecord,
  right: ComparedRecord,
  isIgnored: (path: string) => boolean,
): StepDifference | null {
  const found = differenceOf(left.fields, right.fields, '', isIgnored)
  return found === null ? null : { step: left.step, ...found }
}

type ValueDifference = Omit<StepDifference, 'step'>

function differenceOf(
  left: JsonValue | undefined,
  right: JsonValue | undefined,
  field: string,
  isIgnored: (path: string) => boolean,
): ValueDifference | null {
  if (left === right || isIgnored(field)) return null
  if (isList(left) && isList(right)) {
    // The common elements first: the first level that differs says more than the number of levels.
    for (let at = 0; at < Math.max(left.length, right.length); at++) {
      const found = differenceOf(left[at], right[at], `${field}[${at}]`, isIgnored)
      if (found !== null) return found
    }
    return null
  }
  if (isObject(left) && isObject(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const path = field === '' ? key : `${field}.${key}`
      const found = differenceOf(left[key], right[key], path, isIgnored)
      if (found !== null) return found
    }
    return null
  }
  return { field, left, right }
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function isObject(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !isList(value)
}

/** What a comparison of two runs found. */
export interface RunComparison {
  /** Steps that both have and that are equal, from the first on. */
  readonly equalSteps: number
  readonly difference: StepDifference | null
}

/** Compares two runs step by step up to the first difference. A run that ends earlier differs there. */
export async function compareRuns(
  left: AsyncIterable<ComparedRecord>,
  right: AsyncIterable<ComparedRecord>,
  isIgnored: (path: string) => boolean,
): Promise<RunComparison> {
  const [one, other] = [left[Symbol.asyncIterator](), right[Symbol.asyncIterator]()]
  try {
    for (let equalSteps = 0; ; equalSteps++) {
      const [a, b] = [await one.next(), await other.next()]
      if (a.done === true && b.done === true) return { equalSteps, difference: null }
      const difference =
        a.done === true || b.done === true || a.value.step !== b.value.step
          ? {
              step: a.done === true ? (b.value as ComparedRecord).step : a.value.step,
              field: 'step',
              left: a.done === true ? undefined : a.value.step,
              right: b.done === true ? undefined : b.value.step,
            }
          : firstDifference(a.value, b.value, isIgnored)
      if (difference !== null) return { equalSteps, difference }
    }
  } finally {
    await one.return?.()
    await other.return?.()
  }
}

/** Ignores what two runs of the same market cannot have in common: the run's id and times of the wall clock. */
export function isOfTheRun(path: string): boolean {
  return path === 'run_id' || path === 'timing' || path.endsWith('latency_ms')
}

const MARKET_FIELDS: ReadonlySet<string> = new Set(['timestamp', 'market', 'book', 'trades'])

/** Ignores everything but the state of the market. */
export function isNotTheMarket(path: string): boolean {
  return path !== '' && !MARKET_FIELDS.has(path.split(/[.[]/, 1)[0] as string)
}
