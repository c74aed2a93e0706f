import { maskAccounts } from '../../process/log.ts'
/** What a notice of the gateway is about, and so who has to act on it. */
export type NoticeKind =
  /** Too many messages a second. */
  | 'pacing'
  /** Too many market-data lines. */
  | 'lines'
  /** No such contract: a fact about the contract, not a failure. */
  | 'contract'
  /** Market data not, or only partly, subscribed. */
  | 'entitlement'
  /** A mistake of this program. */
  | 'bug'
  | 'configuration'
  | 'information'
  /** The connection, to the gateway or from there to IB. */
  | 'session'
  /** One data farm; these flap for seconds. */
  | 'farm'
  /** Something for the operator, before it becomes urgent. */
  | 'operations'
  /** One request, historical data above all. */
  | 'request'
  | 'unknown'

export interface Notice {
  /** The request it belongs to, or null where it belongs to none (IB's −1). */
  readonly id: number | null
  /** IB's code; 500–599 are made by the client library. */
  readonly code: number
  readonly kind: NoticeKind
  /** One line, at most 300 characters, account numbers masked. */
  readonly message: string
  /** For farm notices: which farm, and whether it is well. Null for every other kind. */
  readonly farm: { readonly name: string; readonly isOk: boolean } | null
}

const KINDS: ReadonlyMap<number, NoticeKind> = new Map([
  [0, 'information'],
  [100, 'pacing'],
  [101, 'lines'],
  [102, 'bug'],
  [162, 'request'],
  [200, 'contract'],
  [300, 'bug'],
  [321, 'bug'],
  [322, 'bug'],
  [326, 'configuration'],
  [354, 'entitlement'],
  [502, 'session'],
  [503, 'session'],
  [504, 'session'],
  [506, 'session'],
  [507, 'session'],
  [1100, 'session'],
  [1101, 'session'],
  [1102, 'session'],
  [2103, 'farm'],
  [2104, 'farm'],
  [2105, 'farm'],
  [2106, 'farm'],
  [2107, 'information'],
  [2108, 'information'],
  [2110, 'session'],
  [2119, 'information'],
  [2157, 'farm'],
  [2158, 'farm'],
  [2172, 'operations'],
  [10089, 'entitlement'],
  [10090, 'entitlement'],
  [10091, 'entitlement'],
  [10167, 'information'],
  [10168, 'entitlement'],
  [10197, 'session'],
])

const FARM_OK = new Set([2104, 2106, 2158])
const LONGEST_MESSAGE = 300

/**
 * What an error or information message of the gateway means. `id` is IB's: −1 or 0 where no request is meant.
 * A code that is not in the table is `unknown`, never a guess.
 */
export function classify(code: number, id: number, message: string): Notice {
  const kind = KINDS.get(code) ?? 'unknown'
  const line = oneLine(message)
  return {
    id: Number.isSafeInteger(id) && id > 0 ? id : null,
    code,
    kind,
    message: line,
    farm: kind === 'farm' ? { name: farmName(line), isOk: FARM_OK.has(code) } : null,
  }
}

/**
 * True when the request that the notice names is over. Warnings (2100–2999) and information leave it running.
 */
export function endsRequest(notice: Notice): boolean {
  if (notice.code >= 2100 && notice.code < 3000) return false
  return notice.kind !== 'information' && notice.kind !== 'farm' && notice.kind !== 'operations'
}

/**
 * True when a market-data request was turned down before it became a stream: there is nothing to cancel, and its
 * line is free. Data may still flow after every other notice, so those streams are to be cancelled.
 */
export function refusesStream(notice: Notice): boolean {
  return notice.code === 200 || notice.code === 101 || notice.code === 321
}

function oneLine(message: string): string {
  // Cut first: what comes over the wire may be megabytes long.
  return maskAccounts(
    message
      .slice(0, 4 * LONGEST_MESSAGE)
      .replace(/\s+/g, ' ')
      .trim(),
  ).slice(0, LONGEST_MESSAGE)
}

/** IB writes "Market data farm connection is OK:usfarm". */
function farmName(message: string): string {
  return message.slice(message.lastIndexOf(':') + 1).trim()
}
