import type { Socket } from 'node:net'
import { FARMS, type FarmKind } from './faults/faults.ts'
import { farmNotice, serverNotice } from './faults/inject.ts'
import { REFUSALS, type Refusal } from './limits.ts'
import { REQUESTS } from './requests/requests.ts'
import type { Client, OpenRequest, Served, World } from './state.ts'
import { createFrameReader, Malformed, negotiateVersion, readFields, splitFields } from './wire/frames.ts'
import { errorMessage, managedAccounts, nextValidId, serverGreeting } from './wire/messages.ts'
import { gatewayTime } from './wire/times.ts'

const START_API = 71
/** A client that leaves this much unread is cut off, as IB cuts off a slow reader. */
const BACKLOG_LIMIT_BYTES = 64 * 2 ** 20
/** How long a client may take to close its side of a connection that was ended. */
const LINGER_MS = 1_000

const FARM_KINDS = Object.keys(FARMS) as FarmKind[]

/** Where a connection stands: its version range comes first, then startApi, then anything. */
type Phase =
  | { readonly name: 'greeting' }
  | { readonly name: 'negotiated'; readonly serverVersion: number }
  | { readonly name: 'started'; readonly client: Client }
  | { readonly name: 'closed' }

/** Serves one client until its socket closes. */
export function serveConnection(socket: Socket, world: World): void {
  const reader = createFrameReader()
  const open = new Map<number, OpenRequest>()
  let phase: Phase = { name: 'greeting' }
  let outgoing = ''
  let breaches = 0
  let isHeld = false
  let hasVanished = false

  function send(frames: string): void {
    if (phase.name === 'closed' || hasVanished) return
    if (outgoing === '') setImmediate(flush)
    outgoing += frames
  }

  function flush(): void {
    if (outgoing === '' || socket.destroyed || isHeld) return
    socket.write(outgoing, 'latin1')
    outgoing = ''
    if (socket.writableLength <= BACKLOG_LIMIT_BYTES) return
    world.tally.droppedForBacklog++
    socket.destroy()
  }

  /** Sends what is queued, then ends the connection. */
  function drop(): void {
    flush()
    release()
    socket.end()
    // Closing over unread bytes resets the connection, and the client would lose the error that was just sent.
    world.timeline.after(LINGER_MS, () => socket.destroy())
  }

  const served: Served = {
    client: () => (phase.name === 'started' ? phase.client : null),
    drop: () => {
      release()
      socket.destroy()
    },
    vanish: () => {
      // Before the last bytes leave: a network does not wait for the end of a message.
      outgoing = ''
      hasVanished = true
      socket.pause()
      release()
    },
    hold: () => {
      isHeld = true
      socket.pause()
    },
    resume: () => {
      isHeld = false
      socket.resume()
      flush()
    },
  }

  function release(): void {
    world.served.delete(served)
    if (phase.name === 'started') world.clientIds.delete(phase.client.clientId)
    for (const request of [...open.values()]) request.close()
    phase = { name: 'closed' }
  }

  function refuse(requestId: number, refusal: Refusal): void {
    world.tally.errors[refusal.code] = (world.tally.errors[refusal.code] ?? 0) + 1
    send(errorMessage(requestId, refusal.code, refusal.text))
  }

  function onFrame(frame: string): void {
    if (phase.name === 'greeting') negotiate(frame)
    else if (phase.name !== 'closed') onMessage(splitFields(frame))
  }

  function negotiate(range: string): void {
    const serverVersion = negotiateVersion(range)
    if (serverVersion === null) {
      drop()
      return
    }
    send(serverGreeting(serverVersion, gatewayTime(world.clock.now())))
    phase = { name: 'negotiated', serverVersion }
  }

  function onMessage(values: readonly string[]): void {
    const messageId = readFields(values).integer()
    if (phase.name === 'negotiated') {
      // A gateway does not hear requests before startApi.
      if (messageId === START_API) start(values, phase.serverVersion)
      return
    }
    if (phase.name !== 'started') return
    const request = REQUESTS[messageId]
    count(world.tally.received, request?.name ?? 'unknown')
    const idField = request?.idField
    if (isAboveRate(idField === undefined ? -1 : readFields(values, idField).integer())) return
    if (request) request.answer(phase.client, readFields(values, 1), world)
    else refuse(-1, REFUSALS.invalid(`message ${messageId} is not simulated`))
  }

  /** `71|2|clientId|optional capabilities` */
  function start(values: readonly string[], serverVersion: number): void {
    // The gateway waits for a person who confirms the login.
    if (world.faults.has('second_factor')) return
    const clientId = readFields(values, 2).integer()
    if (world.clientIds.has(clientId) || world.faults.has('client_id_in_use')) {
      refuse(-1, REFUSALS.clientIdInUse())
      drop()
      return
    }
    world.clientIds.add(clientId)
    phase = { name: 'started', client: { clientId, serverVersion, open, send, refuse } }
    send(managedAccounts(world.options.account) + nextValidId(world.nextOrderId))
    const broken = world.faults.get('farm_broken')?.farm
    for (const farm of FARM_KINDS) {
      const { code, text } = farmNotice(farm, farm === broken ? 'broken' : 'ok')
      send(errorMessage(-1, code, text))
    }
    const lost = serverNotice(world.faults)
    if (lost) refuse(-1, lost)
  }

  /** Counts the message; above the rate it is refused, and the last of too many breaches ends the connection. */
  function isAboveRate(requestId: number): boolean {
    const { messagesPerSecond, breachesBeforeDrop } = world.options
    const inWindow = world.rate.record(world.clock.monotonicMs())
    if (inWindow <= messagesPerSecond) return false
    breaches++
    refuse(requestId, REFUSALS.rate(messagesPerSecond, { inWindow, breach: breaches }))
    if (breaches >= breachesBeforeDrop) {
      world.tally.droppedForRate++
      drop()
    }
    return true
  }

  world.tally.connections++
  world.served.add(served)
  socket.setNoDelay(true)
  socket.on('data', (chunk) => {
    if (phase.name === 'closed') return
    try {
      for (const frame of reader.push(chunk)) onFrame(frame)
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      world.tally.malformed++
      drop()
    }
  })
  // A reset by the client is an ordinary end: `close` follows.
  socket.on('error', () => socket.destroy())
  socket.on('close', release)
  if (world.faults.has('freeze')) served.hold()
}

function count(tally: Record<string, number>, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1
}
