import { type MarketAnswer, marketAnswer } from '../analytics/answers/market-answer.ts'
import type { LatestFigures } from '../analytics/stored/latest-figures.ts'
import type { Captured } from '../capture/capture.ts'
import type { Config } from '../config/config.ts'
import type { Lake } from '../lake/open.ts'
import { latestChain } from '../lake/query/chains.ts'
import type { ColumnSelection, SnapshotColumn } from '../lake/query/scan-rows.ts'
import { type LakeStats, stats } from '../lake/query/stats.ts'
import type { LakeSource } from '../lake/tables/schema.ts'
import type { Clock } from '../market/clock.ts'
import { namesOf } from '../market/instrument.ts'
import type { DueSlot } from '../market/slot.ts'
import { storedSymbol } from '../market/symbol.ts'
import { EXIT, Failure } from '../process/failure.ts'
import type { Lifetime } from '../process/lifetime.ts'
import { slotAfter, type Timetable } from '../schedule/slots.ts'
import { type HealthQuestion, type HealthReport, judge } from '../serve/health/health.ts'
import type { HealthSnapshot } from '../serve/health/snapshot.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { Cycles } from './cycles/cycles.ts'

/** The long-running collector, run by the daemon or embedded in another program. */
export interface Collector {
  /** Human-readable: the gateway, the lake and the HTTP address. */
  readonly description: string
  /** Base URL of its HTTP server. */
  readonly url: string
  /** Its gateway, for a program that opens a session of its own there, with another client id. */
  readonly gateway: CollectorGateway
  /**
   * Collects the current slot, even if it was collected before; waits for a running cycle first, and for the next slot
   * when too little of the current one is left. Rejects with a Failure (75) outside the session, when no further slot
   * follows today, and any error that keeps the lake from being written. Null: the gateway could not be queried, and
   * the ledger says why.
   */
  collectOnce(): Promise<Captured | null>
  health(question?: HealthQuestion): HealthReport
  /** The first slot after now, by the collector's clock. @throws RangeError if there is no session within a month. */
  nextSlot(): DueSlot
  stats(): Promise<LakeStats>
  /**
   * The figures of a symbol's newest slot, from memory: nulls with reasons while it has none; with `defaults`,
   * missing values are replaced by customary ones, marked as such. Rejects with a Failure (64) for a symbol that is
   * not configured.
   */
  latestMarketData(symbol: string, options?: { readonly defaults?: boolean }): Promise<MarketAnswer>
  /**
   * The newest stored slot of a symbol, one row a contract, from memory; empty while there is none. The given columns,
   * or all.
   */
  latestChain<C extends SnapshotColumn = SnapshotColumn>(
    symbol: string,
    only?: ColumnSelection<C>,
  ): Promise<readonly Pick<SnapshotRow, C>[]>
  /** Ends the running cycle, stores what has arrived, and closes everything. Calling it again has no effect. */
  stop(): Promise<void>
}

/** The gateway that a collector uses: the configured one, or the simulator that it has started. */
export interface CollectorGateway {
  readonly host: string
  readonly port: number
  /** Whether it is the simulator in this process, which ends with the collector. */
  readonly embedded: boolean
  readonly source: LakeSource
  /** The time of its slots: the machine's, the gateway's, or that of the simulated market. */
  readonly clock: Clock
}

/** What an embedding program can do with the running parts. */
export function collectorOf(
  { description, url, gateway }: Pick<Collector, 'description' | 'url' | 'gateway'>,
  {
    config,
    cycles,
    lake,
    figures,
    health,
    timetable,
    lifetime,
  }: {
    readonly config: Config
    readonly cycles: Cycles
    readonly lake: Lake
    readonly figures: LatestFigures
    readonly health: () => HealthSnapshot
    readonly timetable: Timetable
    readonly lifetime: Lifetime
  },
): Collector {
  const symbols = namesOf(config.symbols)
  return {
    description,
    url,
    gateway,
    collectOnce: async () => {
      const result = await cycles.collectCurrent()
      if (result.kind === 'not_stored') throw result.error
      return result.kind === 'captured' ? result.captured : null
    },
    health: (question = 'health') => judge(question, health()),
    nextSlot: () => slotAfter(gateway.clock.now(), timetable),
    stats: () => stats(lake),
    latestMarketData: async (name, { defaults = false } = {}) => {
      const symbol = storedSymbol(name)
      if (symbols.includes(symbol)) {
        return marketAnswer(await figures.latest(symbol), { symbol, now: lake.clock.now(), defaults })
      }
      const known = symbols.join(', ')
      throw new Failure(EXIT.usage, `"${symbol}" is not collected here: the symbols are ${known}`)
    },
    latestChain: (name, only = {}) => latestChain(lake, storedSymbol(name), only),
    stop: () => lifetime.close(new Error('stopped')),
  }
}
