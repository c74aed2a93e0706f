/**
 * optionlake as a library: the lake and its figures, for programs that store or query option chains, and the
 * collector, for programs that embed it. Everything here is described in docs/library.md.
 */
export { type CurveAnswer, type CurvePoint, curveAnswer } from './analytics/answers/curve-answer.ts'
export type { FigureAnswer, FuturesAnswer, MarketAnswer } from './analytics/answers/market-answer.ts'
export type { PositioningAnswer } from './analytics/answers/positioning-answer.ts'
export {
  ivRank,
  latestMarketData,
  type MarketQuestion,
  marketData,
  positioning,
  underlyingTrend,
  vix,
} from './analytics/answers/questions.ts'
export type { ConeAnswer, RealizedAnswer, RealizedWindow } from './analytics/answers/realized-answer.ts'
export { type RealizedQuestion, realizedVolatility } from './analytics/answers/realized-volatility.ts'
export type { GridPointAnswer, SurfaceAnswer, SurfaceExpiration } from './analytics/answers/surface-answer.ts'
export { type SurfaceQuestion, surface } from './analytics/answers/surface-question.ts'
export type { Carry, ListedDividend } from './analytics/carry.ts'
export { FEATURE_COLUMNS } from './analytics/features/feature-columns.ts'
export type { FeatureInterval, FeatureRow } from './analytics/features/feature-rows.ts'
export type { AbsenceReason, Aged, Basis, Measured } from './analytics/measured.ts'
export type { Estimator } from './analytics/realized/estimators.ts'
export type { MarketMetrics } from './analytics/slot-metrics.ts'
export { type FeatureRequest, features } from './analytics/stored/feature-export.ts'
export type { MarketData } from './analytics/stored/reader.ts'
export { createTradingClock, type TradingClock, type TradingTimeWeights } from './analytics/trading-time.ts'
export type { Captured } from './capture/capture.ts'
export { type Config, loadConfig } from './config/config.ts'
export type { Collector, CollectorGateway } from './daemon/collector.ts'
export {
  type CollectorOptions,
  /** @deprecated Use CollectorOptions. */
  type CollectorOptions as CollectorEnv,
  startCollector,
} from './daemon/daemon.ts'
export {
  type FetchChainOptions,
  /** @deprecated Use FetchChainOptions. */
  type FetchChainOptions as FetchChainEnv,
  type FetchedChain,
  fetchChain,
} from './daemon/fetch-chain.ts'
export type {
  BookLevel,
  CancelAction,
  MarketTrade,
  OpenOrder,
  OrderAction,
  OwnState,
  Side,
  StepMarket,
  Strategy,
  StrategyAction,
  StrategyFactory,
  StrategyRun,
} from './experiments/strategies/strategy.ts'
export { type Lake, type LakeOptions, type LakeVersion, openLake } from './lake/open.ts'
export { lakeAsOf, type VersionOrTime } from './lake/query/as-of.ts'
export { atmOptions } from './lake/query/at-the-money.ts'
export { type BarDates, bars } from './lake/query/bars.ts'
export { chainAsOf, latestChain } from './lake/query/chains.ts'
export { type ExportReport, type ExportRequest, exportRows } from './lake/query/export.ts'
export {
  type FutureDates,
  frontFutures,
  futureHistory,
  futuresAsOf,
  latestFutures,
} from './lake/query/futures.ts'
export { type ContractName, contractHistory, ivHistory } from './lake/query/history.ts'
export type {
  ColumnSelection,
  /** @deprecated Since 0.2: `ColumnSelection`. Removed in 0.3. */
  ColumnSelection as Narrowing,
  SnapshotColumn,
} from './lake/query/scan-rows.ts'
export { type SqlOptions, type SqlResult, type SqlValue, sql } from './lake/query/sql.ts'
export { type LakeStats, slots, stats } from './lake/query/stats.ts'
export type { LakeSource } from './lake/tables/schema.ts'
export { type AppendReport, append, type SlotCommit, type SymbolSlot } from './lake/write/append.ts'
export { newYorkDate, newYorkInstant } from './market/calendar.ts'
export { type Clock, systemClock } from './market/clock.ts'
export type { Right } from './market/contract.ts'
export type { Instrument, InstrumentKind } from './market/instrument.ts'
export {
  type ExpirationTerms,
  earlyExercisePremium,
  type PremiumTable,
  premiumTable,
} from './market/pricing/early-exercise.ts'
export type { Dividend, PricedOption } from './market/pricing/option.ts'
export { type SecondOrderGreeks, secondOrderGreeks } from './market/pricing/second-order-greeks.ts'
export { smoothAmericanPrice } from './market/pricing/smooth-american.ts'
export {
  type ConId,
  conId,
  type EpochMs,
  type ExpiryDate,
  epochMs,
  expiryDate,
  type SessionDate,
  sessionDate,
} from './market/units.ts'
export { EXIT, type ExitCode, Failure } from './process/failure.ts'
export { type Log, openLog } from './process/log.ts'
export type { ObservationRow, ObservationSource } from './snapshot/daily-observations.ts'
export { FUTURE_COLUMNS, type FutureRow } from './snapshot/future-snapshots.ts'
export type { LedgerRow, SlotOutcome, SlotReason } from './snapshot/ledger.ts'
export { flagNames } from './snapshot/quality-flags.ts'
export { SNAPSHOT_COLUMNS, type SnapshotRow } from './snapshot/row.ts'
export { SURFACE_GRID_COLUMNS, type SurfaceGridRow } from './snapshot/surface/surface-grid.ts'
export { SURFACE_COLUMNS, type SurfaceRow } from './snapshot/surface/surfaces.ts'
export { UNDERLYING_BARS_COLUMNS, type UnderlyingBarRow } from './snapshot/underlying-bars.ts'
