import { newYorkTime, type TradingSession } from '../../market/calendar.ts'
import { slotsOf } from '../../market/slot.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { adviceFor } from './advice.ts'
import { type CheckStatus, check, type HealthCheck, passed } from './check.ts'
import { type ContentFinding, judgeContent } from './content.ts'
import { wordsSince } from './gateway-words.ts'
import { checkedSession, type HealthSnapshot, type SlotResult } from './snapshot.ts'

/** The verdict on the last due slot of one symbol. */
type SymbolVerdict =
  /** No slot is due yet. */
  | { readonly kind: 'early'; readonly dueAt: EpochMs }
  | {
      readonly kind: 'late'
      readonly status: 'warn' | 'fail'
      readonly slot: EpochMs
      /** When the first slot that did not land was due. */
      readonly since: EpochMs
      readonly why: string
      readonly advice: string | null
    }
  | {
      readonly kind: 'landed'
      readonly status: CheckStatus
      readonly slot: EpochMs
      /** Null if the content is as it should be. */
      readonly content: {
        readonly since: EpochMs
        readonly words: string
        readonly advice: string | null
      } | null
    }

/**
 * Whether the last due slot of every symbol landed, and with what. A slot is due one interval after its time. One that has
 * not landed is a warning, and a failure from `failsAfterIntervals` after its time on. One that landed is assessed by what it
 * holds. Only what the ledger says landed is said to have landed. Out of session nothing is due.
 */
export function slotCheck(
  snapshot: HealthSnapshot,
  { failsAfterIntervals }: { failsAfterIntervals: number },
): HealthCheck {
  const verdicts = snapshot.symbols.flatMap((symbol) => {
    const own = checkedSession(snapshot, symbol)
    return own ? [[symbol, symbolVerdict(snapshot, symbol, own, failsAfterIntervals)] as const] : []
  })
  if (verdicts.length === 0) return passed('slot', 'nothing is due out of session')
  const late = verdicts.flatMap(([symbol, one]) => (one.kind === 'late' ? [{ symbol, ...one }] : []))
  const poor = verdicts.flatMap(([symbol, one]) =>
    one.kind === 'landed' && one.content ? [{ symbol, ...one, ...one.content }] : [],
  )
  const bad = [...late, ...poor]
  const [first] = [...bad.filter(({ status }) => status === 'fail'), ...bad]
  if (first === undefined) return passed('slot', landedWords(verdicts))
  const since = epochMs(Math.min(...bad.map((one) => one.since)))
  const parts = [
    ...(late.length === 0 ? [] : [lateWords(late)]),
    ...poor.map(({ symbol, slot, words }) => `${symbol} ${newYorkTime(slot)} landed with ${words}`),
  ]
  return check('slot', bad.some(({ status }) => status === 'fail') ? 'fail' : 'warn', {
    reason: parts.join('; ') + wordsSince(snapshot.gateway, since, parts.join('; ')),
    since,
    advice: first.advice,
  })
}

function symbolVerdict(
  snapshot: HealthSnapshot,
  symbol: string,
  session: TradingSession,
  failsAfterIntervals: number,
): SymbolVerdict {
  const { now, timetable } = snapshot
  const intervalMs = timetable.grid.intervalSeconds * 1_000
  const due = slotsOf(session, timetable.grid).filter((slot) => slot + intervalMs <= now)
  const last = due.at(-1)
  const entries = snapshot.ledger.get(symbol) ?? []
  const landed = landedIn(session, entries)
  const newest = landed.at(-1)
  if (last !== undefined && (newest === undefined || newest.slot < last)) {
    const first = due.find((slot) => newest === undefined || slot > newest.slot) ?? last
    const overdue = due.findLast((slot) => slot + failsAfterIntervals * intervalMs <= now)
    const missing = entries.findLast(({ outcome, slot }) => outcome === 'missing' && slot >= last)
    return {
      kind: 'late',
      status: overdue !== undefined && first <= overdue ? 'fail' : 'warn',
      slot: last,
      since: epochMs(first + intervalMs),
      ...(missing?.reason
        ? { why: missing.reason, advice: adviceFor(missing.reason) }
        : whyNotInLedger(snapshot, last)),
    }
  }
  if (newest === undefined) return { kind: 'early', dueAt: epochMs(session.openAt + intervalMs) }
  const findings = findingsOf(newest, snapshot)
  if (findings.length === 0) return { kind: 'landed', status: 'ok', slot: newest.slot, content: null }
  const [worst] = [...findings.filter(({ status }) => status === 'fail'), ...findings]
  return {
    kind: 'landed',
    status: worst?.status ?? 'warn',
    slot: newest.slot,
    content: {
      since: firstOfRun(landed, (entry) => findingsOf(entry, snapshot).length > 0),
      words: findings.map(({ words }) => words).join(', '),
      advice: worst?.advice ?? null,
    },
  }
}

