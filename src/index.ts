/**
 * optionlake as a library: the lake and its numbers, for programs that keep or ask option chains themselves, and the
 * collector, for those that embed it. Everything here is described in docs/library.md.
 */
export type { FigureAnswer, MarketAnswer } from './analytics/answer.ts'
export type { Carry, ListedDividend } from './analytics/carry.ts'
export {
  ivRank,
  latestMarketData,
  type MarketQuestion,
  marketData,
  underlyingTrend,
  vix,
} from './analytics/market.ts'
export type { AbsenceReason, Aged, Basis, Measured } from './analytics/measured.ts'
export type { MarketMetrics } from './analytics/metrics.ts'
export type { MarketData } from './analytics/reader.ts'
export type { Captured } from './capture.ts'
export { type FetchChainEnv, type FetchedChain, fetchChain } from './collector/fetch-chain.ts'
export { type Config, loadConfig } from './config.ts'
export { type Collector, type CollectorEnv, startCollector } from './daemon.ts'
export { EXIT, type ExitCode, Failure } from './failure.ts'
export { type AppendReport, append, type SlotCommit, type SymbolSlot } from './lake/append.ts'
export { type LakeStats, slots, stats } from './lake/coverage.ts'
export { type ExportReport, type ExportRequest, exportRows } from './lake/export.ts'
export { type Lake, type LakeOptions, openLake } from './lake/open.ts'
export { chainAsOf, latestChain, type Narrowing } from './lake/query.ts'
export { atmOptions } from './lake/query-atm.ts'
export { type ContractName, contractHistory, ivHistory } from './lake/query-history.ts'
export type { SnapshotColumn } from './lake/scan-rows.ts'
export type { LakeSource } from './lake/schema.ts'
export { type SqlOptions, type SqlResult, type SqlValue, sql } from './lake/sql.ts'
export { type Log, openLog } from './log.ts'
export { newYorkDate, newYorkInstant } from './market/calendar.ts'
export { type Clock, systemClock } from './market/clock.ts'
export type { Right } from './market/contract.ts'
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
export type { LedgerRow, SlotOutcome, SlotReason } from './snapshot/ledger.ts'
export type { ObservationRow, ObservationSource } from './snapshot/observations.ts'
export { flagNames } from './snapshot/quality.ts'
export { SNAPSHOT_COLUMNS, type SnapshotRow } from './snapshot/row.ts'
