/** What became of one attempt to deliver a message. */
export type Outcome =
  | { readonly kind: 'delivered' }
  | {
      readonly kind: 'failed'
      /** One line without secrets. */
      readonly reason: string
      /** What a program wrote last: for the log and for `alerts test`, not for what is served; null if nothing. */
      readonly detail: string | null
      /** Whether the same message may be accepted in a few seconds. */
      readonly isTransient: boolean
      /** Whether the message may have arrived all the same: its answer was not waited for. */
      readonly mayHaveArrived: boolean
      /** How long the receiver asks us to wait, s; null if it does not say. */
      readonly retryAfterSeconds: number | null
    }

export type Failed = Extract<Outcome, { kind: 'failed' }>

export const DELIVERED: Outcome = { kind: 'delivered' }

export function failed(
  reason: string,
  {
    isTransient,
    mayHaveArrived = false,
    retryAfterSeconds = null,
    detail = null,
  }: Pick<Failed, 'isTransient'> & Partial<Omit<Failed, 'kind' | 'reason'>>,
): Failed {
  return { kind: 'failed', reason, isTransient, mayHaveArrived, retryAfterSeconds, detail }
}

/** Waits between the attempts of one message, s. */
const WAITS_SECONDS = [5, 30, 120] as const
/** The wait after all of them, and after an answer that no second attempt would change, s. */
const LONG_WAIT_SECONDS = 600

/** What to do after a failed attempt. */
export interface NextAttempt {
  readonly waitSeconds: number
  /** The message is given up: what it said goes into the next one. */
  readonly isGivenUp: boolean
}

/**
 * @param attempts how many have failed in a row, this one included; those of messages that were given up count, so that a
 *   receiver that stays away is asked every ten minutes and no more often
 */
export function nextAttempt({ isTransient, retryAfterSeconds }: Failed, attempts: number): NextAttempt {
  const wait = isTransient ? WAITS_SECONDS[attempts - 1] : undefined
  const asked = Math.min(retryAfterSeconds ?? 0, LONG_WAIT_SECONDS)
  if (wait === undefined) return { waitSeconds: LONG_WAIT_SECONDS, isGivenUp: true }
  return { waitSeconds: Math.max(wait, asked), isGivenUp: false }
}