/** What is wrong with the content of a slot. */
function findingsOf(entry: SlotResult, snapshot: HealthSnapshot): ContentFinding[] {
  return contentOf(entry, snapshot).filter(({ status }) => status !== 'ok')
}

function contentOf(
  entry: SlotResult,
  { settings, requestedData, timetable }: HealthSnapshot,
): ContentFinding[] {
  return judgeContent(entry, {
    settings,
    requestedData,
    intervalSeconds: timetable.grid.intervalSeconds,
  })
}

/** One symbol's slots of the session in progress, for the metrics. */
export interface SlotFigures {
  readonly symbol: string
  /** Whether the last due slot landed. */
  readonly landed: CheckStatus
  /** What the newest slot that landed holds; empty if none did. */
  readonly content: readonly ContentFinding[]
}

/** The figures behind `slotCheck`, for each symbol; none out of session. */
export function slotFigures(
  snapshot: HealthSnapshot,
  { failsAfterIntervals }: { failsAfterIntervals: number },
): SlotFigures[] {
  return snapshot.symbols.flatMap((symbol) => {
    const own = checkedSession(snapshot, symbol)
    if (!own) return []
    const verdict = symbolVerdict(snapshot, symbol, own, failsAfterIntervals)
    const newest = landedIn(own, snapshot.ledger.get(symbol) ?? []).at(-1)
    const landed = verdict.kind === 'late' ? verdict.status : 'ok'
    return [{ symbol, landed, content: newest ? contentOf(newest, snapshot) : [] }]
  })
}

function landedIn(session: TradingSession, entries: readonly SlotResult[]): SlotResult[] {
  return entries.filter(({ outcome, slot }) => outcome !== 'missing' && slot >= session.openAt)
}

/** The first slot of the run of poor ones that ends with the newest. */
function firstOfRun(landed: readonly SlotResult[], isPoor: (entry: SlotResult) => boolean): EpochMs {
  const lastGood = landed.findLastIndex((entry) => !isPoor(entry))
  return (landed[lastGood + 1] as SlotResult).slot
}

/** What is known of a slot that is due and not in the ledger, and what to do. */
function whyNotInLedger(
  { now, startedAt, scheduler, timetable }: HealthSnapshot,
  slot: EpochMs,
): { readonly why: string; readonly advice: string | null } {
  if (startedAt > slot) return { why: 'not_running', advice: adviceFor('not_running') }
  const dueAt = slot + timetable.grid.intervalSeconds * 1_000
  const { cycleSeconds } = scheduler
  // A cycle that began later is that of a later slot.
  if (cycleSeconds === null || now - cycleSeconds * 1_000 >= dueAt) {
    return { why: 'was not collected', advice: adviceFor('failed') }
  }
  return {
    why: 'is still being collected',
    advice: 'Wait for the cycle to end. If slot after slot is late, see the log for what takes so long.',
  }
}

/** "10:10 has not landed: SPY deadline; QQQ no_chain", once for each slot. */
function lateWords(late: readonly { symbol: string; slot: EpochMs; why: string }[]): string {
  const slots = [...new Set(late.map(({ slot }) => slot))]
  return slots
    .map((slot) => {
      const own = late.filter((one) => one.slot === slot).map(({ symbol, why }) => `${symbol} ${why}`)
      return `${newYorkTime(slot)} has not landed: ${own.join('; ')}`
    })
    .join('; ')
}

/** "10:10 landed", or "SPY 10:10, QQQ 10:05 landed" if they differ; or when the first slot is due. */
function landedWords(verdicts: readonly (readonly [string, SymbolVerdict])[]): string {
  const times = verdicts.flatMap(([symbol, one]) =>
    one.kind === 'landed' ? [[symbol, newYorkTime(one.slot)] as const] : [],
  )
  const early = verdicts.flatMap(([, one]) => (one.kind === 'early' ? [one.dueAt] : []))
  const differing = new Set(times.map(([, time]) => time)).size > 1
  if (times.length === 0) {
    return early.length === 0
      ? 'nothing is collected'
      : `the first slot is due at ${newYorkTime(epochMs(Math.min(...early)))}`
  }
  return differing || early.length > 0
    ? `${times.map(([symbol, time]) => `${symbol} ${time}`).join(', ')} landed`
    : `${times[0]?.[1]} landed`
}
