import type { Priced } from '../../capture/cycle/budget.ts'
import { type Chain, chainOf } from '../../chain/chain.ts'
import { chainCachePath, readChainCache } from '../../chain/chain-cache.ts'
import type { WindowCentre } from '../../chain/strike-window.ts'
import type { Config } from '../../config/config.ts'
import { lakeFolderOf } from '../../config/lake-folder.ts'
import { layoutOf } from '../../lake/layout.ts'
import { collectsOptions } from '../../market/instrument.ts'
import { calendarSessionOn, tradeDateAt } from '../../market/trade-dates.ts'
import { epochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { AskedDaemon } from './ask-daemon.ts'

/**
 * The chains with which a cycle would start, from the daemon's chain caches and the prices of its last slots.
 * @throws Failure EXIT.tryLater for a symbol that the daemon does not know yet.
 */
export function chainsOfDaemon({ url, answer }: AskedDaemon, config: Config): Priced[] {
  const at = epochMs(Date.parse(answer.at))
  const { contracts } = layoutOf(lakeFolderOf(config, answer.origin))
  return config.symbols.filter(collectsOptions).map((instrument) => {
    const { symbol, calendar } = instrument
    const known = answer.symbols.find((one) => one.symbol === symbol)
    const cached = readChainCache(chainCachePath(contracts, symbol))
    if (!known || known.price === null || cached === null) {
      const why = known
        ? `has no ${cached ? 'price' : 'chain'} of ${symbol} yet: wait for its first slot`
        : `does not collect ${symbol}: leave it out with --symbols`
      throw new Failure(
        EXIT.tryLater,
        `the daemon at ${url} ${why}, or ask the gateway with --no-daemon and a --client-id of its own`,
      )
    }
    const chain = chainOf(cached, {
      ...{ options: config.universe, instrument },
      today: tradeDateAt(at, (date) => calendarSessionOn(date, calendar)),
    })
    return {
      symbol,
      chain,
      spots: spotsOf(chain, { price: known.price, volFraction: known.implied_volatility }),
    }
  })
}

/** The daemon tells one price of a symbol: the futures after the nearest are taken to be where their windows were. */
function spotsOf({ underlyings, cache }: Chain, spot: WindowCentre): WindowCentre[] {
  const isOnFutures = cache.futures.length > 0
  return underlyings.map(({ conId }, at) => {
    if (!isOnFutures) return spot
    const last = at === 0 ? undefined : cache.windows.findLast((one) => one.underlyingConId === conId)
    return { ...(last ?? spot), underlyingConId: conId }
  })
}
