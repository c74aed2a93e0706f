import { EventName, IBApi, IBApiTickType } from '@stoqey/ib'
import { systemClock } from '../../src/market/clock.ts'
import { startBenchmarkGateway } from './benchmark-gateway.ts'
import { openRawTickClient } from './raw-tick-client.ts'

/** Streams of one client, each with a new quote of six messages at every update. */
const STREAMS = 1_000
const MESSAGES_PER_UPDATE = 6
/** Ticks a second that are offered, well above the goal and what @stoqey/ib decodes. */
const OFFERED = 600_000
const UPDATE_MS = (1_000 * STREAMS * MESSAGES_PER_UPDATE) / OFFERED

export interface TickRate {
  readonly ticksPerSecond: number
  /** Share of a core that the gateway used. */
  readonly gatewayCores: number
}

export type TickReader = 'raw' | 'stoqey'

/** Ticks a second that one client of the kind receives, for so many seconds after the first. */
export async function measureTicks(reader: TickReader, seconds: number): Promise<TickRate> {
  const gateway = await startBenchmarkGateway({
    market: 'ticking',
    options: { lines: STREAMS, messagesPerSecond: 100_000, underlyingUpdateIntervalMs: UPDATE_MS },
  })
  const client = reader === 'raw' ? await rawReader(gateway.port) : await stoqeyReader(gateway.port)
  try {
    await systemClock.sleep(1_500)
    const before = { ticks: client.ticks(), usage: await gateway.usage(), atMs: performance.now() }
    await systemClock.sleep(1_000 * seconds)
    const ticks = client.ticks() - before.ticks
    const elapsedMs = performance.now() - before.atMs
    const usage = await gateway.usage()
    return {
      ticksPerSecond: (1_000 * ticks) / elapsedMs,
      gatewayCores: (usage.processorMs - before.usage.processorMs) / elapsedMs,
    }
  } finally {
    client.close()
    gateway.stop()
  }
}

interface Reader {
  ticks(): number
  close(): void
}

async function rawReader(port: number): Promise<Reader> {
  const client = await openRawTickClient(port, 1)
  for (let stream = 1; stream <= STREAMS; stream++) client.stream(stream, stream)
  return { ticks: () => client.ticks, close: client.close }
}

/** Counts the bids it decodes: one in each update. */
async function stoqeyReader(port: number): Promise<Reader> {
  const api = new IBApi({ host: '127.0.0.1', port, clientId: 1, maxReqPerSec: 1e6 })
  let updates = 0
  api.on(EventName.tickPrice, (_id, field) => {
    if (field === IBApiTickType.BID) updates++
  })
  const ready = new Promise<void>((resolve) => api.once(EventName.nextValidId, () => resolve()))
  api.connect()
  await ready
  for (let stream = 1; stream <= STREAMS; stream++) {
    api.reqMktData(stream, { conId: stream, exchange: 'SMART' }, '', false, false)
  }
  return { ticks: () => updates * MESSAGES_PER_UPDATE, close: () => void api.disconnect() }
}
