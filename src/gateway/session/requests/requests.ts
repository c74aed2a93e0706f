import {
  BarSizeSetting,
  type Contract,
  EventName,
  type ContractDetails as LibraryDetails,
  OptionType,
  SecType,
  WhatToShow,
} from '@stoqey/ib'
import type { Clock } from '../../../market/clock.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { RequestRefused } from '../errors.ts'
import type { Notice } from '../notices.ts'
import type { GatewayOptions } from '../options.ts'
import type { SendQueue } from '../sending/send-queue.ts'
import * as decode from '../wire/decode.ts'
import type { Link } from '../wire/link.ts'
import { wireSymbol } from '../wire/symbols.ts'
import type {
  BarsRequest,
  ChainListing,
  ContractDetails,
  ContractQuery,
  DailyBar,
  Subscribable,
} from './contracts.ts'
import { createRowRequests, type RowRequests } from './row-requests.ts'
import { createTurns } from './turns.ts'

interface DetailsParts {
  /** Each contract as it arrives. */
  onRow(row: ContractDetails): void
  /** All contracts of an answer that ends only after the request has timed out. */
  onLate(rows: readonly ContractDetails[]): void
}

/** What options are listed on. */
interface ListedUnderlying {
  readonly symbol: string
  readonly conId: number
  readonly secType: 'STK' | 'IND' | 'FUT'
  readonly exchange?: string
}

/** Requests with one answer, as opposed to streams. */
export interface Requests {
  /** The gateway's time, to a second: IB's resolution. */
  currentTime(): Promise<EpochMs>
  /**
   * All contracts that match, in IB's order; [] if there are none. Only one such request for options is open at the
   * gateway at a time: the next one waits until it is answered or has timed out, even if its caller gave it up. Those for
   * stocks, indices and futures wait for no other, so that an unanswered one holds up nothing. `parts` gets what a caller
   * would lose when the answer breaks off or comes too late.
   */
  contractDetails(
    query: ContractQuery,
    signal?: AbortSignal,
    parts?: DetailsParts,
  ): Promise<ContractDetails[]>
  /**
   * The options listed on an underlying: one row for each exchange and trading class. Of a future only those of its own
   * exchange are asked for.
   */
  chainListings(underlying: ListedUnderlying, signal?: AbortSignal): Promise<ChainListing[]>
  /** In date order; [] if IB has none. */
  dailyBars(contract: Subscribable, request: BarsRequest, signal?: AbortSignal): Promise<DailyBar[]>
  /**
   * Sets the data type of later subscriptions: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. Resolves when it is
   * written.
   */
  setMarketDataType(type: 1 | 2 | 3 | 4): Promise<void>
  onNotice(notice: Notice): void
  /** Rejects all open requests: the session has ended. */
  fail(reason: Error): void
}

