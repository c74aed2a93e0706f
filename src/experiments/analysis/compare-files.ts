import { type DamageReport, readRecords } from '../files/read-records.ts'
import { type ComparedRecord, compareRuns, type JsonValue, type RunComparison } from './first-difference.ts'

/** Two files of step records, compared up to the first difference. */
export interface FileComparison extends RunComparison {
  /** Lines that were skipped as they are no records: [left, right]; null when the comparison ended before the file did. */
  readonly damagedLines: readonly [number | null, number | null]
}

/** @throws Failure EXIT.io when a file cannot be read. */
export async function compareRunFiles(
  left: string,
  right: string,
  isIgnored: (path: string) => boolean,
): Promise<FileComparison> {
  const damage: [number | null, number | null] = [null, null]
  const compared = await compareRuns(
    recordsOf(left, ({ damaged }) => {
      damage[0] = damaged
    }),
    recordsOf(right, ({ damaged }) => {
      damage[1] = damaged
    }),
    isIgnored,
  )
  return { ...compared, damagedLines: damage }
}

async function* recordsOf(
  path: string,
  onEnd: (report: DamageReport) => void,
): AsyncGenerator<ComparedRecord> {
  for await (const { record } of readRecords(path, onEnd)) {
    // The reader has checked the known fields and kept the others: all of it comes from JSON.
    yield { step: record.step, fields: record as unknown as { readonly [key: string]: JsonValue } }
  }
}
