import { newYorkInstant } from '../../../src/market/calendar.ts'
import { sessionDate } from '../../../src/market/units.ts'
import type { ApiError } from '../../../src/simulator/errors.ts'
import type { Market, SimContract, SimQuote } from '../../../src/simulator/market/market.ts'
import { simulatorOptions } from '../../../src/simulator/options.ts'
import type { RequestTable } from '../../../src/simulator/requests/request.ts'
import { type Client, createState, type SimulatorState } from '../../../src/simulator/state.ts'
import { readFields } from '../../../src/simulator/wire/frames.ts'
import { type ManualClock, manualClock } from '../../support/manual-clock.ts'
import { stubMarket } from '../stub-market.ts'

/** A client without a connection: requests go straight to a table, and what it is sent is kept. */
export interface RecordingClient extends Client {
  /** Serves a message with these fields, the id first. */
  request(...fields: ReadonlyArray<string | number>): void
  /** The fields of the frames sent since the last call. */
  taken(): string[][]
  readonly errors: Array<readonly [requestId: number, code: number, text: string]>
}

export function recordingClient(table: RequestTable, state: SimulatorState, clientId = 1): RecordingClient {
  let frames: string[][] = []
  const errors: Array<readonly [number, number, string]> = []
  const client: RecordingClient = {
    clientId,
    serverVersion: 193,
    requestedDataType: 'live',
    bindsOrders: false,
    open: new Map(),
    subscriptions: new Map(),
    errors,
    send: (text) => frames.push(...framesOf(text)),
    sendError: (requestId: number, { code, text }: ApiError) => void errors.push([requestId, code, text]),
    request: (...fields) => {
      const values = fields.map(String)
      table[Number(values[0])]?.answer(client, readFields(values, 1), state)
    },
    taken: () => {
      const taken = frames
      frames = []
      return taken
    },
  }
  return client
}

function framesOf(text: string): string[][] {
  const bytes = Buffer.from(text, 'latin1')
  const frames: string[][] = []
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at)
    frames.push(bytes.toString('latin1', at + 4, end - 1).split('\0'))
    at = end
  }
  return frames
}

/** A gateway at noon of a trading day, whose quotes a test sets. */
export interface Bench {
  readonly state: SimulatorState
  readonly clock: ManualClock
  /** Quotes by contract id. Anything else has no quote. */
  readonly quotes: Map<number, SimQuote>
  /** Buys (above 0) or sells at the market, at once. */
  trade(contract: SimContract, quantity: number): void
}

export function bench(market: Partial<Market> = {}, options: object = {}): Bench {
  const quotes = new Map<number, SimQuote>()
  const clock = manualClock(newYorkInstant(sessionDate('2026-11-20'), '12:00'))
  const state = createState(
    { ...stubMarket(), quote: ({ conId }) => quotes.get(conId) ?? {}, ...market },
    simulatorOptions.parse(options),
    { clock, seed: 7 },
  )
  let orderId = 0
  return {
    state,
    clock,
    quotes,
    trade: (contract, quantity) => {
      const refused = state.broker.place(
        { clientId: 1, orderId: ++orderId },
        {
          instrument: { kind: 'single', contract, exchange: contract.exchange },
          terms: {
            side: quantity > 0 ? 'BUY' : 'SELL',
            quantity: Math.abs(quantity),
            limitPrice: null,
            timeInForce: 'DAY',
            outsideRth: false,
            transmit: true,
          },
          attributes: {},
        },
      )
      if (refused || state.broker.openOrders().length > 0) throw new Error(`not filled: ${refused?.text}`)
    },
  }
}

/** A quote of one price on both sides, deep enough for any order of a test. */
export function quoted(price: number, more: SimQuote = {}): SimQuote {
  return { bid: price, ask: price, bidSize: 1e6, askSize: 1e6, ...more }
}
