import type { QuotedContract } from '../market/contract.ts'
import { type AnsweredContract, answerRank } from './harvest.ts'

/**
 * Which contracts are worth a second request: those that stayed unanswered or incomplete, and nobody said why. Their
 * number is bounded by what the second requests bring. A few are tried; each that brings more allows two further ones, and
 * where none does the rest is left as it is: a closed market or a wing without greeks costs seconds and no more.
 */
export interface SecondPass<Request> {
  readonly waiting: Record<ShortOf, Request[]>
  /** How many more may be requested at present. */
  readonly allowed: Record<ShortOf, number>
}

/** What the first request did not bring: any data, or all of them. */
type ShortOf = 'data' | 'parts'

/** Missing greeks are mostly missing for good, and each try delays the end of the harvest. */
const FIRST_TRIES: Readonly<Record<ShortOf, number>> = { data: 8, parts: 2 }
/** An answer allows this many further requests, up to the limit below. */
const PER_SUCCESS = 2
const MOST_ALLOWED = 40

interface Asked {
  readonly kept: AnsweredContract<QuotedContract> | null
}

export function createSecondPass<Request extends Asked>(): SecondPass<Request> {
  return { waiting: { data: [], parts: [] }, allowed: { ...FIRST_TRIES } }
}

export function addToSecondPass<Request extends Asked>(pass: SecondPass<Request>, request: Request): void {
  pass.waiting[shortOf(request)].push(request)
}

/** It is requested again for another reason. */
export function removeFromSecondPass<Request extends Asked>(
  { waiting }: SecondPass<Request>,
  request: Request,
): void {
  const requests = waiting[shortOf(request)]
  const at = requests.indexOf(request)
  if (at >= 0) requests.splice(at, 1)
}

/**
 * Those without any data come first; null if none is left, or none promises anything. Missing parts promise nothing
 * where no contract was complete.
 */
export function takeForSecondPass<Request extends Asked>(
  pass: SecondPass<Request>,
  { complete }: { readonly complete: number },
): Request | null {
  for (const what of ['data', 'parts'] as const) {
    const promises = pass.allowed[what] > 0 && (what === 'data' || complete > 0)
    const request = promises ? pass.waiting[what].shift() : undefined
    if (!request) continue
    pass.allowed[what] -= 1
    return request
  }
  return null
}

/** Records what a second request brought. */
export function recordSecondAnswer<Request extends Asked>(
  pass: SecondPass<Request>,
  request: Request,
  answer: AnsweredContract<QuotedContract> | null,
): void {
  if (answerRank(answer) <= answerRank(request.kept)) return
  const what = shortOf(request)
  pass.allowed[what] = Math.min(MOST_ALLOWED, pass.allowed[what] + PER_SUCCESS)
}

function shortOf({ kept }: Asked): ShortOf {
  return kept === null ? 'data' : 'parts'
}
