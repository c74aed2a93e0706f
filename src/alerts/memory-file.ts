import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { z } from 'zod'
import { type EpochMs, epochMs } from '../market/units.ts'
import { CHECK_NAMES, type CheckName, type CheckStatus } from '../serve/health/check.ts'
import type { PendingChange } from './pending-changes.ts'
import type { QueueMemory } from './receiver-queue.ts'
import { type TrackedChecks, UNTOLD } from './track-checks.ts'

/** What one receiver was told and has still to be told, over a restart. */
export interface ReceiverMemory extends QueueMemory {
  readonly told: TrackedChecks
}

export const NO_MEMORY: ReceiverMemory = { told: new Map(), pending: new Map(), sentAt: [] }

const time = z
  .int()
  .min(0)
  .transform((at) => epochMs(at))
const check = z.enum(CHECK_NAMES)
const status = z.enum(['ok', 'warn', 'fail'])
const pendingChange = z.object({
  ...{ check, from: status, to: status, worst: status, count: z.int().min(1) },
  ...{ reason: z.string().max(10_000), advice: z.string().max(10_000).nullable() },
  ...{ since: time.nullable(), at: time, firstAt: time },
})
const file = z.object({
  version: z.literal(1),
  receivers: z.record(
    z.string(),
    z.object({
      told: z.array(z.object({ check, status, at: time })),
      sentAt: z.array(time).max(10_000),
      pending: z.array(pendingChange),
    }),
  ),
})

/**
 * The memory of each receiver by its name; empty if there is none yet.
 * @throws Error if the file is there and cannot be understood
 */
export async function readMemory(path: string): Promise<ReadonlyMap<string, ReceiverMemory>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (text === null) return new Map()
  const { receivers } = file.parse(JSON.parse(text))
  return new Map(Object.entries(receivers).map(([name, own]) => [name, memoryOf(own)]))
}

function memoryOf({ told, sentAt, pending }: z.output<typeof file>['receivers'][string]): ReceiverMemory {
  return {
    sentAt,
    told: new Map(
      told.map(({ check, status, at }) => [
        check,
        { ...UNTOLD, told: status as CheckStatus, toldAt: at as EpochMs },
      ]),
    ),
    pending: new Map(pending.map((change) => [change.check, change satisfies PendingChange])),
  }
}

/** Replaces the file as a whole. A power cut may lose it: then open problems are told once more. */
export async function writeMemory(
  path: string,
  memories: ReadonlyMap<string, ReceiverMemory>,
): Promise<void> {
  const receivers = Object.fromEntries(
    [...memories].map(([name, { told, sentAt, pending }]) => [
      name,
      { told: toldOf(told), sentAt, pending: [...pending.values()] },
    ]),
  )
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, JSON.stringify({ version: 1, receivers }))
  await rename(`${path}.new`, path)
}

/** A check that is ok again needs no memory. */
function toldOf(told: TrackedChecks): { check: CheckName; status: CheckStatus; at: EpochMs }[] {
  return [...told].flatMap(([check, { told: status, toldAt: at }]) =>
    status === 'ok' || at === null ? [] : [{ check, status, at }],
  )
}
