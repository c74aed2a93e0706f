import type { Positioning } from '../analytics/positioning/positioning.ts'
import type { SecondOrderColumns } from '../analytics/second-order-rows.ts'
import type { MarketData } from '../analytics/stored/reader.ts'
import type { SurfaceData } from '../analytics/stored/surfaces/read-surface.ts'
import type { Comparison, SmileData, SmileQuestion } from '../analytics/stored/surfaces/smile-data.ts'
import type { TenorData } from '../analytics/stored/surfaces/tenor-data.ts'
import type { TermData } from '../analytics/stored/surfaces/term-data.ts'
import type { TradingTimeWeights } from '../analytics/trading-time.ts'
import type { StoredSession } from '../lake/query/stored-sessions.ts'
import type { EpochMs, SessionDate } from '../market/units.ts'
import type { AlertReceiverStatus } from '../schemas/http/alerts.ts'
import type { GatewayAnswer } from '../schemas/http/gateway.ts'
import type { ObservationRow } from '../snapshot/daily-observations.ts'
import type { FutureRow } from '../snapshot/future-snapshots.ts'
import type { LedgerRow } from '../snapshot/ledger.ts'
import type { SnapshotRow } from '../snapshot/row.ts'
import type { UnderlyingBarRow } from '../snapshot/underlying-bars.ts'
import type { EventFeed } from './events/event-feed.ts'
import type { HealthSnapshot } from './health/snapshot.ts'
import type { CollectionSources } from './views/collection-sources.ts'
import type { VolatilitySources } from './views/volatility-sources.ts'

/** What the gateway allows, and what of it is in use. */
export interface WireStatus {
  readonly origin: 'ib' | 'simulated'
  readonly messagesPerSecond: number
  /** The window in which messages are counted, ms. */
  readonly pacingWindowMs: number
  readonly lines: number
  /** Null without an open session. */
  readonly linesInUse: number | null
  /** Messages, most in any second of this session; null without one. */
  readonly peakMessagesPerSecond: number | null
}

/** Where the HTTP server gets its answers. */
export interface HttpSources extends CollectionSources, VolatilitySources {
  /** The symbols that are collected; any other is unknown. */
  readonly symbols: readonly string[]
  /** Which gateway the rows come from: simulated rows must never be mistaken for real ones. */
  readonly source: string
  /** Of the program. */
  readonly version: string
  /** What happens, for open pages. */
  readonly events: Pick<EventFeed, 'subscribe'>
  /** The version of `option_snapshots` that was read or written last. */
  lakeVersion(): number
  /** Names the newest versions of all tables: answers under the same name were read from the same data. */
  tablesTag(): Promise<string>
  /** From memory, without waiting: requests arrive in the middle of cycles. */
  health(): HealthSnapshot
  /** What is known of the gateway and of the last slots, without asking the gateway. */
  gateway(): Promise<GatewayAnswer>
  /** The limits of the gateway and their use, from memory. */
  wire(): WireStatus
  /** The newest stored slot of a symbol, or the newest at or before `at`: one row a contract; empty if there is none. */
  chain(symbol: string, at?: EpochMs): Promise<readonly SnapshotRow[]>
  /** Computes rho and the second-order greeks of one of these rows of a slot. */
  secondOrder(symbol: string, rows: readonly SnapshotRow[]): (row: SnapshotRow) => SecondOrderColumns
  /** The futures of a symbol's newest slot, or of the newest at or before `at`, nearest first; empty if there are none. */
  futures(symbol: string, at?: EpochMs): Promise<readonly FutureRow[]>
  /** The trade dates on which slots are stored, newest first: of one symbol, else of any. */
  sessions(only: { readonly symbol?: string | undefined }): Promise<readonly StoredSession[]>
  /** The ledger of one trade date, sorted by slot and symbol. */
  slots(only: { readonly date: SessionDate }): Promise<readonly LedgerRow[]>
  /** The figures of a symbol's newest slot, from memory, or of the newest at or before `at`; null if there is none. */
  marketData(symbol: string, at?: EpochMs): Promise<MarketData | null>
  /** Open interest and gamma exposure of a symbol's newest slot, or of the newest at or before `at`; null if there is none. */
  positioning(symbol: string, at?: EpochMs): Promise<Positioning | null>
  /** The surface of a symbol's newest slot, or of the newest at or before `at`; null if there is none. */
  surface(symbol: string, at?: EpochMs): Promise<SurfaceData | null>
  /** Quotes and stored curves of some expirations of a slot; null if there is none. */
  smile(symbol: string, question: SmileQuestion): Promise<SmileData | null>
  /** The stored surface of a slot by expiration; null if there is no slot. */
  term(
    symbol: string,
    question: { readonly at?: EpochMs | undefined; readonly against: Comparison },
  ): Promise<TermData | null>
  /** The grid of all slots of a trade date, and its daily values before. */
  tenors(symbol: string, date: SessionDate): Promise<TenorData>
  /** The five-minute bars of a symbol, by time: of the given trade dates, else of the newest with bars. */
  bars(
    symbol: string,
    dates: { readonly from?: SessionDate; readonly to?: SessionDate },
  ): Promise<readonly UnderlyingBarRow[]>
  /** Daily observations of all sources, both dates included. */
  observations(
    symbol: string,
    dates: { readonly from: SessionDate; readonly to: SessionDate },
  ): Promise<readonly ObservationRow[]>
  /** The weights of a symbol's clock of trading time, by the settings. */
  tradingTimeWeights(symbol: string): TradingTimeWeights
  /** What became of the alerts of each receiver; empty if none are configured. */
  alerts(): readonly AlertReceiverStatus[]
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>
}