export function createRequests(
  link: Link,
  channel: { sendQueue: SendQueue; clock: Clock; nextId: () => number },
  options: GatewayOptions,
): Requests {
  const { api } = link
  const details = createRowRequests<LibraryDetails>(channel, options.contractDetailsTimeoutMs)
  /** Contract details of stocks, indices and futures. */
  const lookups = createRowRequests<LibraryDetails>(channel, options.contractDetailsTimeoutMs)
  const listings = createRowRequests<decode.RawListing>(channel, options.contractDetailsTimeoutMs)
  const bars = createRowRequests<decode.RawBar>(channel, options.historyTimeoutMs, (id) =>
    api.cancelHistoricalData(id),
  )
  const times = createRowRequests<number>(channel, options.requestTimeoutMs)
  const all = [details, lookups, listings, bars, times]

  for (const requests of [details, lookups]) {
    api.on(EventName.contractDetails, requests.onRow)
    api.on(EventName.contractDetailsEnd, requests.onEnd)
  }
  // biome-ignore format: the library's long argument list, on one line
  api.on(EventName.securityDefinitionOptionParameter, (id, exchange, underlyingConId, tradingClass, multiplier, expirations, strikes) => {
    listings.onRow(id, { exchange, underlyingConId, tradingClass, multiplier: Number(multiplier), expirations, strikes })
  })
  api.on(EventName.securityDefinitionOptionParameterEnd, listings.onEnd)
  // biome-ignore format: the library's long argument list, on one line
  api.on(EventName.historicalData, (id, date, open, high, low, close, volume) => {
    const bar = { date, open, high, low, close, volume }
    if (decode.isEndMark(bar)) bars.onEnd(id)
    else bars.onRow(id, bar)
  })

  // The answer carries no request id, so a call made while a request is open shares its answer.
  let timeId = 0
  let openTimeRequest: Promise<EpochMs> | undefined
  api.on(EventName.currentTime, (seconds) => {
    times.onRow(timeId, seconds)
    times.onEnd(timeId)
  })
  async function askTime(): Promise<EpochMs> {
    const write = (id: number) => {
      timeId = id
      api.reqCurrentTime()
    }
    const [seconds] = await times.ask('the current time', write)
    return epochMs((seconds ?? Number.NaN) * 1000)
  }

  const detailsTurns = createTurns(details.idle)
  async function askDetails(
    requests: RowRequests<LibraryDetails>,
    query: ContractQuery,
    signal?: AbortSignal,
    parts?: DetailsParts,
  ): Promise<ContractDetails[]> {
    const what = `contract details of ${describe(query)}`
    const write = (id: number) => void api.reqContractDetails(id, libraryContract(query))
    const caller = {
      signal,
      ...(parts && {
        onRow: (row: LibraryDetails) => parts.onRow(decode.contractDetailsFrom(row)),
        onLate: (rows: readonly LibraryDetails[]) => parts.onLate(rows.map(decode.contractDetailsFrom)),
      }),
    }
    const rows = await orEmpty(requests.ask(what, write, caller), (notice) => notice.code === 200)
    return rows.map(decode.contractDetailsFrom)
  }

  return {
    currentTime: () => {
      openTimeRequest ??= askTime().finally(() => {
        openTimeRequest = undefined
      })
      return openTimeRequest
    },
    contractDetails: (query, signal, parts) => {
      if (query.secType && LOOKUPS.has(query.secType)) return askDetails(lookups, query, signal, parts)
      // IB answers those of options one at a time: a second request would use up its time limit waiting.
      return detailsTurns.take(() => askDetails(details, query, signal, parts), signal)
    },
    chainListings: async ({ symbol, secType, conId, exchange }, signal) => {
      const futuresExchange = secType === 'FUT' ? (exchange ?? '') : ''
      const write = (id: number) =>
        void api.reqSecDefOptParams(id, wireSymbol(symbol), futuresExchange, SEC_TYPES[secType], conId)
      const rows = await listings.ask(`option chain of ${symbol}`, write, { signal })
      return rows.map(decode.chainListingFrom)
    },
    dailyBars: async (contract, request, signal) => {
      const what = `daily ${request.what} of contract ${contract.conId}`
      const { conId, exchange } = contract
      const end = decode.endTimeOf(request.endAt)
      const duration = decode.durationOf(request)
      const write = (id: number) =>
        void api.reqHistoricalData(
          id,
          { conId, exchange },
          end,
          duration,
          BarSizeSetting.DAYS_ONE,
          WhatToShow[request.what],
          1,
          1,
          false,
        )
      const rows = await orEmpty(bars.ask(what, write, { signal }), hasNoData)
      return rows.map(decode.dailyBarFrom)
    },
    setMarketDataType: (type) => channel.sendQueue.request(() => void api.reqMarketDataType(type)),
    onNotice: (notice) => {
      for (const requests of all) requests.onNotice(notice)
    },
    fail: (reason) => {
      for (const requests of all) requests.fail(reason)
    },
  }
}

const SEC_TYPES = {
  STK: SecType.STK,
  IND: SecType.IND,
  OPT: SecType.OPT,
  FUT: SecType.FUT,
  FOP: SecType.FOP,
} as const
/** What is answered beside the contract details of options. */
const LOOKUPS: ReadonlySet<ContractQuery['secType']> = new Set(['STK', 'IND', 'FUT'])
const RIGHTS = { C: OptionType.Call, P: OptionType.Put } as const

function libraryContract(query: ContractQuery): Contract {
  const { symbol, expiry, secType, right, primaryExchange, ...same } = query
  return {
    ...same,
    ...(symbol !== undefined && { symbol: wireSymbol(symbol) }),
    ...(expiry !== undefined && { lastTradeDateOrContractMonth: expiry }),
    ...(secType && { secType: SEC_TYPES[secType] }),
    ...(right && { right: RIGHTS[right] }),
    ...(primaryExchange !== undefined && { primaryExch: primaryExchange }),
  }
}

function describe(query: ContractQuery): string {
  const { symbol, secType, expiry, strike, right } = query
  const words = [symbol ?? query.conId, secType, expiry, strike, right].filter((word) => word !== undefined)
  return words.join(' ')
}

/** IB reports an empty result as an error; `isNothing` says which errors mean that. */
async function orEmpty<Row>(rows: Promise<Row[]>, isNothing: (notice: Notice) => boolean): Promise<Row[]> {
  try {
    return await rows
  } catch (error) {
    if (error instanceof RequestRefused && isNothing(error.notice)) return []
    throw error
  }
}

/** 162 covers every error of the historical data service, including an empty result. */
function hasNoData(notice: Notice): boolean {
  return notice.code === 162 && /no data/i.test(notice.message)
}
