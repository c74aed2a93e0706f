import type { EpochMs } from '../../market/units.ts'

/** Why no chain can be collected, where the calendar does not explain it. A closed set. */
export type DownReason =
  /** No connection: nothing listens at the port, or the network drops it. */
  | 'unreachable'
  /** TCP is accepted, but nothing follows: a frozen gateway. */
  | 'unanswered'
  /** An open session was dropped. */
  | 'connection_lost'
  /** The heartbeat was not answered: a half-open connection, or a gateway that hangs. */
  | 'heartbeat_missed'
  /** 1100 or 2110: the gateway has lost its connection to IB. */
  | 'server_lost'
  /**
   * A farm of US stocks or options has been broken, without any data, for longer than the short interruptions that are
   * common.
   */
  | 'farm_broken'
  /** The canary, an at-the-money option, sends no data during the trading session. */
  | 'option_data_silent'
  /** 1300: the port of the gateway was changed. */
  | 'port_changed'
  /** A person has to choose another client id. */
  | 'client_id_in_use'
  /** A person has to install another version. */
  | 'version'
  /** The other side sends bytes that are not messages. */
  | 'bad_peer'
  | 'rate_breaches'
  /** A bug in this program. */
  | 'defect'

export type WaitReason =
  /** A person has to confirm the login. */
  | 'second_factor'
  | 'nightly_restart'
  /** A person has to accept the paper trading disclaimer (10141). */
  | 'paper_disclaimer'
  /** Another login, such as a phone, is using the market data. */
  | 'competing_session'

/** The gateway's state as the supervisor reports it. `since`: see `transition`; `detail` is one human-readable line. */
export type SupervisorState =
  /** The first session is not open yet, and no attempt has failed. */
  | { readonly name: 'connecting'; readonly since: EpochMs }
  | { readonly name: 'ready'; readonly since: EpochMs }
  /** Data farms are broken. `dataFlow`: data arrive nevertheless, or the farms are none of US stocks and options. */
  | {
      readonly name: 'degraded'
      readonly since: EpochMs
      readonly farms: readonly string[]
      readonly dataFlow: boolean
    }
  | {
      readonly name: 'waiting'
      readonly since: EpochMs
      readonly for: WaitReason
      readonly detail: string
    }
  | { readonly name: 'down'; readonly since: EpochMs; readonly reason: DownReason; readonly detail: string }
  | { readonly name: 'closed'; readonly since: EpochMs }

/** A state to move to; `transition` adds `since`. */
export type NextState = SupervisorState extends infer State
  ? State extends SupervisorState
    ? Omit<State, 'since'>
    : never
  : never

/** Which states may follow which. Nothing leads back to `connecting`, and nothing follows `closed`. */
export const TRANSITIONS: Readonly<Record<SupervisorState['name'], readonly SupervisorState['name'][]>> = {
  connecting: ['ready', 'degraded', 'waiting', 'down', 'closed'],
  ready: ['degraded', 'waiting', 'down', 'closed'],
  degraded: ['ready', 'degraded', 'waiting', 'down', 'closed'],
  waiting: ['ready', 'degraded', 'waiting', 'down', 'closed'],
  down: ['ready', 'degraded', 'waiting', 'down', 'closed'],
  closed: [],
}

/**
 * The state after a move; `from` itself if nothing changes. `since` is kept while the name stays the same, and
 * through all states without market data: an outage keeps the start of its first state, even if its
 * name changes. Throws if the table does not allow the move, which is a defect.
 */
export function transition(from: SupervisorState, to: NextState, at: EpochMs): SupervisorState {
  const keepsSince = from.name === to.name || (!hasData(from) && !hasData(to) && to.name !== 'closed')
  const next = { ...to, since: keepsSince ? from.since : at } as SupervisorState
  if (isEqual(from, next)) return from
  if (!TRANSITIONS[from.name].includes(to.name)) {
    throw new Error(`the supervisor cannot go from ${from.name} to ${to.name}`)
  }
  return next
}

/**
 * Whether chains may be requested. A farm that is said to be broken and a competing session do not forbid it: only a
 * request shows that they are over, and the harvest probes.
 */
export function mayCollect(state: NextState): boolean {
  switch (state.name) {
    case 'ready':
    case 'degraded':
      return true
    case 'waiting':
      return state.for === 'competing_session'
    case 'down':
      return state.reason === 'farm_broken'
    case 'connecting':
    case 'closed':
      return false
  }
}

/** Whether the gateway counts as down. A farm that has been broken for a short time is only a warning. */
export function isOutage({ name }: NextState): boolean {
  return name !== 'ready' && name !== 'degraded'
}

function hasData(state: NextState): boolean {
  return state.name === 'ready' || (state.name === 'degraded' && state.dataFlow)
}

/** The ledger's reason for a slot that was missed in this state; null if nothing stood in its way. */
export function slotReasonOf(
  state: SupervisorState,
):
  | 'gateway_unreachable'
  | 'gateway_restart'
  | 'second_factor'
  | 'paper_disclaimer'
  | 'competing_session'
  | 'connection_lost'
  | 'no_market_data'
  | 'stopped'
  | null {
  switch (state.name) {
    case 'ready':
      return null
    case 'degraded':
      return state.dataFlow ? null : 'no_market_data'
    case 'connecting':
      return 'gateway_unreachable'
    case 'closed':
      return 'stopped'
    case 'waiting':
      return state.for === 'nightly_restart' ? 'gateway_restart' : state.for
    case 'down':
      return SLOT_REASON_OF[state.reason]
  }
}

const SLOT_REASON_OF = {
  unreachable: 'gateway_unreachable',
  unanswered: 'gateway_unreachable',
  port_changed: 'gateway_unreachable',
  client_id_in_use: 'gateway_unreachable',
  version: 'gateway_unreachable',
  connection_lost: 'connection_lost',
  heartbeat_missed: 'connection_lost',
  server_lost: 'connection_lost',
  rate_breaches: 'connection_lost',
  bad_peer: 'connection_lost',
  defect: 'connection_lost',
  farm_broken: 'no_market_data',
  option_data_silent: 'no_market_data',
} as const satisfies Record<DownReason, string>

/** One human-readable line. */
export function describeState(state: SupervisorState): string {
  switch (state.name) {
    case 'connecting':
      return 'connecting to the gateway'
    case 'ready':
      return 'the gateway is ready'
    case 'closed':
      return 'stopped'
    case 'degraded':
      return `data farms are broken: ${state.farms.join(', ')}`
    case 'waiting':
      return state.detail
    case 'down':
      return state.detail
  }
}

/** Chains could not be collected within the time limit; `state` says why. */
export class NotReady extends Error {
  readonly state: SupervisorState

  constructor(state: SupervisorState) {
    super(describeState(state))
    this.name = 'NotReady'
    this.state = state
  }
}

function isEqual(a: SupervisorState, b: SupervisorState): boolean {
  const keys = Object.keys(b) as Array<keyof SupervisorState>
  return a.name === b.name && keys.every((key) => String(a[key]) === String(b[key]))
}
