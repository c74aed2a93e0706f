import type { ContractDetails as LibraryDetails } from '@stoqey/ib'
import type { Right } from '../../../market/contract.ts'
import { instantIn, zoneOf } from '../../../market/listed-time.ts'
import {
  type ConId,
  conId,
  type EpochMs,
  type ExpiryDate,
  expiryDate,
  sessionDate,
} from '../../../market/units.ts'
import type { BarsRequest, ChainListing, ContractDetails, DailyBar } from '../requests/contracts.ts'
import { symbolFromWire } from './symbols.ts'
import { aboveZero, finite } from './ticks.ts'

/**
 * Converts the library's answers to our types. A malformed contract id, expiry or strike throws a RangeError that
 * names the field: the message was misread, so no part of the answer can be trusted.
 */

/** The fewest trading days in a year since 2001: a request may therefore cover a few more days than asked for. */
const TRADING_DAYS_PER_YEAR = 248

/** One row of reqSecDefOptParams as the library passes it on. */
export interface RawListing {
  readonly exchange: string
  readonly underlyingConId: number
  readonly tradingClass: string
  readonly multiplier: number | undefined
  readonly expirations: readonly string[]
  readonly strikes: readonly number[]
}

/** One historical bar as the library passes it on; the last one is the end mark. */
export interface RawBar {
  readonly date: string
  readonly open: number | undefined
  readonly high: number | undefined
  readonly low: number | undefined
  readonly close: number | undefined
  readonly volume: number | undefined
}

export function contractDetailsFrom(raw: LibraryDetails): ContractDetails {
  const { contract } = raw
  const details: ContractDetails = {
    conId: requiredConId(contract.conId),
    symbol: symbolFromWire(contract.symbol ?? ''),
    secType: contract.secType ?? '',
    expiry: expiryOf(contract.lastTradeDateOrContractMonth || contract.lastTradeDate),
    realExpirationDate: realExpirationOf(raw.realExpirationDate),
    contractMonth: /^\d{6}/.exec(raw.contractMonth ?? '')?.[0] ?? null,
    lastTradeAt: lastTradeAtOf(raw),
    strike: aboveZero(contract.strike),
    right: rightOf(contract.right),
    exchange: contract.exchange ?? '',
    primaryExchange: contract.primaryExch ?? '',
    currency: contract.currency ?? '',
    localSymbol: contract.localSymbol ?? '',
    tradingClass: contract.tradingClass ?? '',
    multiplier: aboveZero(contract.multiplier),
    minTick: aboveZero(raw.minTick),
    longName: raw.longName ?? '',
    underlyingConId: raw.underConId ? requiredConId(raw.underConId) : null,
    underlyingSymbol: symbolFromWire(raw.underSymbol ?? ''),
    underlyingSecType: raw.underSecType ?? '',
    timeZoneId: raw.timeZoneId ?? '',
    tradingHours: raw.tradingHours ?? '',
    liquidHours: raw.liquidHours ?? '',
  }
  const { secType, expiry, strike, right } = details
  if ((secType === 'OPT' || secType === 'FOP') && !(expiry && strike !== null && right)) {
    throw new RangeError(`option ${details.conId} without expiry, strike or right`)
  }
  if (secType === 'FUT' && !expiry) throw new RangeError(`future ${details.conId} without expiry`)
  return details
}

export function chainListingFrom(raw: RawListing): ChainListing {
  const multiplier = aboveZero(raw.multiplier)
  if (multiplier === null) throw new RangeError(`multiplier of ${raw.tradingClass}: ${raw.multiplier}`)
  const strike = raw.strikes.find((value) => aboveZero(value) === null)
  if (strike !== undefined) throw new RangeError(`strike of ${raw.tradingClass}: ${strike}`)
  return {
    exchange: raw.exchange,
    underlyingConId: requiredConId(raw.underlyingConId),
    tradingClass: raw.tradingClass,
    multiplier,
    expirations: raw.expirations.map(expiryDate),
    strikes: raw.strikes,
  }
}

export function dailyBarFrom(raw: RawBar): DailyBar {
  const day = /^(\d{4})(\d{2})(\d{2})/.exec(raw.date)
  if (!day) throw new RangeError(`date of a daily bar: "${raw.date.slice(0, 40)}"`)
  const volume = finite(raw.volume)
  return {
    date: sessionDate(`${day[1]}-${day[2]}-${day[3]}`),
    open: aboveZero(raw.open),
    high: aboveZero(raw.high),
    low: aboveZero(raw.low),
    close: aboveZero(raw.close),
    volume: volume === null || volume < 0 ? null : volume,
  }
}

/** The library ends a series of bars with a bar whose date starts with "finished". */
export function isEndMark(bar: RawBar): boolean {
  return bar.date.startsWith('finished')
}

/** IB's duration string: days up to 365, beyond that whole years. */
export function durationOf(request: BarsRequest): string {
  if (!Number.isSafeInteger(request.days) || request.days < 1) {
    throw new RangeError(`not a number of days: ${request.days}`)
  }
  return request.days <= 365 ? `${request.days} D` : `${Math.ceil(request.days / TRADING_DAYS_PER_YEAR)} Y`
}

/** IB's notation for a time in UTC, `YYYYMMDD-HH:MM:SS`; '' is now. */
export function endTimeOf(at: EpochMs | undefined): string {
  if (at === undefined) return ''
  const iso = new Date(at).toISOString()
  return `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19)}`
}

function requiredConId(value: number | undefined): ConId {
  return conId(value ?? Number.NaN)
}

/** The date may be followed by a time and a zone. */
function expiryOf(value: string | undefined): ExpiryDate | null {
  if (!value) return null
  return expiryDate(/^\d{8}(?!\d)/.exec(value)?.[0] ?? value.slice(0, 40))
}

/** The expiry is what counts; a second date that cannot be read is as good as none. */
function realExpirationOf(value: string | undefined): ExpiryDate | null {
  const day = /^\d{8}(?!\d)/.exec(value ?? '')?.[0]
  try {
    return day === undefined ? null : expiryDate(day)
  } catch {
    return null
  }
}

/**
 * `20261120 16:15:00 US/Eastern`, which the library does not split, or `20261120-16:15:00`, of which it keeps the time
 * apart. Without a zone the time is that of the contract's hours. A time that cannot be read is as good as none.
 */
function lastTradeAtOf({ contract, lastTradeTime, timeZoneId }: LibraryDetails): EpochMs | null {
  const text = [contract.lastTradeDateOrContractMonth || contract.lastTradeDate, lastTradeTime].join(' ')
  const [, day, clock, ownZone] =
    /^(\d{8})[\s-]+(\d\d:?\d\d(?::?\d\d)?)(?:\s+(\S.*))?$/.exec(text.trim()) ?? []
  const zone = zoneOf(ownZone ?? timeZoneId ?? '')
  return day !== undefined && clock !== undefined && zone !== null ? instantIn(zone, day, clock) : null
}

function rightOf(value: string | undefined): Right | null {
  return value === 'C' || value === 'P' ? value : null
}
