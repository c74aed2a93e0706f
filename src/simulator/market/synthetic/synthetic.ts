import { newYorkDate } from '../../../market/calendar.ts'
import { keyOf, mix } from '../../../market/random.ts'
import { addDays, type EpochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import { combinedMarket } from '../combined.ts'
import type { CorporateAction } from '../corporate-actions.ts'
import type { Crash } from '../crashes.ts'
import type { Market } from '../market.ts'
import { futureFamilies } from './futures/futures-families.ts'
import { indexFamily } from './index-family.ts'
import { marketPath } from './path.ts'
import type { SyntheticSources } from './sources.ts'
import { stockFamily } from './stock-family.ts'
import { WALK_STARTS } from './walk.ts'

/** Days of price history that the strikes of the far expirations need. */
const RUN_UP_DAYS = 800

/** What happens to a synthetic market besides its ordinary days; nothing if left out. */
export interface MarketEvents {
  readonly actions?: readonly CorporateAction[]
  readonly crashes?: readonly Crash[]
}

/**
 * A synthetic market: SPY, QQQ, IWM, AAPL and BRK B with their options, indices and futures with theirs. Prices are a function of
 * seed and time alone, so two processes see the same market at the same time. The contracts are those listed on the New York date of `asOf`;
 * their ids are the same on every date. Throws a Failure for a seed that is not a whole number and for a date before
 * the market's first listing.
 */
export function syntheticMarket(
  options: { readonly seed: number; readonly asOf: EpochMs } & MarketEvents,
): Market {
  const { seed, asOf, actions = [], crashes = [] } = options
  const today = newYorkDate(asOf)
  const earliest = addDays(WALK_STARTS, RUN_UP_DAYS)
  if (!Number.isSafeInteger(seed)) {
    throw new Failure(EXIT.configuration, `seed ${seed} of the synthetic market is not a whole number`)
  }
  if (today < earliest) {
    throw new Failure(EXIT.configuration, `the synthetic market begins on ${earliest}; ${today} is before it`)
  }

  const sources: SyntheticSources = {
    path: marketPath(mix(seed, Math.floor(seed / 2 ** 32)), crashes),
    seed: mix(seed, keyOf('quotes')),
    today,
    actions,
  }
  return combinedMarket([stockFamily(sources), indexFamily(sources), ...futureFamilies(sources)])
}
