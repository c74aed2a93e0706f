import { randomUUID } from 'node:crypto'
import type { EpochMs } from '../market/units.ts'
import type { Log } from '../process/log.ts'
import type { HealthCheck } from '../serve/health/check.ts'
import type { Problem } from '../serve/health/snapshot.ts'
import { type Failed, failed, nextAttempt, type Outcome } from './delivery.ts'
import { type AlertMessage, type HeldBack, messageOf, type Sender } from './message.ts'
import { isWithinLimit, joinChanges, type PendingChanges, sentWithinHour } from './pending-changes.ts'
import type { Receiver } from './receivers.ts'
import type { Change } from './track-checks.ts'

/** What a queue must still know after a restart. */
export interface QueueMemory {
  readonly pending: PendingChanges
  /** Messages of the last hour. */
  readonly sentAt: readonly EpochMs[]
}

/** Counts since the start of the process. */
export interface QueueCounts {
  readonly sent: number
  readonly failed_attempts: number
  /** Changes that had no message of their own. */
  readonly held_back: number
}

/** What waits for one receiver, and its deliveries: one attempt at a time. */
export interface ReceiverQueue {
  /** Changes to tell. Returns at once. */
  add(changes: readonly Change[]): void
  /** Begins an attempt if one is due; `checks` is what else the message says. Returns at once. */
  act(at: EpochMs, checks: readonly HealthCheck[]): void
  /** What the receiver has not been told yet. */
  memory(at: EpochMs): QueueMemory
  counts(): QueueCounts
  lastSentAt(): EpochMs | null
  /** Why messages do not arrive; null while they do. Told from the first message on that was given up. */
  problem(): Problem | null
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>
}

export function createReceiverQueue(
  receiver: Receiver,
  {
    sender,
    maxPerHour,
    memory,
    monotonicMs,
    machineNow,
    log,
    signal,
    onChange,
  }: {
    readonly sender: Sender
    readonly maxPerHour: number
    readonly memory: QueueMemory
    monotonicMs(): number
    /** The time of day. */
    machineNow(): EpochMs
    readonly log: Log
    readonly signal: AbortSignal
    /** What `memory` returns has changed. */
    onChange(): void
  },
): ReceiverQueue {
  let pending = memory.pending
  let sentAt = [...memory.sentAt]
  let lastSentAt = sentAt.at(-1) ?? null
  // What a restart found undelivered has waited, for whatever reason.
  let heldBackBecause: HeldBack['because'] | null = pending.size > 0 ? 'receiver' : null
  let message: AlertMessage | null = null
  let running: Promise<void> | null = null
  let notBeforeMs = Number.NEGATIVE_INFINITY
  let failures = 0
  let problem: Problem | null = null
  const counts = { sent: 0, failed_attempts: 0, held_back: 0 }

  function takeMessage(at: EpochMs, checks: readonly HealthCheck[]): AlertMessage | null {
    if (pending.size === 0) return null
    if (!isWithin(pending, at)) {
      heldBackBecause ??= 'limit'
      return null
    }
    const taken = messageOf(pending, checks, { id: randomUUID(), at, sender, heldBackBecause })
    pending = new Map()
    heldBackBecause = null
    counts.held_back += taken.heldBack?.count ?? 0
    return taken
  }

  async function attempt(sending: AlertMessage, at: EpochMs): Promise<void> {
    const unixSeconds = Math.floor(machineNow() / 1_000)
    const outcome = await receiver.deliver(sending, { unixSeconds, signal }).catch(unexpected)
    if (outcome.kind === 'delivered') delivered(sending, at)
    else if (!signal.aborted) notDelivered(sending, outcome, at)
    onChange()
  }

  function delivered({ changes }: AlertMessage, at: EpochMs): void {
    const facts = { receiver: receiver.name, changes: changes.map(({ check, to }) => `${check} ${to}`) }
    log.info(facts, 'an alert was delivered')
    if (problem !== null) log.warn({ receiver: receiver.name }, 'alerts are delivered again')
    counts.sent++
    sentAt.push(at)
    lastSentAt = at
    message = null
    failures = 0
    problem = null
  }

  function notDelivered(sending: AlertMessage, outcome: Failed, at: EpochMs): void {
    counts.failed_attempts++
    // It counts for the limit, or a receiver that takes it and answers late would get it any number of times.
    if (outcome.mayHaveArrived) sentAt.push(at)
    failures++
    const { waitSeconds, isGivenUp } = nextAttempt(outcome, failures)
    notBeforeMs = monotonicMs() + waitSeconds * 1_000
    if (!isGivenUp) return
    const text = `${receiver.name}: ${outcome.reason}`
    if (problem?.message !== text) {
      const { reason, detail } = outcome
      log.warn(
        { receiver: receiver.name, reason, ...(detail && { detail }) },
        'an alert could not be delivered',
      )
    }
    problem = { message: text, since: problem?.since ?? at }
    takeBack(sending, 'receiver')
  }

  /** What a message said goes into the next one. */
  function takeBack({ changes }: AlertMessage, because: HeldBack['because']): void {
    pending = joinChanges(joinChanges(new Map(), changes), pending.values())
    heldBackBecause = because
    message = null
  }

  function isWithin(changes: PendingChanges, at: EpochMs): boolean {
    sentAt = sentWithinHour(sentAt, at)
    return isWithinLimit(changes, { sentAt, now: at, maxPerHour })
  }

  return {
    add: (changes) => {
      if (changes.length === 0) return
      pending = joinChanges(pending, changes)
      onChange()
    },
    act: (at, checks) => {
      if (running !== null || signal.aborted || monotonicMs() < notBeforeMs) return
      if (message !== null && !isWithin(joinChanges(new Map(), message.changes), at))
        takeBack(message, 'limit')
      message ??= takeMessage(at, checks)
      if (message === null) return
      running = attempt(message, at).finally(() => {
        running = null
      })
    },
    memory: (at) => ({
      pending: joinChanges(joinChanges(new Map(), message?.changes ?? []), pending.values()),
      sentAt: sentWithinHour(sentAt, at),
    }),
    counts: () => ({ ...counts }),
    lastSentAt: () => lastSentAt,
    problem: () => problem,
    idle: async () => {
      while (running !== null) await running
    },
  }
}

/** A defect of ours must not end the queue. */
function unexpected(error: unknown): Outcome {
  const name = error instanceof Error ? error.name : 'unknown error'
  return failed(`unexpected: ${name}`, { isTransient: false })
}
