import { createServer, type Server, type Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gatewayOptions } from '../../src/gateway/session/options.ts'
import { openSession, type Session } from '../../src/gateway/session/session.ts'
import { systemClock } from '../../src/market/clock.ts'
import type { Tick } from '../../src/market/quote.ts'
import { conId } from '../../src/market/units.ts'
import { fuzzedFrame } from '../support/fuzz-frames.ts'
import { message, WELCOME } from '../support/raw-peer.ts'
import { type Campaign, randomOf, roundsOf } from './campaign.ts'

/** A batch in which the session ends is not counted, because the rest of it was not read. */
const FRAMES_A_BATCH = 100
/** After this many frames without a tick, a damaged length has swallowed them all; they are not counted either. */
const STALLED_FRAMES = 1_000
/** Memory is compared from here on, when modules are loaded and the largest buffers allocated. */
const WARM_UP_FRACTION = 0.2

interface Tally {
  read: number
  sessions: number
  stalled: number
  ticks: number
  absurdTicks: number
  throws: number
  defects: number
  readonly ends: Record<string, number>
  readonly details: string[]
}

/** A peer that completes the handshake with every client. The campaign then writes to its socket. */
interface Peer {
  readonly port: number
  /** The latest client's socket. */
  socket(): Socket | null
  close(): Promise<void>
}

const GREETING = message('176', '20261119 12:00:00 EST')
const STARTED = Buffer.concat(WELCOME)

