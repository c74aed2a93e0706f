import type { ActiveFaults, Fault } from '../faults/faults.ts'
import type { Market, SimContract, SimQuote } from './market.ts'

/** Tick 49. */
const HALTED = { general: 1, volatility: 2 } as const
const TRADING = 0
/** Where futures trade that halt with the stock exchange. */
const FUTURES_ON_SHARES = 'CME'

type Halt = Extract<Fault, { kind: 'halt' }>

/**
 * The market with the trading halts of the fault `halt`: the quotes of what is halted stay as they were when it began. An
 * index has a level and does not trade: it stays too, and sends no tick 49. History goes on.
 */
export function haltable(market: Market, faults: ActiveFaults): Market {
  const halted = new Set<string>()
  const nameOf = ({ symbol, secType }: SimContract) => `${symbol} ${secType}`

  return {
    ...market,
    quote: (contract, at) => {
      const halt = faults.get('halt')
      if (!halt || !isHalted(contract, halt)) {
        const quote = market.quote(contract, at)
        return halted.size > 0 && halted.has(nameOf(contract)) ? withState(quote, TRADING) : quote
      }
      const beganAt = faults.beganAt('halt') ?? at
      if (at < beganAt) return market.quote(contract, at)
      const quote = market.quote(contract, beganAt)
      if (contract.secType === 'IND') return quote
      halted.add(nameOf(contract))
      return withState(quote, HALTED[halt.reason])
    },
  }
}

function withState(quote: SimQuote, state: number): SimQuote {
  // An option that is over is not quoted, halted or not.
  return Object.keys(quote).length === 0 ? quote : { ...quote, halted: state }
}

function isHalted({ symbol, secType, exchange }: SimContract, { symbols }: Halt): boolean {
  if (symbols) return symbols.includes(symbol)
  return (secType !== 'FUT' && secType !== 'FOP') || exchange === FUTURES_ON_SHARES
}
