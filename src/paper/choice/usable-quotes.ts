import { daysBetween, expiryDate, expiryToDate, type SessionDate } from '../../market/units.ts'
import { flagNames } from '../../snapshot/quality-flags.ts'
import type { PaperSettings } from '../options.ts'
import { type ChainQuote, MULTIPLIER, optionName } from '../structure.ts'

/** An option with quotes on both sides and a delta. */
export interface UsableQuote extends ChainQuote {
  readonly bid: number
  readonly ask: number
  readonly delta: number
  readonly right: 'C' | 'P'
}

/** Why contracts were not considered. The names of the keys are those of the journal. */
export interface Rejection {
  readonly reason: string
  readonly contracts: number
  readonly example: string
}

/** One expiration of one trading class. */
export interface UsableExpiration {
  readonly expiry: string
  /** Calendar days from the slot's date. */
  readonly days: number
  readonly tradingClass: string
  readonly quotes: readonly UsableQuote[]
}

export interface DaysWanted {
  readonly min: number
  readonly target: number
  readonly max: number
}

/**
 * The expirations within the days, the nearest to the target first (the earlier of two that are equally near), with the
 * options that may be traded; and why the others may not.
 */
export function usableExpirations(
  chain: readonly ChainQuote[],
  { date, days: wanted, settings }: { date: SessionDate; days: DaysWanted; settings: PaperSettings },
): { readonly expirations: readonly UsableExpiration[]; readonly rejected: readonly Rejection[] } {
  const rejections = new Map<string, { contracts: number; example: string }>()
  const reject = (reason: string, example: string) => {
    const known = rejections.get(reason)
    rejections.set(reason, { contracts: (known?.contracts ?? 0) + 1, example: known?.example ?? example })
  }
  const groups = new Map<string, UsableExpiration & { quotes: UsableQuote[] }>()
  for (const quote of chain) {
    const days = daysBetween(date, expiryToDate(expiryDate(quote.expiry)))
    if (days < wanted.min || days > wanted.max) {
      reject('days_to_expiration', `${optionName(quote)}: ${days} days`)
      continue
    }
    const key = `${quote.expiry} ${quote.trading_class}`
    const group = groups.get(key) ?? {
      ...{ expiry: quote.expiry, days, tradingClass: quote.trading_class, quotes: [] },
    }
    groups.set(key, group)
    const fault = faultOf(quote, settings)
    if (fault) reject(fault.reason, `${optionName(quote)}: ${fault.value}`)
    else if (isUsable(quote)) group.quotes.push(quote)
  }
  const distance = ({ days }: UsableExpiration) => Math.abs(days - wanted.target)
  const expirations = [...groups.values()].sort(
    (a, b) => distance(a) - distance(b) || a.days - b.days || (a.tradingClass < b.tradingClass ? -1 : 1),
  )
  return {
    expirations,
    rejected: [...rejections].map(([reason, { contracts, example }]) => ({ reason, contracts, example })),
  }
}

function isUsable(quote: ChainQuote): quote is UsableQuote {
  return quote.bid !== null && quote.ask !== null && quote.delta !== null
}

/** The first thing that keeps an option from being traded; null if there is none. */
function faultOf(
  quote: ChainQuote,
  settings: PaperSettings,
): { readonly reason: string; readonly value: string } | null {
  const { bid, ask, multiplier = null, underlying_type } = quote
  // Its order would need another exchange, and its money another multiplier and other hours.
  if (underlying_type === 'FUT') return { reason: 'option_on_future', value: quote.trading_class }
  // Corporate actions make classes such as 2SPY or AAPL1, whose contracts deliver something else than 100 shares.
  if (/^\d|\d$/.test(quote.trading_class)) return { reason: 'adjusted_contract', value: quote.trading_class }
  if (multiplier !== null && multiplier !== MULTIPLIER) {
    return { reason: 'multiplier', value: `${multiplier} instead of ${MULTIPLIER}` }
  }
  if (bid === null || ask === null || bid <= 0 || ask <= 0) {
    return { reason: 'no_quote', value: `bid ${bid ?? 'null'}, ask ${ask ?? 'null'}` }
  }
  const flag = flagNames(quote.flags).find((name) => settings.refusedFlags.includes(name))
  if (flag) return { reason: `flag_${flag}`, value: `bid ${bid}, ask ${ask}` }
  if (ask < bid) return { reason: 'crossed', value: `bid ${bid}, ask ${ask}` }
  const spread = ask - bid
  const isTight = spread <= settings.maxSpreadDollars + 1e-9
  if (!isTight && spread > settings.maxSpreadFraction * ((bid + ask) / 2)) {
    return { reason: 'wide_spread', value: `bid ${bid}, ask ${ask}` }
  }
  if (quote.delta === null) return { reason: 'no_delta', value: 'delta null' }
  if (settings.minOpenInterest > 0 && (quote.open_interest ?? 0) < settings.minOpenInterest) {
    return { reason: 'open_interest', value: `open interest ${quote.open_interest ?? 'null'}` }
  }
  return null
}
