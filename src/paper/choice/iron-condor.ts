import type { PaperSettings } from '../options.ts'
import { MULTIPLIER, netPrices, roundDollars } from '../structure.ts'
import { type Choice, type ChooseContracts, firstChoice, legOf, nearest } from './choice.ts'
import { limitAt } from './price-steps.ts'
import { type UsableExpiration, type UsableQuote, usableExpirations } from './usable-quotes.ts'

/**
 * A short iron condor: a put and a call sold at about the same distance in delta, and a put and a call further out
 * bought, all of one expiration. It loses at most the wider wing less the credit.
 */
export const chooseIronCondor: ChooseContracts = ({ chain, date, settings }) => {
  const days = {
    ...{ min: settings.condorMinDays, target: settings.condorTargetDays, max: settings.condorMaxDays },
  }
  const { expirations, rejected } = usableExpirations(chain, { date, days, settings })
  return firstChoice(expirations, (expiration) => condorOf(expiration, settings), rejected)
}

function condorOf({ expiry, days, quotes }: UsableExpiration, settings: PaperSettings): Choice | string {
  const put = wingOf(quotes, 'P', settings)
  if (typeof put === 'string') return put
  const call = wingOf(quotes, 'C', settings)
  if (typeof call === 'string') return call
  if (put.short.strike >= call.short.strike) return 'the short put lies above the short call'
  const quoted = [
    { ...put.long, side: 'BUY' as const },
    { ...put.short, side: 'SELL' as const },
    { ...call.short, side: 'SELL' as const },
    { ...call.long, side: 'BUY' as const },
  ]
  const net = netPrices(quoted)
  if (!net) return 'a leg has no quote'
  const width = Math.max(put.short.strike - put.long.strike, call.long.strike - call.short.strike)
  const least = settings.condorMinCreditFraction * width
  if (-net.mid < least) {
    return `the credit ${show(-net.mid)} is below ${show(least)}, ${settings.condorMinCreditFraction} of the wing of ${show(width)}`
  }
  const last = limitAt(settings.priceSteps, { net, side: 'BUY', settings })
  if (last >= 0) return `at the last price step ${show(last)} nothing is received`
  // Quotes of one moment do not offer a condor without a risk: these are not of one moment.
  if (width + last <= 0) return `the credit ${show(-last)} exceeds the wing of ${show(width)}`
  return {
    ...{ expiry, days, net },
    legs: quoted.map((quote) => legOf(quote, quote.side)),
    max_loss: roundDollars((width + last) * MULTIPLIER),
    max_profit: roundDollars(-net.mid * MULTIPLIER),
    underlying_price: put.short.underlying_price,
  }
}

interface Wing {
  readonly short: UsableQuote
  readonly long: UsableQuote
}

function wingOf(quotes: readonly UsableQuote[], right: 'C' | 'P', settings: PaperSettings): Wing | string {
  const { condorShortDelta: wanted, condorDeltaTolerance: tolerance, condorWingDollars: wing } = settings
  const name = right === 'C' ? 'call' : 'put'
  const own = quotes.filter((quote) => quote.right === right)
  const short = nearest(own, ({ delta }) => Math.abs(Math.abs(delta) - wanted))
  if (!short) return `no ${name} can be traded`
  if (Math.abs(Math.abs(short.delta) - wanted) > tolerance) {
    return `the ${name} nearest to delta ${wanted} has ${show(Math.abs(short.delta))}`
  }
  const distance = ({ strike }: UsableQuote) =>
    right === 'C' ? strike - short.strike : short.strike - strike
  const beyond = own.filter((quote) => distance(quote) >= wing / 2 && distance(quote) <= wing * 2)
  const long = nearest(beyond, (quote) => Math.abs(distance(quote) - wing))
  if (!long) return `no ${name} can be traded $${wing / 2} to $${wing * 2} beyond ${short.strike}`
  return { short, long }
}

function show(value: number): string {
  return String(Math.round(value * 1e4) / 1e4)
}
