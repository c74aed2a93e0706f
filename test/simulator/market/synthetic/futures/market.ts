import { newYorkDate, newYorkInstant } from '../../../../../src/market/calendar.ts'
import { keyOf, mix } from '../../../../../src/market/random.ts'
import { type EpochMs, sessionDate } from '../../../../../src/market/units.ts'
import { combinedMarket } from '../../../../../src/simulator/market/combined.ts'
import type { Market } from '../../../../../src/simulator/market/market.ts'
import { futureFamilies } from '../../../../../src/simulator/market/synthetic/futures/futures-families.ts'
import { indexFamily } from '../../../../../src/simulator/market/synthetic/index-family.ts'
import { marketPath } from '../../../../../src/simulator/market/synthetic/path.ts'

/** A time in New York. */
export const time = (date: string, clock: string) => newYorkInstant(sessionDate(date), clock)

/** The indices and futures of a synthetic market, without its stocks, whose options take a while to list. */
export function futuresMarket({ seed, asOf }: { seed: number; asOf: EpochMs }): Market {
  const sources = {
    path: marketPath(mix(seed, 0)),
    seed: mix(seed, keyOf('quotes')),
    today: newYorkDate(asOf),
  }
  return combinedMarket([indexFamily(sources), ...futureFamilies(sources)])
}
