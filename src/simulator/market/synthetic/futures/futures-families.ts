import type { MarketFamily } from '../../combined.ts'
import type { SyntheticSources } from '../sources.ts'
import { fopFamily } from './fop-family.ts'
import type { FuturePaths } from './future-price.ts'
import { createListings, futuresFamily } from './futures-family.ts'
import { indexPath } from './index-path.ts'
import { oilPath } from './oil-path.ts'
import { type FutureProduct, productOf } from './products.ts'
import { sessionLevels } from './session-levels.ts'

const OIL = productOf('CL') as FutureProduct

/** Futures and the options on them. Nothing is listed or priced before somebody asks for it. */
export function futureFamilies(sources: SyntheticSources): MarketFamily[] {
  const listings = createListings(sources)
  const paths = futurePaths(sources)
  return [futuresFamily(sources, paths, listings), fopFamily(sources, paths, listings)]
}

/** The paths of all futures of a market. */
export function futurePaths({ path, seed }: Pick<SyntheticSources, 'path' | 'seed'>): FuturePaths {
  const levels = sessionLevels(path)
  return { index: indexPath(levels, seed), yields: levels, oil: oilPath(OIL, seed) }
}
