import type { Refusal } from '../limits.ts'
import { SIMULATED_FARM, type World } from '../state.ts'
import { type ActiveFaults, FARMS, type Fault, type FaultKind } from './faults.ts'
import { floodError, malformedFrame } from './hostile.ts'

const SECOND_MS = 1_000
/** Errors of a flood that leave in one turn of the event loop. */
const FLOOD_BATCH = 1_000

/** The door of the server: whether the port takes connections. */
export interface Door {
  shut(): void
  open(): void
}

/** What a fault does when it begins, and when it is over. Everything that lasts is asked of `world.faults` meanwhile. */
interface Effect {
  readonly begin?: () => void
  readonly end?: () => void
}

/** Begins a fault; it ends after its time, when the returned function is called, or when one of its kind follows. */
export type Disrupt = (fault: Fault) => () => void

export function createDisruption(world: World, door: Door): Disrupt {
  const ending = new Map<FaultKind, () => void>()
  return (fault) => {
    ending.get(fault.kind)?.()
    const effect = effectOf(fault, world, door)
    world.active.set(fault.kind, fault)
    let over = false
    const end = () => {
      if (over) return
      over = true
      callOff()
      ending.delete(fault.kind)
      world.active.delete(fault.kind)
      effect.end?.()
    }
    const callOff =
      fault.seconds === undefined ? () => {} : world.timeline.after(fault.seconds * SECOND_MS, end)
    ending.set(fault.kind, end)
    effect.begin?.()
    return end
  }
}

function effectOf(fault: Fault, world: World, door: Door): Effect {
  switch (fault.kind) {
    case 'farm_broken':
      return {
        begin: () => tellAll(world, farmNotice(fault.farm, 'broken')),
        end: () => tellAll(world, farmNotice(fault.farm, 'ok')),
      }
    case 'server_lost':
      return {
        begin: () => tellAll(world, SERVER_LOST[fault.code]),
        end: () => restore(fault.streams, world),
      }
    case 'competing_session':
      return { begin: () => compete(world) }
    case 'restart':
      return {
        begin: () => {
          door.shut()
          world.nextOrderId = 1
          for (const served of [...world.served]) served.drop()
        },
        end: door.open,
      }
    case 'second_factor':
      return { begin: () => [...world.served].map((served) => served.drop()) }
    case 'half_open':
      return { begin: () => [...world.served].map((served) => served.vanish()) }
    case 'freeze':
      return {
        begin: () => [...world.served].map((served) => served.hold()),
        end: () => [...world.served].map((served) => served.resume()),
      }
    case 'error_flood':
      return { begin: () => flood(world, fault.count) }
    case 'malformed':
      return { begin: () => sendAll(world, malformedFrame(fault.form, world.seed)) }
    case 'version_warning':
      return {
        begin: () =>
          tellAll(world, { code: 2_172, text: 'This version of the gateway will soon be unsupported.' }),
      }
    default:
      return {}
  }
}

const SERVER_LOST: Readonly<Record<1_100 | 2_110, Refusal>> = {
  1100: { code: 1_100, text: 'Connectivity between IB and Trader Workstation has been lost.' },
  2110: {
    code: 2_110,
    text: 'Connectivity between Trader Workstation and server is broken. It will be restored automatically.',
  },
}

/** The farm's state as it stands, as a notice. */
export function farmNotice(farm: keyof typeof FARMS, state: 'broken' | 'ok'): Refusal {
  const { title, [state]: code } = FARMS[farm]
  return {
    code,
    text: `${title} farm connection is ${state === 'ok' ? 'OK' : 'broken'}:${SIMULATED_FARM}`,
  }
}

/** What a client that starts now is told of a link to Interactive Brokers that is down; null where it is up. */
export function serverNotice(faults: ActiveFaults): Refusal | null {
  const lost = faults.get('server_lost')
  return lost ? SERVER_LOST[lost.code] : null
}

function restore(streams: 'lost' | 'kept' | 'unsaid', world: World): void {
  if (streams === 'kept') {
    tellAll(world, {
      code: 1_102,
      text: 'Connectivity between IB and TWS has been restored - data maintained.',
    })
    return
  }
  for (const { client } of world.served) {
    for (const request of [...(client()?.open.values() ?? [])]) {
      if (streams === 'unsaid') request.mute()
      else if (request.kind !== 'answer') request.close()
    }
  }
  if (streams === 'unsaid') return
  tellAll(world, { code: 1_101, text: 'Connectivity between IB and TWS has been restored - data lost.' })
}

export const COMPETING: Refusal = {
  code: 10_197,
  text: 'No market data during competing live session',
}

function compete(world: World): void {
  for (const { client } of world.served) {
    for (const [requestId, request] of client()?.open ?? []) {
      if (request.kind === 'answer') continue
      request.mute()
      client()?.refuse(requestId, COMPETING)
    }
  }
}

function tellAll(world: World, { code, text }: Refusal): void {
  for (const { client } of world.served) client()?.refuse(-1, { code, text })
}

function sendAll(world: World, frames: string): void {
  for (const { client } of world.served) client()?.send(frames)
}

function flood(world: World, count: number, from = 0): void {
  const until = Math.min(count, from + FLOOD_BATCH)
  sendAll(world, Array.from({ length: until - from }, (_, at) => floodError(from + at)).join(''))
  if (until < count) world.timeline.after(0, () => flood(world, count, until))
}
