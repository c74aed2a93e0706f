import type { Notice } from '../../gateway/session/notices.ts'

/**
 * Values of labels that are known before anything happens. Their counters are there at 0 from the start: `increase()`
 * never sees the first event of a series that is born at 1.
 */
export interface KnownLabels {
  readonly symbols: readonly string[]
  /** Codes of the gateway's notices. */
  readonly codes: readonly Pick<Notice, 'code' | 'kind'>[]
}
