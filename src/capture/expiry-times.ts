import type { ChainCache } from '../chain/chain-cache.ts'
import { type ExpiryTimes, expiryTimesOf, settlementOf } from '../market/option-hours.ts'
import { expiryToDate } from '../market/units.ts'
import { parseListedHours } from '../schedule/listed-hours.ts'

/**
 * The end of the time to expiry of a chain's options, from what the gateway sent: the contract's own last trade time,
 * else the close of its option hours on the expiry date, which it lists for about a week, else our rules.
 */
export function chainExpiryTimes({
  underlying: { symbol },
  contracts,
  hours,
}: Pick<ChainCache, 'underlying' | 'contracts' | 'hours'>): ExpiryTimes {
  const rule = expiryTimesOf(symbol)
  // The last trade is not what fixes the value of an option with AM settlement.
  if (settlementOf(symbol) === 'am') return rule
  const listed = hours ? parseListedHours(hours.liquidHours, hours.timeZoneId).sessions : new Map()
  return (expiry) =>
    contracts.get(expiry)?.find(({ lastTradeAt }) => lastTradeAt != null)?.lastTradeAt ??
    listed.get(expiryToDate(expiry))?.optionsCloseAt ??
    rule(expiry)
}
