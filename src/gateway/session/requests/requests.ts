import {
  BarSizeSetting,
  type Contract,
  EventName,
  type ContractDetails as LibraryDetails,
  OptionType,
  SecType,
  WhatToShow,
} from '@stoqey/ib'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { RequestRefused } from '../errors.ts'
import type { Notice } from '../notices.ts'
import type { GatewayOptions } from '../options.ts'
import * as decode from '../wire/decode.ts'
import type { Link } from '../wire/link.ts'
import type {
  BarsRequest,
  ChainListing,
  ContractDetails,
  ContractQuery,
  DailyBar,
  Subscribable,
} from './contracts.ts'
import { createRowRequests, type Wire } from './row-requests.ts'

/** Requests that are answered and then over. */
export interface Requests {
  /** Whole seconds, IB's resolution. */
  currentTime(): Promise<EpochMs>
  /** Every contract that matches, in IB's order; [] where there is none. One such request is open at a time. */
  contractDetails(query: ContractQuery, signal?: AbortSignal): Promise<ContractDetails[]>
  /** What is listed on an underlying: one row for each exchange and trading class. */
  chainListings(
    underlying: { readonly symbol: string; readonly conId: number; readonly secType: 'STK' | 'IND' },
    signal?: AbortSignal,
  ): Promise<ChainListing[]>
  /** Days in order; [] where IB has none. */
  dailyBars(contract: Subscribable, request: BarsRequest, signal?: AbortSignal): Promise<DailyBar[]>
  /** What later subscriptions ask for: 1 live, 2 frozen, 3 delayed, 4 delayed and frozen. Resolves when written. */
  setMarketDataType(type: 1 | 2 | 3 | 4): Promise<void>
  notice(notice: Notice): void
  /** Rejects everything that is open: the session has ended. */
  fail(reason: Error): void
}

export function createRequests(link: Link, wire: Wire, options: GatewayOptions): Requests {
  const { api } = link
  const details = createRowRequests<LibraryDetails>(wire, options.contractDetailsTimeoutMs)
  const listings = createRowRequests<decode.RawListing>(wire, options.contractDetailsTimeoutMs)
  const bars = createRowRequests<decode.RawBar>(wire, options.historyTimeoutMs, (id) =>
    api.cancelHistoricalData(id),
  )
  const times = createRowRequests<number>(wire, options.requestTimeoutMs)
  const kinds = [details, listings, bars, times]

  api.on(EventName.contractDetails, details.row)
  api.on(EventName.contractDetailsEnd, details.end)
  // biome-ignore format: the library's order of arguments, on one line
  api.on(EventName.securityDefinitionOptionParameter, (id, exchange, underlyingConId, tradingClass, multiplier, expirations, strikes) => {
    listings.row(id, { exchange, underlyingConId, tradingClass, multiplier: Number(multiplier), expirations, strikes })
  })
  api.on(EventName.securityDefinitionOptionParameterEnd, listings.end)
  // biome-ignore format: the library's order of arguments, on one line
  api.on(EventName.historicalData, (id, date, open, high, low, close, volume) => {
    const bar = { date, open, high, low, close, volume }
    if (decode.isEndMark(bar)) bars.end(id)
    else bars.row(id, bar)
  })

  // The answer to currentTime names no request: whoever asks while one is open shares its answer.
  let timeId = 0
  let asking: Promise<EpochMs> | undefined
  api.on(EventName.currentTime, (seconds) => {
    times.row(timeId, seconds)
    times.end(timeId)
  })
  async function askTime(): Promise<EpochMs> {
    const write = (id: number) => {
      timeId = id
      api.reqCurrentTime()
    }
    const [seconds] = await times.ask('the current time', write)
    return epochMs((seconds ?? Number.NaN) * 1000)
  }

  let lastDetails: Promise<unknown> = Promise.resolve()
  async function askDetails(query: ContractQuery, signal?: AbortSignal): Promise<ContractDetails[]> {
    const what = `contract details of ${describe(query)}`
    const write = (id: number) => void api.reqContractDetails(id, libraryContract(query))
    const rows = await orEmpty(details.ask(what, write, signal), (notice) => notice.code === 200)
    return rows.map(decode.contractDetailsFrom)
  }

  return {
    currentTime: () => {
      asking ??= askTime().finally(() => {
        asking = undefined
      })
      return asking
    },
    contractDetails: (query, signal) => {
      // IB paces these inside: a second one only waits there, and its time-out would run.
      const result = lastDetails.then(() => askDetails(query, signal))
      lastDetails = result.catch(() => undefined)
      return result
    },
    chainListings: async ({ symbol, secType, conId }, signal) => {
      const write = (id: number) => void api.reqSecDefOptParams(id, symbol, '', SEC_TYPES[secType], conId)
      const rows = await listings.ask(`option chain of ${symbol}`, write, signal)
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
      const rows = await orEmpty(bars.ask(what, write, signal), hasNoData)
      return rows.map(decode.dailyBarFrom)
    },
    setMarketDataType: (type) => wire.outbox.request(() => void api.reqMarketDataType(type)),
    notice: (notice) => {
      for (const kind of kinds) kind.notice(notice)
    },
    fail: (reason) => {
      for (const kind of kinds) kind.fail(reason)
    },
  }
}

const SEC_TYPES = { STK: SecType.STK, IND: SecType.IND, OPT: SecType.OPT } as const
const RIGHTS = { C: OptionType.Call, P: OptionType.Put } as const

function libraryContract(query: ContractQuery): Contract {
  const { expiry, secType, right, primaryExchange, ...same } = query
  return {
    ...same,
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

/** IB answers "nothing" with an error; which errors those are, the caller says. */
async function orEmpty<Row>(rows: Promise<Row[]>, isNothing: (notice: Notice) => boolean): Promise<Row[]> {
  try {
    return await rows
  } catch (error) {
    if (error instanceof RequestRefused && isNothing(error.notice)) return []
    throw error
  }
}

/** 162 is every message of the historical service; this one only says that there is no history. */
function hasNoData(notice: Notice): boolean {
  return notice.code === 162 && /no data/i.test(notice.message)
}
