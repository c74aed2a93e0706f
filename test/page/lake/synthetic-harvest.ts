import type { AnsweredContract, Gap, Harvest } from '../../../src/harvest/harvest.ts'
import type { OptionContract } from '../../../src/market/contract.ts'
import type { ModelGreeks, NumericField, Quote } from '../../../src/market/quote.ts'
import {
  addDays,
  conId,
  dateToExpiry,
  daysBetween,
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryToDate,
  type SessionDate,
} from '../../../src/market/units.ts'
import type { Market, SimContract, SimGreeks, SimQuote } from '../../../src/simulator/market/market.ts'

/** Days to expiry of the expirations that are collected, the nearest listed one of each. */
const TENOR_DAYS = [0, 7, 14, 24, 36, 60]
/** Strikes on each side of the price at 60 days: every second dollar near it, every fifth further out. */
const NEAR_FRACTION = 0.015
const NEAR_STEP = 2
const FAR_FRACTION = 0.12
const FAR_STEP = 5
/** A cycle of this length begins with its slot; quotes come evenly spread over it. */
const CYCLE_MS = 38_000

/** What is wrong with a cycle. */
export interface CycleFault {
  /** Share of the contracts that did not answer. */
  readonly unansweredShare: number
  readonly reason: Gap['reason']
}

/** The stock or index of a symbol. */
export function underlyingIn(market: Market, symbol: string): SimContract {
  const found = market.find({ symbol, secType: symbol === 'VIX' ? 'IND' : 'STK' })[0]
  if (!found) throw new Error(`the synthetic market has no ${symbol}`)
  return found
}

/** Price of a stock, or level of an index, at a time; null without one. */
export function priceAt(market: Market, contract: SimContract, at: EpochMs): number | null {
  const { last, bid, ask } = market.quote(contract, at)
  if (last != null) return last
  return bid != null && ask != null ? (bid + ask) / 2 : null
}

/** The options of a symbol that are collected on a date, fewer than a daemon would collect. */
export function contractsOn(
  market: Market,
  underlying: SimContract,
  { date, price }: { readonly date: SessionDate; readonly price: number },
): SimContract[] {
  const { symbol } = underlying
  const listed = new Set(market.chainRows(underlying.conId).flatMap(({ expirations }) => expirations))
  const daysTo = (expiry: string) => daysBetween(date, expiryToDate(expiry as ExpiryDate))
  const offered = [...listed].filter((expiry) => expiry >= dateToExpiry(date) && daysTo(expiry) <= 75)
  const expiries = new Set(
    TENOR_DAYS.map(
      (days) =>
        offered.sort((a, b) => Math.abs(daysTo(a) - days) - Math.abs(daysTo(b) - days))[0] ??
        dateToExpiry(addDays(date, days)),
    ),
  )
  return [...expiries].sort().flatMap((expiry) => {
    const reach = FAR_FRACTION * Math.sqrt(Math.max(4, daysTo(expiry)) / 60)
    return market.find({ symbol, secType: 'OPT', expiry }).filter(({ strike }) => {
      const distance = Math.abs(strike / price - 1)
      if (distance > reach) return false
      return strike % FAR_STEP === 0 || (distance <= NEAR_FRACTION && strike % NEAR_STEP === 0)
    })
  })
}

/** The contracts as a cycle at a time would have received them. */
export function harvestAt(
  market: Market,
  underlying: SimContract,
  {
    at,
    contracts,
    fault,
  }: {
    readonly at: EpochMs
    readonly contracts: readonly SimContract[]
    readonly fault: CycleFault | null
  },
): Harvest {
  const answered: AnsweredContract[] = []
  const gaps: Gap[] = []
  for (const [nth, option] of contracts.entries()) {
    const contract = optionContractOf(option)
    if (fault && (nth * 7919) % 1_000 < fault.unansweredShare * 1_000) {
      gaps.push({ contract, reason: fault.reason, detail: null })
      continue
    }
    const quotedAt = epochMs(at + 1_000 + Math.round((CYCLE_MS * nth) / contracts.length))
    const quote = quoteOf(market.quote(option, quotedAt), { option, quotedAt })
    const price = priceAt(market, underlying, quotedAt)
    const complete = quote.greeks !== undefined
    answered.push({
      contract,
      quote,
      underlying: price === null ? null : { price, at: quotedAt, confirmedAt: quotedAt },
      complete,
    })
  }
  const finishedAt = epochMs(at + 1_000 + CYCLE_MS)
  return { symbol: underlying.symbol, answered, gaps, startedAt: at, finishedAt }
}

function optionContractOf(option: SimContract): OptionContract {
  return {
    ...{ conId: conId(option.conId), symbol: option.symbol, expiry: option.expiry as ExpiryDate },
    ...{ strike: option.strike, right: option.right === 'C' ? 'C' : 'P', tradingClass: option.tradingClass },
    ...{ multiplier: Number(option.multiplier), exchange: 'SMART', currency: option.currency },
    ...{ exerciseStyle: option.exerciseStyle ?? 'american', underlyingType: 'STK' },
    underlyingConId: conId(option.underlyingConId),
  }
}

function quoteOf(
  { bid, ask, bidSize, askSize, last, volume, openInterest, greeks }: SimQuote,
  { option, quotedAt }: { readonly option: SimContract; readonly quotedAt: EpochMs },
): Quote {
  const interest: NumericField = option.right === 'C' ? 'callOpenInterest' : 'putOpenInterest'
  const numbers = { bid, ask, bidSize, askSize, last, volume, [interest]: openInterest }
  const received = Object.entries(numbers).filter(([, value]) => value !== undefined)
  return {
    numbers: Object.fromEntries(received),
    greeks: greeks && modelGreeksOf(greeks),
    dataType: 'live',
    quotedAt,
  }
}

function modelGreeksOf({ optionPrice: _unused, ...greeks }: SimGreeks): ModelGreeks {
  return greeks
}
