import type { Chain } from '../chain/chain.ts'
import type { ChainCache } from '../chain/chain-cache.ts'
import { type ExpirationKey, expirationKey } from '../chain/expiration.ts'
import { type ExpiryTimes, expiryTimesOf, settlementOf, stopsEarlyOnLastDay } from '../market/option-hours.ts'
import { type EpochMs, type ExpiryDate, epochMs, expiryToDate } from '../market/units.ts'
import { parseListedHours } from '../schedule/listed-hours.ts'

/**
 * The end of the time to expiry of a chain's options, from what the gateway sent: for PM settlement the contract's own last
 * trade time, else the close of its option hours on the expiry date, which it lists for about a week; for AM settlement
 * the opening of the day that it names; else our rules for the class.
 */
export function chainExpiryTimes({
  underlying: { symbol, secType },
  contracts,
  hours,
}: Pick<ChainCache, 'underlying' | 'contracts' | 'hours'>): ExpiryTimes {
  const rule = expiryTimesOf(symbol)
  const listed =
    hours && secType !== 'FUT' ? parseListedHours(hours.liquidHours, hours.timeZoneId).sessions : new Map()
  const known = new Map<ExpirationKey, EpochMs>()

  function endOf(expiry: ExpiryDate, tradingClass: string): EpochMs {
    const own = contracts.get(expirationKey({ expiry, tradingClass })) ?? []
    const sent = own.find(({ expiresAt }) => expiresAt != null)?.expiresAt
    if (sent != null) return sent
    const byRule = rule(expiry, tradingClass)
    // The last trade is not what fixes the value of an option with AM settlement.
    if ((own[0]?.settlement ?? settlementOf(tradingClass)) === 'am') return byRule
    const lastTradeAt = own.find((one) => one.lastTradeAt != null)?.lastTradeAt
    if (lastTradeAt != null) return lastTradeAt
    const closeAt = listed.get(expiryToDate(expiry))?.optionsCloseAt ?? byRule
    // Listed hours are those of the symbol's day, which ends later than the last day of such a class.
    return stopsEarlyOnLastDay(tradingClass) ? epochMs(Math.min(closeAt, byRule)) : closeAt
  }

  return (expiry, tradingClass = symbol.replace('.', '')) => {
    const key = expirationKey({ expiry, tradingClass })
    const end = known.get(key) ?? endOf(expiry, tradingClass)
    known.set(key, end)
    return end
  }
}

/**
 * The chain without the options whose value is fixed at a time: the slots of futures go on for an hour after an option on
 * them ends, and those of an index for a quarter of an hour after SPXW does. Nobody quotes such an option. Options on stocks
 * and ETFs all end with the hours of their slots.
 */
export function withoutExpired<T extends Pick<Chain, 'underlying' | 'contracts' | 'cache'>>(
  chain: T,
  at: EpochMs,
): T {
  if (chain.underlying.secType === 'STK') return chain
  const expiresAt = chainExpiryTimes(chain.cache)
  const contracts = chain.contracts.filter((one) => expiresAt(one.expiry, one.tradingClass) > at)
  return { ...chain, contracts }
}
