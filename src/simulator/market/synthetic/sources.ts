import type { SessionDate } from '../../../market/units.ts'
import type { CorporateAction } from '../corporate-actions.ts'
import type { MarketPath } from './path.ts'

/** What the families of one synthetic market are made from. */
export interface SyntheticSources {
  readonly path: MarketPath
  /** Of sizes, volumes and the noise of quotes. */
  readonly seed: number
  /** The New York date whose contracts are listed. */
  readonly today: SessionDate
  /** Splits and special dividends of its stocks, done and to come; none if left out. */
  readonly actions?: readonly CorporateAction[]
}
