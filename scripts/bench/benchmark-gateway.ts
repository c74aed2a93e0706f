/**
 * A simulated gateway in a process of its own, for benchmarks: `fork`ed with its settings as JSON, it reports its port,
 * and its memory and processor time when asked; it ends with its parent.
 */
import { fork } from 'node:child_process'
import { newYorkInstant } from '../../src/market/calendar.ts'
import { clockFrom } from '../../src/market/clock.ts'
import { sessionDate } from '../../src/market/units.ts'
import type { Market, SimContract, SimQuote } from '../../src/simulator/market/market.ts'
import { syntheticMarket } from '../../src/simulator/market/synthetic/synthetic.ts'
import { simulatorOptions } from '../../src/simulator/options.ts'
import { startSimulator } from '../../src/simulator/server.ts'

export interface GatewaySettings {
  /** `ticking`: stocks whose whole quote changes whenever it is looked at. `synthetic`: the product's own. */
  readonly market: 'ticking' | 'synthetic'
  readonly options: object
}

/** What the gateway's process has used so far. */
export interface GatewayUsage {
  readonly residentBytes: number
  readonly processorMs: number
}

export interface BenchmarkGateway {
  readonly port: number
  usage(): Promise<GatewayUsage>
  stop(): void
}

/** Contract ids of the ticking market: 1 to this. */
export const TICKING_CONTRACTS = 2_000
export const BENCHMARK_TIME = newYorkInstant(sessionDate('2026-11-19'), '10:00')
export const BENCHMARK_SEED = 7

export async function startBenchmarkGateway(settings: GatewaySettings): Promise<BenchmarkGateway> {
  const child = fork(import.meta.filename, [JSON.stringify(settings)])
  const next = <Reply>() =>
    new Promise<Reply>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Reply))
      child.once('exit', (code) => reject(new Error(`the gateway of the benchmark ended with code ${code}`)))
    })
  const { port } = await next<{ port: number }>()
  return {
    port,
    usage: () => {
      const reply = next<GatewayUsage>()
      child.send('usage')
      return reply
    },
    stop: () => child.disconnect(),
  }
}

if (process.send && process.argv[1] === import.meta.filename) await serve(JSON.parse(process.argv[2] ?? '{}'))

async function serve({ market, options }: GatewaySettings): Promise<void> {
  const clock = clockFrom(BENCHMARK_TIME)
  const served =
    market === 'ticking' ? tickingMarket() : syntheticMarket({ seed: BENCHMARK_SEED, asOf: clock.now() })
  const simulator = await startSimulator(served, simulatorOptions.parse(options), {
    clock,
    seed: BENCHMARK_SEED,
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    const usage: GatewayUsage = {
      residentBytes: process.memoryUsage().rss,
      processorMs: (user + system) / 1_000,
    }
    process.send?.(usage)
  })
  process.on('disconnect', () => process.exit())
  process.send?.({ port: simulator.port })
}

/** Every look at a quote is a change of all its fields: six messages. */
function tickingMarket(): Market {
  const contracts = Array.from({ length: TICKING_CONTRACTS }, (_, index) => stock(index + 1))
  let looks = 0
  // Primes: a round of any number of streams never gives a stream the quote that it had.
  const quote = ({ conId }: SimContract): SimQuote => {
    looks++
    const cents = (looks % 997) / 100
    return {
      bid: conId + cents,
      ask: conId + cents + 0.01,
      bidSize: 100 + (looks % 883),
      askSize: 200 + (looks % 883),
      last: conId + cents,
      volume: looks,
    }
  }
  return {
    find: ({ conId }) => contracts.slice((conId ?? 1) - 1, conId ?? TICKING_CONTRACTS),
    byConId: (conId) => contracts[conId - 1],
    chainRows: () => [],
    quote,
    bars: () => [],
    headTimestamp: () => null,
    trades: () => [],
    quoteChanges: () => [],
    hours: () => ({ timeZoneId: 'US/Eastern', tradingHours: '', liquidHours: '' }),
  }
}

function stock(conId: number): SimContract {
  const symbol = `T${conId}`
  return {
    ...{ conId, symbol, secType: 'STK', exchange: 'SMART', primaryExchange: '', currency: 'USD' },
    ...{ localSymbol: symbol, tradingClass: symbol, multiplier: '', expiry: '', strike: 0, right: '' },
    ...{ minTick: 0.01, longName: symbol, underlyingConId: 0 },
  } as const
}
