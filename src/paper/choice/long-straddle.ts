import type { PaperSettings } from '../options.ts'
import { MULTIPLIER, netPrices, roundDollars } from '../structure.ts'
import { type Choice, type ChooseContracts, firstChoice, legOf, nearest } from './choice.ts'
import { limitAt } from './price-steps.ts'
import { type UsableExpiration, usableExpirations } from './usable-quotes.ts'

/**
 * A long straddle: a call and a put of one strike and expiration, at the strike where their deltas come nearest to
 * cancelling each other. It loses at most what is paid.
 */
export const chooseLongStraddle: ChooseContracts = ({ chain, date, settings }) => {
  const days = {
    ...{ min: settings.straddleMinDays, target: settings.straddleTargetDays, max: settings.straddleMaxDays },
  }
  const { expirations, rejected } = usableExpirations(chain, { date, days, settings })
  return firstChoice(expirations, (expiration) => straddleOf(expiration, settings), rejected)
}

function straddleOf({ expiry, days, quotes }: UsableExpiration, settings: PaperSettings): Choice | string {
  const puts = new Map(quotes.filter(({ right }) => right === 'P').map((put) => [put.strike, put]))
  const pairs = quotes.flatMap((call) => {
    const put = call.right === 'C' ? puts.get(call.strike) : undefined
    return put ? [{ call, put, netDelta: Math.abs(call.delta + put.delta) }] : []
  })
  const pair = nearest(pairs, ({ netDelta }) => netDelta)
  if (!pair) return 'no strike has a call and a put that can be traded'
  const { call, put, netDelta } = pair
  if (netDelta > settings.straddleMaxNetDelta) {
    const found = Math.round(netDelta * 1e4) / 1e4
    return `the net delta nearest to 0 is ${found}, at ${call.strike}; at most ${settings.straddleMaxNetDelta} is wanted`
  }
  const quoted = [
    { ...call, side: 'BUY' as const },
    { ...put, side: 'BUY' as const },
  ]
  const net = netPrices(quoted)
  if (!net) return 'a leg has no quote'
  const last = limitAt(settings.priceSteps, { net, side: 'BUY', settings })
  return {
    ...{ expiry, days, net },
    legs: quoted.map((quote) => legOf(quote, quote.side)),
    max_loss: roundDollars(last * MULTIPLIER),
    max_profit: null,
    underlying_price: call.underlying_price,
  }
}
