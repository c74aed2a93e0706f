import { adviceFor, contentAdvice } from './advice.ts'
import type { CheckStatus } from './check.ts'
import type { ContentCriterion } from './content-criteria.ts'
import type { HealthOptions } from './options.ts'
import type { RequestedData, SlotResult } from './snapshot.ts'

/** One criterion of a slot that landed. */
export interface ContentFinding {
  readonly criterion: ContentCriterion
  /** A share, or seconds; null where the ledger does not have it. */
  readonly value: number | null
  readonly status: CheckStatus
  /** The configuration asks for it: a warning, and nothing to act on. */
  readonly isConfigured: boolean
  /** For a person; null if the status is ok. */
  readonly words: string | null
  readonly advice: string | null
}

export interface ContentRules {
  readonly settings: HealthOptions
  /** The kind of data that the configuration asks the gateway for. */
  readonly requestedData: RequestedData
  readonly intervalSeconds: number
}

/**
 * Judges what a slot holds, by its entry in the ledger and the settings alone, so that a restarted daemon says the same.
 * Numbers that another program wrote and that make no sense count as unknown, and what is unknown is ok.
 */
export function judgeContent(entry: SlotResult, rules: ContentRules): ContentFinding[] {
  const { settings, requestedData } = rules
  const answered = count(entry.answered)
  const ofRows = (rows: number | null) => shareOf(count(rows), answered)
  const wanted = sumOf(count(entry.requested), count(entry.skipped))
  const incomplete = answered === null ? null : differenceOf(answered, count(entry.complete))
  const isDelayedWanted = requestedData === 'delayed' || requestedData === 'delayed_frozen'
  const isFrozenWanted = requestedData === 'frozen' || requestedData === 'delayed_frozen'
  return [
    finding('delayed', ofRows(entry.delayed_rows), {
      warn: settings.delayedWarnFraction,
      fail: settings.delayedFailFraction,
      words: (share) => `${share} delayed`,
      wanted: isDelayedWanted ? 'delayed, as configured' : null,
    }),
    finding('frozen', ofRows(entry.frozen_rows), {
      warn: settings.frozenWarnFraction,
      fail: settings.frozenFailFraction,
      words: (share) => `${share} frozen`,
      wanted: isFrozenWanted ? 'frozen, as configured' : null,
    }),
    finding('unquoted', ofRows(entry.unquoted_rows), {
      warn: settings.unquotedWarnFraction,
      fail: settings.unquotedFailFraction,
      words: (share) => `${share} with neither bid nor ask`,
    }),
    finding('no_bid', share(entry.zero_bid_share), {
      warn: settings.noBidWarnFraction,
      fail: settings.noBidFailFraction,
      words: (share) => `${share} without a bid`,
    }),
    finding('dropped', shareOf(differenceOf(wanted, answered), wanted), {
      warn: settings.droppedWarnFraction,
      fail: settings.droppedFailFraction,
      words: () => droppedWords(entry),
      advice: adviceFor(isMostlySkipped(entry) ? 'over_budget' : entry.reason),
    }),
    finding('unlisted', entry.reason === 'chain_incomplete' ? 1 : 0, {
      warn: 0,
      words: () => 'expirations missing that were not listed in time',
    }),
    finding('incomplete', shareOf(incomplete, answered), {
      warn: settings.incompleteWarnFraction,
      fail: settings.incompleteFailFraction,
      words: (share) => `${share} incomplete`,
    }),
    finding('skew', seconds(entry.skew_seconds), {
      warn: settings.skewWarnSeconds ?? rules.intervalSeconds,
      words: (_, value) => `quotes ${Math.round(value)} s apart`,
    }),
    finding('quote_age', seconds(entry.quote_age_seconds), {
      warn: settings.quoteAgeWarnSeconds ?? rules.intervalSeconds,
      words: (_, value) => `quotes ${Math.round(value)} s old`,
    }),
  ]
}

function finding(
  criterion: ContentCriterion,
  value: number | null,
  limits: {
    readonly warn: number
    readonly fail?: number
    words(percentage: string, value: number): string
    /** Said instead, if the configuration asks for it: then it is never a failure. */
    readonly wanted?: string | null
    readonly advice?: string | null
  },
): ContentFinding {
  const { warn, fail = Number.POSITIVE_INFINITY, wanted = null } = limits
  const isAbove = value !== null && value > Math.min(warn, fail)
  if (!isAbove) return { criterion, value, status: 'ok', isConfigured: false, words: null, advice: null }
  const percentage = `${Math.round(100 * value)} %`
  return {
    criterion,
    value,
    status: value > fail && wanted === null ? 'fail' : 'warn',
    isConfigured: wanted !== null,
    words: wanted === null ? limits.words(percentage, value) : `${percentage} ${wanted}`,
    advice: limits.advice ?? contentAdvice(criterion),
  }
}

/** Whether the plan left out more contracts than did not answer, of which the ledger knows best why. */
function isMostlySkipped({ requested, answered, skipped }: SlotResult): boolean {
  return skipped > requested - answered
}

function droppedWords({ answered, requested, skipped, reason }: SlotResult): string {
  const left = skipped > 0 ? `, ${skipped} left out by the plan` : ''
  return `${answered} of ${requested} contracts${left} (${reason ?? 'no reason'})`
}

/** A count as a program of ours writes it; else null. */
function count(value: number | null): number | null {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value : null
}

function seconds(value: number | null): number | null {
  return Number.isFinite(value) && (value as number) >= 0 ? value : null
}

function share(value: number | null): number | null {
  return Number.isFinite(value) && (value as number) >= 0 && (value as number) <= 1 ? value : null
}

function sumOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a + b
}

/** Null also where the second is larger, which makes no sense here. */
function differenceOf(a: number | null, b: number | null): number | null {
  return a === null || b === null || b > a ? null : a - b
}

function shareOf(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole === 0 || part > whole ? null : part / whole
}
