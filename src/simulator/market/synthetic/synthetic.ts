import { newYorkDate, sessionOn } from '../../../market/calendar.ts'
import { addDays, type EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { keyOf, mix } from '../../random.ts'
import { chainRowsOf, seriesOf } from '../chain-rows.ts'
import { hoursAround } from '../hours.ts'
import { ETFS } from '../instruments.ts'
import type { ContractQuery, Market, SimContract } from '../market.ts'
import { listContracts, matches, OPTION_EXCHANGES } from './listing.ts'
import { type OptionDesk, quoteOption } from './option-quote.ts'
import { type MarketPath, marketPath, momentIn, momentOf } from './path.ts'
import { quoteIndex, quoteStock, underlyingBars } from './underlying.ts'
import { WALK_STARTS } from './walk.ts'

/** Days that the walk must have run before a market can list its far expirations' strikes. */
const RUN_UP_DAYS = 800

/**
 * A market made from a seed: SPY, QQQ and IWM with their options, and VIX. Prices are a function of seed and time
 * alone, so two processes see the same market at the same time. The listing is that of `asOf`'s New York date and
 * does not move; contract ids are the same on every date, so a market of the next day knows the same contracts.
 * Throws a Failure for a seed that is not a whole number and for a date before the market's first listing.
 */
export function syntheticMarket(options: { seed: number; asOf: EpochMs }): Market {
  const { seed, asOf } = options
  const today = newYorkDate(asOf)
  const earliest = addDays(WALK_STARTS, RUN_UP_DAYS)
  if (!Number.isSafeInteger(seed)) {
    throw new Failure(EXIT.configuration, `seed ${seed} of the synthetic market is not a whole number`)
  }
  if (today < earliest) {
    throw new Failure(EXIT.configuration, `the synthetic market begins on ${earliest}; ${today} is before it`)
  }

  const path = marketPath(mix(seed, Math.floor(seed / 2 ** 32)))
  const contracts = listContracts(today, {
    closeOn: (etf, date) => {
      const session = sessionOn(date)
      if (!session) throw new RangeError(`no session on ${date}`)
      return path.price(etf, momentIn(session, session.closeAt))
    },
  })
  return marketOf(contracts, path, mix(seed, keyOf('quotes')))
}

function marketOf(contracts: readonly SimContract[], path: MarketPath, seed: number): Market {
  const byId = new Map(contracts.map((contract) => [contract.conId, contract]))
  if (byId.size !== contracts.length) throw new Error('two synthetic contracts share an id')
  const series = seriesOf(contracts)
  const etfOf = new Map(ETFS.map((etf) => [etf.symbol, etf]))
  const desk: OptionDesk = { seed, path, facts: new Map() }

  return {
    find: (query) => candidates(query).filter((contract) => matches(contract, query)),
    byConId: (conId) => byId.get(conId),
    chainRows: (underlyingConId) => chainRowsOf(contracts, underlyingConId, OPTION_EXCHANGES),
    hours: ({ secType }, at) => hoursAround(at, secType),
    quote: (contract, at) => {
      const moment = momentOf(at)
      const etf = etfOf.get(contract.symbol)
      if (!etf) return quoteIndex(desk, moment)
      if (contract.secType === 'OPT') return quoteOption(desk, { contract, etf }, moment)
      return quoteStock(desk, etf, moment)
    },
    bars: ({ secType, symbol }, what, request) =>
      secType === 'OPT' ? [] : underlyingBars(desk, { etf: etfOf.get(symbol), what }, request),
  }

  function candidates({ conId, symbol, expiry }: ContractQuery): readonly SimContract[] {
    if (conId) {
      const one = byId.get(conId)
      return one ? [one] : []
    }
    return symbol && expiry?.length === 8 ? (series.get(`${symbol} ${expiry}`) ?? []) : contracts
  }
}
