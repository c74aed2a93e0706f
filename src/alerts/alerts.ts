import { hostname } from 'node:os'
import type { Clock } from '../market/clock.ts'
import type { EpochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { AlertReceiverStatus } from '../schemas/http/alerts.ts'
import { alertsCheck } from '../serve/health/alerts-check.ts'
import type { HealthCheck } from '../serve/health/check.ts'
import type { AlertsHealth } from '../serve/health/snapshot.ts'
import { NO_MEMORY, type ReceiverMemory, readMemory, writeMemory } from './memory-file.ts'
import type { Sender } from './message.ts'
import type { AlertsOptions } from './options.ts'
import { createReceiverQueue, type ReceiverQueue } from './receiver-queue.ts'
import type { Receiver } from './receivers.ts'
import { type TrackedChecks, type TrackingRules, trackChecks } from './track-checks.ts'

/** Watches the checks of /health and tells the receivers what changes. Nothing waits for it. */
export interface Alerts {
  /** Null without receivers. */
  health(): AlertsHealth | null
  status(): AlertReceiverStatus[]
  /** Resolves once the signal was aborted, attempts under way have ended, and what is left to tell is on disk. */
  readonly done: Promise<void>
}

/** As often as the scheduler looks: nothing of /health changes faster for a person. */
const LOOK_MS = 5_000
/** A stall, or a clock that jumps, is not the duration of a state. */
const MAX_STEP_MS = 3 * LOOK_MS

interface Watched {
  readonly receiver: Receiver
  readonly queue: ReceiverQueue
  readonly rules: TrackingRules
  told: TrackedChecks
}

export interface AlertsParts {
  readonly options: AlertsOptions
  readonly receivers: readonly Receiver[]
  readonly source: Sender['source']
  /** The checks of /health now. */
  checks(): readonly HealthCheck[]
  /** What is kept over a restart. */
  readonly memoryPath: string
  readonly clock: Clock
  /** The time of day, for receivers that compare it with theirs. */
  machineNow(): EpochMs
  readonly log: Log
  readonly signal: AbortSignal
}

/** Begins to watch. A memory that cannot be read is logged, and open problems are then told once more. */
export async function startAlerts(parts: AlertsParts): Promise<Alerts> {
  const { options, receivers, log, memoryPath } = parts
  if (receivers.length === 0) return { health: () => null, status: () => [], done: Promise.resolve() }
  const memories = await readMemory(memoryPath).catch((error: unknown) => {
    log.warn({ err: error }, 'what was told before the start cannot be read; open problems are told again')
    return new Map<string, ReceiverMemory>()
  })
  let isChanged = false
  const sender = { name: options.sender ?? hostname(), source: parts.source }
  const watched = receivers.map((receiver) => {
    const memory = memories.get(receiver.name) ?? NO_MEMORY
    const queue = createReceiverQueue(receiver, {
      ...{ sender, memory, log, signal: parts.signal },
      maxPerHour: options.maxMessagesPerHour,
      monotonicMs: () => parts.clock.monotonicMs(),
      machineNow: () => parts.machineNow(),
      onChange: () => {
        isChanged = true
      },
    })
    return { receiver, queue, rules: rulesOf(options, receiver), told: memory.told }
  })

  async function save(): Promise<void> {
    if (!isChanged) return
    isChanged = false
    await writeMemory(memoryPath, memoriesOf(watched, parts.clock.now()))
  }

  return {
    health: () => healthOf(watched),
    status: () => watched.map((one) => statusOf(one, parts.clock.now())),
    done: watch(watched, parts, save),
  }
}

/** Looks every five seconds until the signal is aborted. */
async function watch(
  watched: readonly Watched[],
  { checks, clock, log, signal }: AlertsParts,
  save: () => Promise<void>,
): Promise<void> {
  let lookedMs = clock.monotonicMs()
  let lastFault: string | null = null
  /** One choke point: a defect, or a disk that cannot be written, is logged once and stops no alert. */
  const fault = (error: unknown) => {
    const text = error instanceof Error ? error.message : String(error)
    if (text !== lastFault) log.error({ err: error }, 'the alerts have a problem of their own')
    lastFault = text
  }
  let saving: Promise<void> | null = null
  while (!signal.aborted) {
    const nowMs = clock.monotonicMs()
    const elapsedMs = Math.min(nowMs - lookedMs, MAX_STEP_MS)
    lookedMs = nowMs
    try {
      look(watched, checks(), { at: clock.now(), elapsedMs })
    } catch (error) {
      fault(error)
    }
    // Not waited for: a disk that hangs must not silence what could tell of it.
    saving ??= save()
      .catch(fault)
      .finally(() => {
        saving = null
      })
    await clock.sleep(LOOK_MS, signal).catch((error: unknown) => {
      if (!signal.aborted) throw error
    })
  }
  for (const { queue } of watched) await queue.idle()
  await saving
  await save().catch(fault)
}

function look(
  watched: readonly Watched[],
  checks: readonly HealthCheck[],
  { at, elapsedMs }: { readonly at: EpochMs; readonly elapsedMs: number },
): void {
  for (const one of watched) {
    // A receiver that cannot be reached need not be told that: the others are.
    const others = watched.filter((other) => other !== one)
    const seen = checks.map((check) =>
      check.name === 'alerts' ? alertsCheck({ alerts: healthOf(others) }) : check,
    )
    const { tracked, changes } = trackChecks(one.told, seen, { at, elapsedMs, rules: one.rules })
    one.told = tracked
    one.queue.add(changes)
    one.queue.act(at, seen)
  }
}

function rulesOf(options: AlertsOptions, { levels }: Receiver): TrackingRules {
  return {
    levels,
    confirmMs: options.confirmSeconds * 1_000,
    recoverMs: options.recoverSeconds * 1_000,
    remindMs: options.remindHours === null ? null : options.remindHours * 3_600_000,
  }
}

function healthOf(watched: readonly Watched[]): AlertsHealth {
  const problems = watched.flatMap(({ queue }) => queue.problem() ?? [])
  return { receivers: watched.length, problems }
}

function memoriesOf(watched: readonly Watched[], at: EpochMs): Map<string, ReceiverMemory> {
  return new Map(watched.map(({ receiver, queue, told }) => [receiver.name, { ...queue.memory(at), told }]))
}

function statusOf({ receiver, queue, told }: Watched, at: EpochMs): AlertReceiverStatus {
  const { name, kind, target } = receiver
  const problem = queue.problem()
  const lastSentAt = queue.lastSentAt()
  return {
    ...{ name, kind, target, ...queue.counts() },
    pending: queue.memory(at).pending.size,
    last_sent_at: lastSentAt === null ? null : iso(lastSentAt),
    problem: problem && { message: problem.message, since: iso(problem.since) },
    told: [...told].flatMap(([check, { told: status, toldAt }]) =>
      status === 'ok' || toldAt === null ? [] : [{ check, status, at: iso(toldAt) }],
    ),
  }
}

function iso(at: EpochMs): string {
  return new Date(at).toISOString()
}
