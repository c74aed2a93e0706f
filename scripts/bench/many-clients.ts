import { systemClock } from '../../src/market/clock.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { BENCHMARK_SEED, BENCHMARK_TIME, startBenchmarkGateway } from './benchmark-gateway.ts'
import { openRawTickClient } from './raw-tick-client.ts'

/** Between the updates of an option's stream, ms. */
const INTERVAL_MS = 1_000

export interface ClientsResult {
  readonly streams: number
  /** Streams that had sent a price by the end. */
  readonly alive: number
  readonly ticksPerSecond: number
  /** How much later than the interval an update arrived, of 99 in 100 updates at most, ms. */
  readonly lateP99Ms: number
  readonly residentBytes: number
  readonly gatewayCores: number
}

/** So many clients, each with so many streams of options of the synthetic market, no two of the same contract. */
export async function measureClients(load: {
  readonly clients: number
  readonly lines: number
  readonly seconds: number
}): Promise<ClientsResult> {
  const streams = load.clients * load.lines
  const gateway = await startBenchmarkGateway({
    market: 'synthetic',
    options: { lines: streams, messagesPerSecond: 100_000, updateIntervalMs: INTERVAL_MS },
  })
  const contracts = contractIds(streams)
  const lastAtMs = new Float64Array(streams)
  const priced = new Uint8Array(streams)
  const lateMs: number[] = []
  let isMeasuring = false
  const clients = await Promise.all(
    Array.from({ length: load.clients }, (_, client) =>
      openRawTickClient(gateway.port, client + 1, {
        onPrice: (requestId) => {
          priced[client * load.lines + requestId - 1] = 1
        },
        onModel: (requestId, atMs) => {
          const stream = client * load.lines + requestId - 1
          const before = lastAtMs[stream] as number
          if (isMeasuring && before !== 0) lateMs.push(latenessOf(atMs - before))
          lastAtMs[stream] = atMs
        },
      }),
    ),
  )
  try {
    for (const [index, client] of clients.entries()) {
      for (let line = 1; line <= load.lines; line++) {
        client.stream(line, contracts[index * load.lines + line - 1] as number)
      }
    }
    await systemClock.sleep(5_000)
    isMeasuring = true
    const ticksNow = () => clients.reduce((sum, { ticks }) => sum + ticks, 0)
    const before = { ticks: ticksNow(), usage: await gateway.usage(), atMs: performance.now() }
    await systemClock.sleep(1_000 * load.seconds)
    const elapsedMs = performance.now() - before.atMs
    const ticks = ticksNow() - before.ticks
    const usage = await gateway.usage()
    return {
      streams,
      alive: priced.reduce((sum, one) => sum + one, 0),
      ticksPerSecond: (1_000 * ticks) / elapsedMs,
      lateP99Ms: quantile(lateMs, 0.99),
      residentBytes: usage.residentBytes,
      gatewayCores: (usage.processorMs - before.usage.processorMs) / elapsedMs,
    }
  } finally {
    for (const client of clients) client.close()
    gateway.stop()
  }
}

/** An update without a change sends nothing, so a gap can be several intervals. */
function latenessOf(gapMs: number): number {
  return Math.max(0, gapMs - INTERVAL_MS * Math.max(1, Math.round(gapMs / INTERVAL_MS)))
}

/** Options that have a model, spread over all expirations: those near the money send greeks at every update. */
function contractIds(count: number): number[] {
  const market = syntheticMarket({ seed: BENCHMARK_SEED, asOf: BENCHMARK_TIME })
  const spots = new Map(
    market
      .find({ secType: 'STK' })
      .map((stock) => [stock.symbol, market.quote(stock, BENCHMARK_TIME).last ?? 1] as const),
  )
  const distance = ({ symbol, strike }: { symbol: string; strike: number }) =>
    Math.abs(strike / (spots.get(symbol) as number) - 1)
  return market
    .find({ secType: 'OPT' })
    .filter(({ expiry }) => expiry > '20261201')
    .sort((a, b) => distance(a) - distance(b))
    .slice(0, count)
    .map(({ conId }) => conId)
}

function quantile(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no update arrived')
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number
}