async function openPeer(): Promise<Peer> {
  let latest: Socket | null = null
  const server: Server = createServer((socket) => {
    latest = socket
    let chunks = 0
    socket.setNoDelay(true)
    // The client may close it at any time.
    socket.on('error', () => socket.destroy())
    socket.on('data', () => {
      chunks += 1
      if (chunks === 1) socket.write(GREETING)
      if (chunks === 2) socket.write(STARTED)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as { port: number }).port,
    socket: () => latest,
    close: () =>
      new Promise((resolve) => {
        latest?.destroy()
        server.close(() => resolve())
      }),
  }
}

async function openFuzzed(peer: Peer, tally: Tally): Promise<Session> {
  const options = gatewayOptions.parse({ port: peer.port, connectAttempts: 1, farmNoticeWaitMs: 20 })
  const session = await openSession(options, { clock: systemClock })
  tally.sessions += 1
  void session.ended.then((end) => {
    tally.ends[end.reason] = (tally.ends[end.reason] ?? 0) + 1
    if (end.reason !== 'defect') return
    tally.defects += 1
    if (tally.details.length < 5) tally.details.push(String((end.cause as Error)?.stack ?? end.message))
  })
  // Two streams, with the request ids that the frames use.
  for (const onTick of [countTick, countTick]) {
    await session.subscribe(
      { conId: conId(1), exchange: 'SMART' },
      { genericTicks: '101', onTick: (tick) => onTick(tick, tally), onNotice: () => {} },
    )
  }
  return session
}

function countTick(tick: Tick, tally: Tally): void {
  tally.ticks += 1
  const values =
    'value' in tick ? [tick.value] : tick.field === 'modelGreeks' ? Object.values(tick.greeks) : []
  if (values.some((value) => value !== null && !(Math.abs(value) < 1e300))) tally.absurdTicks += 1
}

/** Sends a batch in random chunks, and waits for a full socket to drain. */
async function send(socket: Socket, bytes: Buffer, random: () => number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; ) {
    const end = at + 1 + Math.floor(random() ** 4 * 16_384)
    const isRoom = socket.write(bytes.subarray(at, end))
    at = end
    if (!isRoom) await Promise.race([once(socket, 'drain'), once(socket, 'close')])
    else if (random() < 0.1) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Waits until the session has read that many bytes; false when it ended before. */
async function hasRead(session: Session, untilBytes: number): Promise<boolean> {
  while (session.isOpen && session.counters().bytesReceived < untilBytes) {
    await new Promise((resolve) => setImmediate(resolve))
  }
  return session.isOpen
}

const once = (socket: Socket, event: 'drain' | 'close') =>
  new Promise<void>((resolve) => void socket.once(event, () => resolve()))

function collectGarbage(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / 2 ** 20
}

/** Sends until `frames` frames were read. Resolves with the growth of memory, MiB. */
async function fuzzAll(frames: number, random: () => number, tally: Tally): Promise<number> {
  const peer = await openPeer()
  let session = await openFuzzed(peer, tally)
  let warmMiB = Number.NaN
  let sinceLastTick = 0
  while (tally.read < frames) {
    if (Number.isNaN(warmMiB) && tally.read >= frames * WARM_UP_FRACTION) warmMiB = collectGarbage()
    if (!session.isOpen) session = await openFuzzed(peer, tally)
    const ticksBefore = tally.ticks
    sinceLastTick = (await sendBatch(session, peer, random)) ? sinceLastTick + FRAMES_A_BATCH : 0
    if (tally.ticks > ticksBefore) {
      tally.read += sinceLastTick
      sinceLastTick = 0
    } else if (sinceLastTick >= STALLED_FRAMES) {
      // The heartbeat would notice this.
      tally.stalled += 1
      sinceLastTick = 0
      await session.close()
    }
  }
  await session.close()
  await peer.close()
  await systemClock.sleep(50)
  return collectGarbage() - warmMiB
}

/** False when the session ended during the batch. */
async function sendBatch(session: Session, peer: Peer, random: () => number): Promise<boolean> {
  const batch = Buffer.concat(Array.from({ length: FRAMES_A_BATCH }, () => fuzzedFrame(random)))
  const readBefore = session.counters().bytesReceived
  const socket = peer.socket()
  if (socket) await send(socket, batch, random)
  return hasRead(session, readBefore + batch.length)
}

/** Figure 16: frames changed at random, cut at random. */
export const fuzz: Campaign = {
  name: 'fuzz',
  summary: '1,000,000 frames changed and cut at random (figure 16)',
  takes: '2 minutes',
  run: async (options) => {
    const frames = roundsOf(options, 1_000_000, 30_000)
    const random = randomOf(options.seed)
    const tally: Tally = {
      read: 0,
      sessions: 0,
      stalled: 0,
      ticks: 0,
      absurdTicks: 0,
      throws: 0,
      defects: 0,
      ends: {},
      details: [],
    }
    const onThrow = (error: unknown) => {
      tally.throws += 1
      if (tally.details.length < 5) tally.details.push(String((error as Error)?.stack ?? error))
    }
    process.on('uncaughtException', onThrow)
    process.on('unhandledRejection', onThrow)
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    const grownMiB = await fuzzAll(frames, random, tally)
    delay.disable()
    process.off('uncaughtException', onThrow)
    process.off('unhandledRejection', onThrow)
    report(tally)
    return [
      { name: 'frames', value: tally.read, unit: 'frames', atLeast: frames },
      { name: 'thrown out of the client', value: tally.throws + tally.defects, unit: 'errors', atMost: 0 },
      { name: 'longest stall of the event loop', value: delay.max / 1e6, unit: 'ms', atMost: 1_000 },
      { name: 'memory grown after the warm-up', value: grownMiB, unit: 'MiB', atMost: 64 },
      { name: 'ticks with values that are no numbers', value: tally.absurdTicks, unit: 'ticks', atMost: 0 },
    ]
  },
}

function report({ sessions, stalled, ticks, ends, details }: Tally): void {
  const by = Object.entries(ends).map(([reason, count]) => `${reason} ${count}`)
  console.log(
    `${sessions} sessions (${by.join(', ')}; ${stalled} of the closed ones had stalled), ${ticks} ticks`,
  )
  for (const detail of details) console.log(detail)
}
