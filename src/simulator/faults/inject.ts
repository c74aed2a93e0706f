import type { ApiError } from '../errors.ts'
import { hasMarketData, type SimulatorState } from '../state.ts'
import { farmNotice } from './farms.ts'
import type { ActiveFaults, Fault, FaultKind } from './faults.ts'
import { floodError, malformedFrame } from './hostile.ts'

const SECOND_MS = 1_000
/** Errors of a flood that are sent in one turn of the event loop. */
const FLOOD_BATCH = 1_000

/** The server's port: whether it accepts connections. */
export interface PortListener {
  close(): void
  open(): void
}

/** What a fault does once, when it begins and when it ends. Request handlers read lasting effects from `state.faults`. */
interface Effect {
  readonly begin?: () => void
  readonly end?: () => void
}

/** Begins a fault. It ends after its `seconds`, when the returned function is called, or when another of its kind begins. */
export type InjectFault = (fault: Fault) => () => void

export function createFaultInjector(state: SimulatorState, port: PortListener): InjectFault {
  const endings = new Map<FaultKind, () => void>()
  return (fault) => {
    endings.get(fault.kind)?.()
    const effect = effectOf(fault, state, port)
    state.injected.set(fault.kind, fault)
    state.began.set(fault.kind, state.clock.now())
    let over = false
    const end = () => {
      if (over) return
      over = true
      cancel()
      endings.delete(fault.kind)
      state.injected.delete(fault.kind)
      state.began.delete(fault.kind)
      effect.end?.()
    }
    const cancel =
      fault.seconds === undefined ? () => {} : state.timeline.after(fault.seconds * SECOND_MS, end)
    endings.set(fault.kind, end)
    effect.begin?.()
    return end
  }
}

function effectOf(fault: Fault, state: SimulatorState, port: PortListener): Effect {
  switch (fault.kind) {
    case 'farm_broken':
      return {
        begin: () => notifyAll(state, farmNotice(fault.farm, 'broken', fault.name)),
        end: () => notifyAll(state, farmNotice(fault.farm, 'ok', fault.name)),
      }
    case 'server_lost':
      return {
        begin: () => notifyAll(state, SERVER_LOST[fault.code]),
        end: () => restore(fault.streams, state),
      }
    case 'competing_session':
      return { begin: () => compete(state) }
    case 'restart':
      return {
        begin: () => {
          port.close()
          state.broker.restartOrderIds()
          dropAll(state)
        },
        end: port.open,
      }
    case 'second_factor':
      return { begin: () => dropAll(state) }
    case 'half_open':
      return {
        begin: () => {
          for (const connection of [...state.connections]) connection.goHalfOpen()
        },
      }
    case 'freeze':
      return {
        begin: () => {
          for (const connection of state.connections) connection.pause()
        },
        end: () => {
          for (const connection of state.connections) connection.resume()
        },
      }
    case 'error_flood':
      return { begin: () => flood(state, fault.count) }
    case 'malformed':
      return { begin: () => sendAll(state, malformedFrame(fault.form, state.seed)) }
    case 'notice':
      return fault.to === 'session' ? { begin: () => notifyAll(state, fault) } : {}
    case 'version_warning':
      return {
        begin: () =>
          notifyAll(state, { code: 2_172, text: 'This version of the gateway will soon be unsupported.' }),
      }
    default:
      return {}
  }
}

const SERVER_LOST: Readonly<Record<1_100 | 2_110, ApiError>> = {
  1100: { code: 1_100, text: 'Connectivity between IB and Trader Workstation has been lost.' },
  2110: {
    code: 2_110,
    text: 'Connectivity between Trader Workstation and server is broken. It will be restored automatically.',
  },
}

/** The notice for a client that starts while Interactive Brokers cannot be reached; null while it can. */
export function serverNotice(faults: ActiveFaults): ApiError | null {
  const lost = faults.get('server_lost')
  return lost ? SERVER_LOST[lost.code] : null
}

function restore(streams: 'lost' | 'kept' | 'unsaid', state: SimulatorState): void {
  if (streams === 'kept') {
    notifyAll(state, {
      code: 1_102,
      text: 'Connectivity between IB and TWS has been restored - data maintained.',
    })
    return
  }
  for (const { client } of state.connections) {
    for (const request of [...(client()?.open.values() ?? [])]) {
      if (streams === 'unsaid') request.mute()
      else if (hasMarketData(request)) request.close()
    }
  }
  if (streams === 'unsaid') return
  notifyAll(state, { code: 1_101, text: 'Connectivity between IB and TWS has been restored - data lost.' })
}

export const COMPETING_SESSION: ApiError = {
  code: 10_197,
  text: 'No market data during competing live session',
}

function compete(state: SimulatorState): void {
  for (const { client } of state.connections) {
    for (const [requestId, request] of client()?.open ?? []) {
      if (!hasMarketData(request)) continue
      request.mute()
      client()?.sendError(requestId, COMPETING_SESSION)
    }
  }
}

function dropAll(state: SimulatorState): void {
  for (const connection of [...state.connections]) connection.drop()
}

function notifyAll(state: SimulatorState, { code, text }: ApiError): void {
  for (const { client } of state.connections) client()?.sendError(-1, { code, text })
}

function sendAll(state: SimulatorState, frames: string): void {
  for (const { client } of state.connections) client()?.send(frames)
}

function flood(state: SimulatorState, count: number, from = 0): void {
  const until = Math.min(count, from + FLOOD_BATCH)
  sendAll(state, Array.from({ length: until - from }, (_, at) => floodError(from + at)).join(''))
  if (until < count) state.timeline.after(0, () => flood(state, count, until))
}
