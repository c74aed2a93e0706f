import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { compareRunFiles } from '../../../src/experiments/analysis/compare-files.ts'
import { isOfTheRun } from '../../../src/experiments/analysis/first-difference.ts'

/** What depends on the wall clock, and the id that the exchange draws for a run. */
const OF_THE_RUN = /"run_id":"[^"]*"|"(?:latency|decision|step)_ms":(?:null|[-+.\deE]+)/g

/**
 * Compares two files of records line by line, as text without what two runs of the same market cannot have in common.
 * @returns null when they are equal, else the first difference in words
 */
export async function differenceOf(left: string, right: string): Promise<string | null> {
  const [one, other] = [linesOf(left), linesOf(right)]
  for (;;) {
    const [a, b] = [await one.next(), await other.next()]
    if (a.done === true && b.done === true) return null
    const isEqual = a.done !== true && b.done !== true && comparable(a.value) === comparable(b.value)
    if (!isEqual) break
  }
  const { difference, equalSteps } = await compareRunFiles(left, right, isOfTheRun)
  const what =
    difference === null ? 'in a field that is not known' : `step ${difference.step}, ${difference.field}`
  return `${left} and ${right}: ${what}, after ${equalSteps} equal steps`
}

function comparable(line: string): string {
  return line.replace(OF_THE_RUN, '')
}

function linesOf(path: string): AsyncIterator<string> {
  return createInterface({ input: createReadStream(path, { highWaterMark: 1 << 20 }) })[
    Symbol.asyncIterator
  ]()
}
