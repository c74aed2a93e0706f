import { newYorkInstant } from '../../src/market/calendar.ts'
import { LAKE_WITH_HOLES, LAST_DAY, type PageLakeOptions, WHOLE_LAKE } from './page-lake.ts'
import { openServedLake, type ServedLake } from './served-lake.ts'

/** A lake and a daemon on it, in which every view is opened. */
export interface PageCase {
  readonly name: string
  /** In one line, for the table. */
  readonly summary: string
  /** Null: an empty lake. */
  readonly lake: PageLakeOptions | null
  /** The time at which the daemon begins, New York. */
  readonly at: string
  readonly isGatewayAway: boolean
  /** Whether each view has something drawn; else it says what is absent. */
  readonly hasData: boolean
}

export const CASES: readonly PageCase[] = [
  {
    ...{ name: 'stored', summary: 'a stored day, after the close', lake: WHOLE_LAKE },
    ...{ at: '16:35', isGatewayAway: false, hasData: true },
  },
  {
    ...{ name: 'empty', summary: 'an empty lake, before the open', lake: null },
    ...{ at: '08:00', isGatewayAway: false, hasData: false },
  },
  {
    ...{ name: 'holes', summary: 'a lake with holes, in the session', lake: LAKE_WITH_HOLES },
    ...{ at: '14:01', isGatewayAway: false, hasData: true },
  },
  {
    ...{ name: 'away', summary: 'a gateway that is away, in the session', lake: LAKE_WITH_HOLES },
    ...{ at: '14:22', isGatewayAway: true, hasData: true },
  },
]

/** Starts the daemon of a case on a lake that is its own. */
export async function serveCase(one: PageCase, folder: string): Promise<ServedLake> {
  const { at, isGatewayAway } = one
  return openServedLake(folder, { port: 0, startAt: newYorkInstant(LAST_DAY, at), isGatewayAway })
}
