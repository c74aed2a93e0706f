import type { Lake } from '../../lake/open.ts'
import { contents } from '../../lake/query/contents.ts'
import { growth } from '../../lake/query/growth.ts'
import { firstStoredDate, slotCoverage } from '../../lake/query/slot-coverage.ts'
import type { Instrument } from '../../market/instrument.ts'
import type { SlotGrid } from '../../market/slot.ts'
import type { CollectionSources } from '../../serve/views/collection-sources.ts'
import type { SupervisedSession } from '../sessions/gateway-source.ts'

/** What the page shows of the collection and of the lake itself. */
export function collectionSources(
  instruments: readonly Instrument[],
  {
    lake,
    gateway: { supervisor, limits, address },
    grid,
  }: {
    readonly lake: Lake
    readonly gateway: Pick<SupervisedSession, 'supervisor' | 'limits' | 'address'>
    readonly grid: SlotGrid
  },
): CollectionSources {
  return {
    coverage: async (symbol, dates) => ({
      days: await slotCoverage(lake, symbol, dates),
      firstDate: await firstStoredDate(lake, symbol),
    }),
    connection: () => {
      const session = supervisor.session()
      const { sessions, notices } = supervisor.counters()
      return {
        address,
        limits,
        sessionsOpened: sessions,
        notices,
        session: session && { serverVersion: session.serverVersion, ...session.counters() },
      }
    },
    lake: async () => ({ ...(await contents(lake)), growth: await growth(lake, grid, instruments) }),
  }
}
