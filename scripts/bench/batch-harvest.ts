import { type Contract, EventName, IBApi, OptionType, SecType } from '@stoqey/ib'
import type { OptionContract } from '../../src/market/contract.ts'

/** The result of one batch method. */
export interface BatchResult {
  readonly contracts: number
  readonly seconds: number
  /** Contracts with bid, ask and model greeks. */
  readonly complete: number
}

/** The library's limiter at 50 lets 55 messages through; 40 is the highest rate at which it is not disconnected. */
const LIBRARY_RATE = 40
const BATCH = 100
const STREAM_TIMEOUT_MS = 4_000
const SNAPSHOT_TIMEOUT_MS = 12_000
const MODEL_OPTION = 13
const BID = 1
const ASK = 2

/** A connection of the library with its built-in limiter, as in its examples. */
async function openApi(port: number): Promise<IBApi> {
  const api = new IBApi({ host: '127.0.0.1', port, clientId: 99, maxReqPerSec: LIBRARY_RATE })
  api.on(EventName.error, () => {})
  await new Promise<void>((resolve) => {
    api.once(EventName.nextValidId, () => resolve())
    api.connect()
  })
  return api
}

/** Requests in batches. The next batch starts when every contract of this one is complete, or at the time-out. */
async function inBatches(
  port: number,
  contracts: readonly OptionContract[],
  { snapshot, timeoutMs }: { snapshot: boolean; timeoutMs: number },
): Promise<BatchResult> {
  const api = await openApi(port)
  const received = new Map<number, Set<number>>()
  let open = new Set<number>()
  let allOver = () => {}
  const isWhole = (id: number) => [BID, ASK, MODEL_OPTION].every((tick) => received.get(id)?.has(tick))
  const over = (id: number) => {
    open.delete(id)
    if (open.size === 0) allOver()
  }
  const receive = (id: number, tick: number) => {
    received.get(id)?.add(tick)
    if (!snapshot && isWhole(id)) over(id)
  }
  api.on(EventName.tickPrice, (id, tick) => receive(id, tick as number))
  api.on(EventName.tickOptionComputation, (id, tick) => receive(id, tick as number))
  api.on(EventName.tickSnapshotEnd, over)

  const startedAtMs = performance.now()
  for (let from = 0; from < contracts.length; from += BATCH) {
    const batch = contracts.slice(from, from + BATCH)
    open = new Set(batch.map((_, at) => 1_000 + from + at))
    const finished = new Promise<void>((resolve) => {
      allOver = resolve
    })
    for (const [at, contract] of batch.entries()) {
      const id = 1_000 + from + at
      received.set(id, new Set())
      api.reqMktData(id, contractOf(contract), '', snapshot, false)
    }
    // The time the limiter needs to send the batch; then the time-out of its last contract begins.
    const sendingMs = (batch.length / LIBRARY_RATE) * 1_000
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, sendingMs + timeoutMs))])
    if (!snapshot) for (const at of batch.keys()) api.cancelMktData(1_000 + from + at)
  }
  const seconds = (performance.now() - startedAtMs) / 1_000
  api.disconnect()
  const complete = [...received.keys()].filter(isWhole).length
  return { contracts: contracts.length, seconds, complete }
}

/** `snapshot=true`, a hundred at a time, each awaited to its end. */
export function snapshotsInBatches(port: number, contracts: readonly OptionContract[]): Promise<BatchResult> {
  return inBatches(port, contracts, { snapshot: true, timeoutMs: SNAPSHOT_TIMEOUT_MS })
}

/** Streams, a hundred at a time, cancelled when all are complete or after four seconds. */
export function streamsInBatches(port: number, contracts: readonly OptionContract[]): Promise<BatchResult> {
  return inBatches(port, contracts, { snapshot: false, timeoutMs: STREAM_TIMEOUT_MS })
}

function contractOf({ conId, symbol, expiry, strike, right }: OptionContract): Contract {
  return {
    conId,
    symbol,
    secType: SecType.OPT,
    lastTradeDateOrContractMonth: expiry,
    strike,
    right: right === 'C' ? OptionType.Call : OptionType.Put,
    multiplier: 100,
    exchange: 'SMART',
    currency: 'USD',
  }
}
