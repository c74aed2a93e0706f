/**
 * A process that backs up or restores a lake once, to be killed in between:
 *
 *   backup-program.js backup LAKE BACKUP [--copy] [--prune]
 *   backup-program.js restore-from BACKUP LAKE [--replace-damaged]
 *   backup-program.js restore-as-of LAKE VERSION
 *
 * With --stepped it prints {"event":"ready"} and waits for a line on standard input. It ends with {"event":"done"} or
 * {"event":"failed"}. With --names, temporary names are the same in every run.
 */
import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { backup } from '../../src/lake/backup/backup.ts'
import { restoreBackup } from '../../src/lake/backup/restore-backup.ts'
import { openLake } from '../../src/lake/open.ts'
import { restoreVersion } from '../../src/lake/write/restore-version.ts'
import { systemClock } from '../../src/market/clock.ts'
import { Failure } from '../../src/process/failure.ts'
import type { BackupEvent } from './backup-process.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stepped: { type: 'boolean' },
    names: { type: 'string' },
    copy: { type: 'boolean' },
    prune: { type: 'boolean' },
    'replace-damaged': { type: 'boolean' },
  },
})
const [command, from = '', to = ''] = positionals
const clock = systemClock
let named = 0
const unique = values.names === undefined ? randomUUID : () => `${values.names}-${named++}`

function emit(event: BackupEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

async function work(): Promise<void> {
  const copy = values.copy === true
  if (command === 'backup') {
    await backup(from, to, { clock, copy, prune: values.prune === true, verify: false, unique })
  } else if (command === 'restore-from') {
    await restoreBackup(from, to, {
      clock,
      copy,
      replaceDamaged: values['replace-damaged'] === true,
      unique,
    })
  } else if (command === 'restore-as-of') {
    const lake = await openLake(from, { mode: 'write', source: 'simulated', clock, unique })
    await restoreVersion(lake, { to: { version: Number(to) }, dryRun: false }).finally(() => lake.close())
  } else throw new RangeError(`unknown command: ${command}`)
}

async function go(): Promise<void> {
  if (!values.stepped) return
  emit({ event: 'ready' })
  for await (const _ of createInterface({ input: process.stdin })) break
}

try {
  await go()
  await work()
  emit({ event: 'done' })
  process.exit(0)
} catch (error) {
  if (!(error instanceof Failure)) throw error
  emit({ event: 'failed', exitCode: error.exitCode, message: error.message })
  process.exit(error.exitCode)
}
