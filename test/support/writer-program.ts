/**
 * A process that writes a lake until it is killed: `writer-program.js FOLDER [--stepped] [--names PREFIX] [--retention SECONDS]`.
 *
 * It prints one JSON object a line; `{"event":"stored","op":N}` if and only if operation N was acknowledged. With
 * --stepped it waits for a command on standard input before each operation, and continues after a failure. Checkpoints,
 * log cleaning, compaction and vacuum are far more frequent than in a real lake, so that faults occur in them too.
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { type Lake, openLake } from '../../src/lake/open.ts'
import { slots } from '../../src/lake/query/stats.ts'
import { append } from '../../src/lake/write/append.ts'
import { compact } from '../../src/lake/write/compact.ts'
import { vacuum } from '../../src/lake/write/vacuum.ts'
import { systemClock } from '../../src/market/clock.ts'
import { EXIT, Failure } from '../../src/process/failure.ts'
import { opOf, slotCommitOf } from './writer-operations.ts'
import type { WriterEvent } from './writer-process.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    stepped: { type: 'boolean' },
    names: { type: 'string' },
    retention: { type: 'string', default: '15' },
  },
})
const folder = positionals[0] as string

const SECOND_IN_DAYS = 1 / 86_400
/** How long a replaced version of the table stays readable. */
const RETENTION_SECONDS = Number(values.retention)
const MAINTENANCE = {
  checkpointEvery: 8,
  logRetentionDays: RETENTION_SECONDS * SECOND_IN_DAYS,
  removedRetentionDays: 1,
}
const COMPACT_EVERY = 12

let named = 0
/** Names that are the same in every run, so that the paths for the tracer are known beforehand. */
const unique = values.names === undefined ? undefined : () => `${values.names}-${named++}`

function emit(event: WriterEvent): void {
  process.stdout.write(`${JSON.stringify(event)}\n`)
}

async function open(): Promise<Lake> {
  const lake = await openLake(folder, {
    mode: 'write',
    source: 'simulated',
    clock: systemClock,
    maintenance: MAINTENANCE,
    ...(unique && { unique }),
  })
  const { deleted, quarantined } = lake.cleared
  const next = await nextOp(lake).catch(async (error: unknown) => {
    await lake.close()
    throw error
  })
  emit({ event: 'open', next, cleared: deleted.length + quarantined.length })
  return lake
}

async function nextOp(lake: Lake): Promise<number> {
  return (await slots(lake)).reduce((next, row) => Math.max(next, opOf(row) + 1), 0)
}

async function store(lake: Lake, op: number): Promise<void> {
  await append(lake, slotCommitOf(op))
  emit({ event: 'stored', op })
}

async function freely(): Promise<void> {
  const lake = await open()
  for (let op = await nextOp(lake); ; op++) {
    await store(lake, op)
    if (op % COMPACT_EVERY > 0) continue
    await compactAll(lake)
    await vacuum(lake, { retentionMs: RETENTION_SECONDS * 1_000 })
  }
}

async function compactAll(lake: Lake): Promise<void> {
  const { compacted, refused } = await compact(lake, { scope: { kind: 'all' } })
  for (const { why } of refused) throw new Failure(EXIT.io, why)
  emit({ event: 'compacted', days: compacted.length })
}

/** Commands: `open`, `store` (the next operation, or the same once more if it failed), `compact`. */
async function stepped(): Promise<void> {
  let lake: Lake | undefined
  emit({ event: 'ready' })
  for await (const command of createInterface({ input: process.stdin })) {
    try {
      if (command === 'open') lake = await open()
      else if (command === 'store' && lake) await store(lake, await nextOp(lake))
      else if (command === 'compact' && lake) await compactAll(lake)
      else throw new RangeError(`unknown command: ${command}`)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      emit({ event: 'failed', exitCode: error.exitCode, message: error.message })
    }
  }
}

try {
  await (values.stepped ? stepped() : freely())
} catch (error) {
  if (!(error instanceof Failure)) throw error
  console.error(error.message)
  process.exit(error.exitCode)
}
