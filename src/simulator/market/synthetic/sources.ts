import type { SessionDate } from '../../../market/units.ts'
import type { MarketPath } from './path.ts'

/** What the families of one synthetic market are made from. */
export interface SyntheticSources {
  readonly path: MarketPath
  /** Of sizes, volumes and the noise of quotes. */
  readonly seed: number
  /** The New York date whose contracts are listed. */
  readonly today: SessionDate
}
