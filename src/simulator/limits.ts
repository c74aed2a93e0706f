import type { SimContract } from './market/market.ts'

const SECOND_MS = 1_000

/** Counts messages in the second that ends at each of them, as the far side of a rate limit sees it. */
export interface RateWindow {
  /** How many messages fell into (now − 1 s, now], this one included. `nowMs` never goes back. */
  record(nowMs: number): number
  /** The most that any one-second window has held. */
  readonly peak: number
}

export function createRateWindow(): RateWindow {
  let times: number[] = []
  let oldest = 0
  let peak = 0
  return {
    record: (nowMs) => {
      times.push(nowMs)
      while ((times[oldest] as number) <= nowMs - SECOND_MS) oldest++
      const inWindow = times.length - oldest
      if (oldest > 1_024 && oldest > inWindow) {
        times = times.slice(oldest)
        oldest = 0
      }
      peak = Math.max(peak, inWindow)
      return inWindow
    },
    get peak() {
      return peak
    },
  }
}

/** The market-data lines of one login: all its clients draw from the same. */
export interface LinePool {
  /** False when none is free. */
  take(): boolean
  release(): void
  readonly inUse: number
  readonly peak: number
}

export function createLinePool(limit: number): LinePool {
  let inUse = 0
  let peak = 0
  return {
    take: () => {
      if (inUse >= limit) return false
      inUse++
      peak = Math.max(peak, inUse)
      return true
    },
    release: () => {
      if (inUse === 0) throw new Error('a market-data line was released twice')
      inUse--
    },
    get inUse() {
      return inUse
    },
    get peak() {
      return peak
    },
  }
}

/** An error of the protocol, as it goes to a client. */
export interface Refusal {
  readonly code: number
  readonly text: string
}

/** The texts are IB's, as far as clients are known to match on them; the codes are what to go by. */
export const REFUSALS = {
  rate: (limit: number, received: { inWindow: number; breach: number }): Refusal => ({
    code: 100,
    text: `Max rate of messages per second has been exceeded:max=${limit} rec=${received.inWindow} (${received.breach})`,
  }),
  lines: (): Refusal => ({ code: 101, text: 'Max number of tickers has been reached' }),
  noData: (what: string): Refusal => ({
    code: 162,
    text: `Historical Market Data Service error message:HMDS query returned no data: ${what}`,
  }),
  historyService: (): Refusal => ({
    code: 162,
    text: 'Historical Market Data Service error message:API historical data query cancelled: pacing violation',
  }),
  unknownContract: (): Refusal => ({
    code: 200,
    text: 'No security definition has been found for the request',
  }),
  ambiguousContract: (symbol: string): Refusal => ({
    code: 200,
    text: `The contract description specified for ${symbol} is ambiguous.`,
  }),
  unknownId: (requestId: number): Refusal => ({
    code: 300,
    text: `Can't find EId with tickerId:${requestId}`,
  }),
  invalid: (cause: string): Refusal => ({
    code: 321,
    text: `Error validating request.-'sim' : cause - ${cause}`,
  }),
  duplicateId: (): Refusal => ({
    code: 322,
    text: "Error processing request.-'sim' : cause - Duplicate ticker id",
  }),
  clientIdInUse: (): Refusal => ({
    code: 326,
    text: 'Unable to connect as the client id is already in use. Retry with a unique client id.',
  }),
} as const

/** Generic ticks that a request for streaming data may name; 104, historical volatility, is refused as IB refuses it. */
const GENERIC_TICKS = new Set(
  '100,101,105,106,165,221,225,232,233,236,258,292,293,294,295,318,375,411,456,460,586,587,588,595,619'.split(
    ',',
  ),
)

export interface MarketDataRequest {
  readonly genericTicks: string
  readonly snapshot: boolean
  readonly exchange: string
}

/** Why a request for market data is not valid in itself, or null where it is. */
export function invalidRequest(request: MarketDataRequest): Refusal | null {
  if (request.exchange === '') return REFUSALS.invalid('Please enter exchange')
  const ticks = genericTicksOf(request.genericTicks)
  if (request.snapshot && ticks.length > 0) {
    return REFUSALS.invalid('Snapshot market data subscription is not applicable to generic ticks')
  }
  const illegal = ticks.filter((tick) => !GENERIC_TICKS.has(tick))
  if (illegal.length === 0) return null
  return REFUSALS.invalid(
    `Incorrect generic tick list of ${illegal.join(',')}. Legal ones are: ${[...GENERIC_TICKS].join(',')}`,
  )
}

/** `"101, 106"` → `['101', '106']`. */
export function genericTicksOf(list: string): string[] {
  return list
    .split(',')
    .map((tick) => tick.trim())
    .filter((tick) => tick !== '')
}

/** The one contract that market data can be served of, or why there is none. */
export function onlyContract(found: readonly SimContract[]): SimContract | Refusal {
  const [contract, second] = found
  if (!contract) return REFUSALS.unknownContract()
  return second ? REFUSALS.ambiguousContract(contract.symbol) : contract
}
