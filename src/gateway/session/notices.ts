import { maskAccounts } from '../../process/log.ts'

/** What a notice from the gateway is about, which decides who must act on it. */
type NoticeKind =
  /** Too many messages per second. */
  | 'pacing'
  /** Too many market-data lines. */
  | 'lines'
  /** No such contract: a fact about the contract, not a failure. */
  | 'contract'
  /** No subscription for the market data, or only for part of it. */
  | 'entitlement'
  /** A bug in this program. */
  | 'bug'
  | 'configuration'
  | 'information'
  /** The connection to the gateway, or the gateway's connection to IB. */
  | 'session'
  /** One data farm. Short interruptions are common. */
  | 'farm'
  /** Something the operator should do before it becomes urgent. */
  | 'operations'
  /** One request, usually for historical data. */
  | 'request'
  /** One order; `gateway/orders` knows what each code means for it. */
  | 'order'
  | 'unknown'

export type FarmKind = 'market' | 'history' | 'definitions'

export interface Notice {
  /** The request it belongs to; null if none (IB's −1). */
  readonly id: number | null
  /** IB's code; 500–599 come from the client library. */
  readonly code: number
  readonly kind: NoticeKind
  /** One line, at most 300 characters, account numbers masked. */
  readonly message: string
  /**
   * For farm notices: which farm, and whether it is broken. One that is inactive until it is needed, or is connecting,
   * is not. Null for every other kind.
   */
  readonly farm: { readonly kind: FarmKind; readonly name: string; readonly isOk: boolean } | null
}

/** What a notice changes for the whole session. */
export type SessionEffect =
  /** The gateway has lost its connection to IB. */
  | 'server_lost'
  /** It is connected to IB again, and streams continue. */
  | 'server_restored'
  /** It is connected to IB again, but every stream has ended without a notice of its own. */
  | 'server_restored_streams_lost'
  /** Another login is using the market data. */
  | 'competing_session'

/** Why the connection is useless after a notice. */
type FinalNotice = 'client_id_in_use' | 'version' | 'port_changed' | 'paper_disclaimer'

/** What this program makes of a code. docs/troubleshooting.md is generated from these. */
export interface NoticeRule {
  readonly kind: NoticeKind
  readonly farm?: { readonly kind: FarmKind; readonly isOk: boolean }
  readonly session?: SessionEffect
  /**
   * The market-data request that the notice names never became a stream: there is nothing to cancel, and its line is
   * free. After any other notice, data may still arrive, so the stream must be cancelled.
   */
  readonly refusesStream?: true
  /** The stream that the notice names delivers nothing. */
  readonly withoutData?: true
  /** The connection is useless from now on, and is closed with this reason. */
  readonly endsSession?: FinalNotice
  /** What a person can do about it. */
  readonly advice?: string
}

const ADVICE = {
  subscribe:
    'Subscribe to live data of US options and stocks for the API at Interactive Brokers, or set gateway.marketDataType to delayed.',
  version: 'Install the current stable version of IB Gateway or TWS.',
} as const

/** Codes that name an order and nothing else. */
const ORDER_CODES = [
  ...[103, 104, 105, 107, 109, 110, 135, 136, 161, 201, 202, 312, 313, 314, 387, 399, 404, 434],
  ...[10_052, 10_147, 10_148, 10_149, 10_243, 10_349],
]

