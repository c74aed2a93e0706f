import { newYorkDate, newYorkTime } from '../market/calendar.ts'
import type { EpochMs } from '../market/units.ts'
import { maskAccounts } from '../process/log.ts'
import type { CheckStatus, HealthCheck } from '../serve/health/check.ts'
import { type PendingChange, type PendingChanges, worstOf } from './pending-changes.ts'

/** Which daemon sends. */
export interface Sender {
  /** `alerts.sender`, or the name of the machine. */
  readonly name: string
  /** Simulated trouble must never be taken for real. */
  readonly source: 'ib' | 'simulated'
}

/** What a receiver is told at once. */
export interface AlertMessage {
  readonly id: string
  readonly at: EpochMs
  readonly sender: Sender
  /** The worst of all checks at that time. */
  readonly status: CheckStatus
  readonly changes: readonly PendingChange[]
  /** The other checks that are not ok. */
  readonly open: readonly Pick<HealthCheck, 'name' | 'status' | 'reason'>[]
  /** Null if nothing was held back. */
  readonly heldBack: HeldBack | null
  /** Sent by `alerts test`. */
  readonly isTest: boolean
}

export interface HeldBack {
  /** Changes that had no message of their own. */
  readonly count: number
  readonly since: EpochMs
  readonly because: 'limit' | 'receiver'
}

/** Longer reasons are cut: a message is read on a telephone. */
const MAX_TEXT = 500

/** The message about pending changes, with all that is wrong beside them. */
export function messageOf(
  pending: PendingChanges,
  checks: readonly HealthCheck[],
  {
    id,
    at,
    sender,
    heldBackBecause,
  }: {
    readonly id: string
    readonly at: EpochMs
    readonly sender: Sender
    readonly heldBackBecause: HeldBack['because'] | null
  },
): AlertMessage {
  const changes = [...pending.values()].map((change) => ({
    ...change,
    reason: plain(change.reason),
    advice: change.advice === null ? null : plain(change.advice),
  }))
  const heldBack = heldBackBecause && {
    count: changes.reduce((sum, { count }) => sum + count, 0),
    since: Math.min(...changes.map(({ firstAt }) => firstAt)) as EpochMs,
    because: heldBackBecause,
  }
  return {
    ...{ id, at, sender, changes, heldBack, isTest: false },
    status: worstOf(checks.map(({ status }) => status)),
    open: checks
      .filter(({ name, status }) => status !== 'ok' && !pending.has(name))
      .map(({ name, status, reason }) => ({ name, status, reason: plain(reason) })),
  }
}

/** The message of `alerts test`. */
export function testMessage({ id, at, sender }: Pick<AlertMessage, 'id' | 'at' | 'sender'>): AlertMessage {
  return { id, at, sender, status: 'ok', changes: [], open: [], heldBack: null, isTest: true }
}

/** One line without account numbers: reasons may quote the gateway, and messages leave the machine. */
function plain(text: string): string {
  const line = maskAccounts(text).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line
}

/** `FAIL: gateway, slot; OK again: lake`. */
export function titleOf({ changes, isTest }: AlertMessage): string {
  if (isTest) return 'test message'
  const words = (wanted: string) => {
    const names = changes.filter((change) => wordOf(change) === wanted).map(({ check }) => check)
    return names.length === 0 ? [] : [`${wanted}: ${names.join(', ')}`]
  }
  return WORDS.flatMap(words).join('; ')
}

const WORDS = ['FAIL', 'STILL FAILS', 'WARNING', 'OK again'] as const

function wordOf({ from, to, count }: PendingChange): (typeof WORDS)[number] {
  if (to === 'fail') return from === 'fail' && count === 1 ? 'STILL FAILS' : 'FAIL'
  return to === 'warn' ? 'WARNING' : 'OK again'
}

/** The sender as a subject names it: `optionlake HOST`, and that it is a simulation. */
export function senderWords({ name, source }: Sender): string {
  return `optionlake ${name}${source === 'simulated' ? ', simulated market' : ''}`
}

/** The whole message as lines of text. */
export function textOf(message: AlertMessage): string {
  const { at, sender, changes, open, heldBack, isTest } = message
  const when = `${newYorkDate(at)} ${newYorkTime(at)} New York time`
  if (isTest) {
    return `${senderWords(sender)}: test message\n\nSent by optionlake alerts test, ${when}. Nothing is wrong.\n`
  }
  const lines = [
    `${senderWords(sender)}: ${titleOf(message)}`,
    '',
    ...changes.flatMap((change) => changeLines(change, at)),
    ...(open.length === 0 ? [] : ['', 'Also not ok:']),
    ...open.map(({ name, status, reason }) => `${status.toUpperCase()} ${name}: ${reason}`),
    ...(heldBack === null ? [] : ['', heldBackLine(heldBack, at)]),
    '',
    `${when}; /health is ${message.status}.`,
  ]
  return `${lines.join('\n')}\n`
}

function changeLines(change: PendingChange, at: EpochMs): string[] {
  const { check, from, count, firstAt, worst, since, reason, advice } = change
  const notes = [
    since === null ? null : `since ${clockTime(since, at)}`,
    count > 1
      ? `${count} changes since ${clockTime(firstAt, at)}, the worst ${worst}`
      : from === change.to
        ? null
        : `was ${from}`,
  ].filter((note) => note !== null)
  const line = `${wordOf(change)} ${check}: ${reason}${notes.length === 0 ? '' : ` (${notes.join(', ')})`}`
  return advice === null ? [line] : [line, `  ${advice}`]
}

function heldBackLine({ count, since, because }: HeldBack, at: EpochMs): string {
  const why =
    because === 'limit' ? 'by the limit of messages an hour' : 'because this receiver could not be reached'
  const changes = count === 1 ? '1 change was' : `${count} changes were`
  return `${changes} held back since ${clockTime(since, at)}, ${why}.`
}

/** `10:05`, with the date if it is another day. */
function clockTime(time: EpochMs, now: EpochMs): string {
  const date = newYorkDate(time)
  return date === newYorkDate(now) ? newYorkTime(time) : `${date} ${newYorkTime(time)}`
}
