import { newYorkDate } from '../../market/calendar.ts'
import type { Clock } from '../../market/clock.ts'
import { keyOf, uniformOf } from '../../market/random.ts'
import { dateToExpiry } from '../../market/units.ts'
import type { ActiveFaults } from '../faults/faults.ts'
import { chainRowsOf, isOption } from './contracts.ts'
import type { Market, SimContract } from './market.ts'

const LATE_KEY = keyOf('listed late')

/** The market without the options that the fault `late_listing` keeps from being listed. */
export function listedSoFar(
  market: Market,
  faults: ActiveFaults,
  { clock, seed }: { readonly clock: Clock; readonly seed: number },
): Market {
  const isListed = (contract: SimContract) => {
    const { expiry, strike } = contract
    const late = faults.get('late_listing')
    if (!late || !isOption(contract)) return true
    if (late.today && expiry === dateToExpiry(newYorkDate(clock.now()))) return false
    return uniformOf(seed, LATE_KEY, Number(expiry), Math.round(strike * 1_000)) >= late.strikesFraction
  }
  return {
    ...market,
    find: (query) => (faults.has('late_listing') ? market.find(query).filter(isListed) : market.find(query)),
    byConId: (conId) => {
      const found = market.byConId(conId)
      return found && isListed(found) ? found : undefined
    },
    chainRows: (conId) => {
      const underlying = market.byConId(conId)
      if (!underlying || !faults.has('late_listing')) return market.chainRows(conId)
      const secType = underlying.secType === 'FUT' ? 'FOP' : 'OPT'
      const options = market.find({ symbol: underlying.symbol, secType })
      return chainRowsOf(options.filter(isListed), conId)
    },
  }
}