/** Every code that this program knows. */
export const NOTICES: ReadonlyMap<number, NoticeRule> = new Map<number, NoticeRule>([
  ...ORDER_CODES.map((code): [number, NoticeRule] => [code, { kind: 'order' }]),
  [0, { kind: 'information' }],
  [
    100,
    {
      kind: 'pacing',
      advice: 'Other programs at this gateway share its message rate: lower gateway.messagesPerSecond.',
    },
  ],
  [
    101,
    {
      kind: 'lines',
      refusesStream: true,
      withoutData: true,
      advice: 'Close watch lists and other programs of this login, or lower gateway.lines.',
    },
  ],
  [102, { kind: 'bug' }],
  [162, { kind: 'request' }],
  [200, { kind: 'contract', refusesStream: true, withoutData: true }],
  [203, { kind: 'entitlement', refusesStream: true, withoutData: true }],
  [300, { kind: 'bug' }],
  [309, { kind: 'request' }],
  [310, { kind: 'bug' }],
  [316, { kind: 'request' }],
  [317, { kind: 'information' }],
  [321, { kind: 'bug', refusesStream: true }],
  [322, { kind: 'bug' }],
  [
    326,
    {
      kind: 'configuration',
      endsSession: 'client_id_in_use',
      advice: 'Choose another client id with gateway.clientId.',
    },
  ],
  [354, { kind: 'entitlement', withoutData: true, advice: ADVICE.subscribe }],
  [366, { kind: 'request' }],
  [420, { kind: 'request' }],
  [502, { kind: 'session', advice: 'Start TWS or IB Gateway, enable its API, and check host and port.' }],
  [503, { kind: 'session', endsSession: 'version', advice: ADVICE.version }],
  [504, { kind: 'session' }],
  [506, { kind: 'session', endsSession: 'version', advice: ADVICE.version }],
  [507, { kind: 'session' }],
  [1100, { kind: 'session', session: 'server_lost' }],
  [1101, { kind: 'session', session: 'server_restored_streams_lost' }],
  [1102, { kind: 'session', session: 'server_restored' }],
  [
    1300,
    {
      kind: 'session',
      endsSession: 'port_changed',
      advice: 'Set gateway.port to the new port, or change the port of the gateway back.',
    },
  ],
  [2103, { kind: 'farm', farm: { kind: 'market', isOk: false } }],
  [2104, { kind: 'farm', farm: { kind: 'market', isOk: true } }],
  [2105, { kind: 'farm', farm: { kind: 'history', isOk: false } }],
  [2106, { kind: 'farm', farm: { kind: 'history', isOk: true } }],
  [2107, { kind: 'information', farm: { kind: 'history', isOk: true } }],
  [2108, { kind: 'information', farm: { kind: 'market', isOk: true } }],
  [2110, { kind: 'session', session: 'server_lost' }],
  [2119, { kind: 'information', farm: { kind: 'market', isOk: true } }],
  [2157, { kind: 'farm', farm: { kind: 'definitions', isOk: false } }],
  [2158, { kind: 'farm', farm: { kind: 'definitions', isOk: true } }],
  [2172, { kind: 'operations', advice: ADVICE.version }],
  [10_089, { kind: 'entitlement', withoutData: true, advice: ADVICE.subscribe }],
  [10_090, { kind: 'entitlement', advice: ADVICE.subscribe }],
  [10_091, { kind: 'entitlement', advice: ADVICE.subscribe }],
  [10_092, { kind: 'request' }],
  [
    10_141,
    {
      kind: 'configuration',
      endsSession: 'paper_disclaimer',
      advice: 'Accept the paper trading disclaimer once in the window of the gateway.',
    },
  ],
  [10_167, { kind: 'information', advice: ADVICE.subscribe }],
  [10_168, { kind: 'entitlement', withoutData: true, advice: ADVICE.subscribe }],
  [10_186, { kind: 'entitlement', withoutData: true, advice: ADVICE.subscribe }],
  [
    10_197,
    {
      kind: 'session',
      session: 'competing_session',
      advice: 'End the other session of this user, or collect with a user of its own.',
    },
  ],
])

/**
 * The announcement that a version of the gateway will be refused comes with various codes. "…, needs to be upgraded, as
 * it will be desupported on …"
 */
const VERSION_ENDS: NoticeRule = { kind: 'operations', advice: ADVICE.version }

function ruleOf({ code, message }: Pick<Notice, 'code' | 'message'>): NoticeRule | undefined {
  const rule = NOTICES.get(code)
  if (rule && rule.kind !== 'information') return rule
  return /will be (desupported|unsupported)/i.test(message) ? VERSION_ENDS : rule
}

/** Every code that this program knows, with its kind. */
export const KNOWN_CODES: readonly Pick<Notice, 'code' | 'kind'>[] = [...NOTICES].map(([code, { kind }]) => ({
  code,
  kind,
}))

const MAX_MESSAGE_LENGTH = 300

/**
 * Classifies an error or information message from the gateway. `id` is IB's: −1 or 0 means no request. A code that is
 * not in the table is `unknown`, never guessed.
 */
export function classify(code: number, id: number, message: string): Notice {
  const line = oneLine(message)
  const { kind, farm } = ruleOf({ code, message: line }) ?? { kind: 'unknown' }
  return {
    id: Number.isSafeInteger(id) && id > 0 ? id : null,
    code,
    kind,
    message: line,
    farm: farm ? { ...farm, name: farmName(line) } : null,
  }
}

export function sessionEffectOf({ code }: Notice): SessionEffect | null {
  return NOTICES.get(code)?.session ?? null
}

/** Why the connection is closed after this notice; null if it stays open. */
export function sessionEndOf({ code }: Notice): FinalNotice | null {
  return NOTICES.get(code)?.endsSession ?? null
}

/** What a person can do about it; null if nothing is known. */
export function adviceOn(notice: Notice): string | null {
  return ruleOf(notice)?.advice ?? null
}

/**
 * Whether the notice ends the request that it names. Warnings (2100–2999) and information leave it running. `unless_answered`:
 * the code is unknown, or one of orders, so an answer may follow or not.
 */
export function endsRequest({ code, kind }: Notice): 'yes' | 'no' | 'unless_answered' {
  if (code >= 2100 && code < 3000) return 'no'
  if (kind === 'unknown' || kind === 'order') return 'unless_answered'
  return kind === 'information' || kind === 'farm' || kind === 'operations' ? 'no' : 'yes'
}

export function refusesStream({ code }: Notice): boolean {
  return NOTICES.get(code)?.refusesStream ?? false
}

export function leavesStreamWithoutData({ code }: Notice): boolean {
  return NOTICES.get(code)?.withoutData ?? false
}

function oneLine(message: string): string {
  // Cut first: a message may be megabytes long.
  return maskAccounts(
    message
      .slice(0, 4 * MAX_MESSAGE_LENGTH)
      .replace(/\s+/g, ' ')
      .trim(),
  ).slice(0, MAX_MESSAGE_LENGTH)
}

/**
 * IB writes "Market data farm connection is OK:usfarm", and "… is inactive but should be available upon
 * demand.usfarm.nj". '' if the message names no farm.
 */
function farmName(message: string): string {
  return /(?::|\bdemand\.)\s*:?\s*(\S+)$/i.exec(message)?.[1] ?? ''
}
