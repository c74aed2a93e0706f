import { Failure } from '../../process/failure.ts'
import { RequestRefused } from '../session/errors.ts'
import { NotReady } from '../supervisor/state.ts'

/** What one attempt to fetch a symbol says about the gateway. */
export type FetchVerdict =
  /** It served data. */
  | 'served'
  /** It served no data, but should have. */
  | 'failed'
  /** Neither: no such contract, no subscription, stopped or out of time by this program's own decision. */
  | 'inconclusive'

/**
 * The verdict on an attempt that threw. An unknown symbol or contract, a missing subscription or a full disk says
 * nothing about the gateway; a gateway that is not ready is the supervisor's job; every other error is a failure.
 */
export function verdictOfError(error: unknown): FetchVerdict {
  if (error instanceof NotReady || error instanceof Failure) return 'inconclusive'
  if (error instanceof RequestRefused) {
    const { kind } = error.notice
    return kind === 'contract' || kind === 'entitlement' ? 'inconclusive' : 'failed'
  }
  return 'failed'
}
