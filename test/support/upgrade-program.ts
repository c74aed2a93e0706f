/**
 * A process that upgrades a lake or brings it back once, to be killed in between:
 *
 *   upgrade-program.js upgrade LAKE
 *   upgrade-program.js restore LAKE VERSION
 *   upgrade-program.js restore-from BACKUP LAKE
 *
 * It prints {"event":"ready"}, waits for a line on standard input, and ends with {"event":"done"} or {"event":"failed"}.
 * Temporary names are the same in every run.
 */
import { createInterface } from 'node:readline'
import { Failure } from '../../src/process/failure.ts'
import type { BackupEvent } from './backup-process.ts'
import { restore, restoreFrom, upgrade } from './upgrade-steps.ts'

const [command, from = '', to = ''] = process.argv.slice(2)
let named = 0
const unique = () => `killed-${named++}`

function emit(event: BackupEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

async function work(): Promise<void> {
  if (command === 'upgrade') await upgrade(from, unique)
  else if (command === 'restore') await restore(from, Number(to), unique)
  else if (command === 'restore-from') await restoreFrom(from, to, unique)
  else throw new RangeError(`unknown command: ${command}`)
}

try {
  emit({ event: 'ready' })
  for await (const _ of createInterface({ input: process.stdin })) break
  await work()
  emit({ event: 'done' })
  process.exit(0)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  emit({ event: 'failed', exitCode: error.exitCode, message: error.message })
  process.exit(error.exitCode)
}
