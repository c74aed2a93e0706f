/** Appends records to the file that is named until it is killed or a write fails. Prints each step after it was appended. */
import { writeSync } from 'node:fs'
import { openStepLog } from '../../src/experiments/files/step-log.ts'
import { smallRun } from '../experiments/support/step-records.ts'

const [record] = smallRun({ steps: [{ mid: 1000 }] })
const log = openStepLog(process.argv[2] as string)
try {
  for (let step = 0; record; step++) {
    log.append({ ...record, step })
    writeSync(1, `${step}\n`)
  }
} catch (error) {
  writeSync(1, `${(error as Error).message}\n`)
}
