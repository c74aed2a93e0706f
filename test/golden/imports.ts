/** All imports of the golden tests from the program and from other tests: when code moves, only this file changes. */

export { analyticsOptions } from '../../src/analytics/options.ts'
export { recoverJournals } from '../../src/capture/recover-journal.ts'
export {
  type ChainCache,
  chainCachePath,
  readChainCache,
  writeChainCache,
} from '../../src/chain/chain-cache.ts'
export { expirationKey } from '../../src/chain/expiration.ts'
export { configJsonSchema, loadConfig } from '../../src/config/config.ts'
export { openJournal } from '../../src/harvest/journal/journal.ts'
export { verify } from '../../src/lake/check/verify/verify.ts'
export { type Lake, openLake } from '../../src/lake/open.ts'
export { sql } from '../../src/lake/query/sql.ts'
export { slots, stats } from '../../src/lake/query/stats.ts'
export { checkpointNow } from '../../src/lake/tables/ledger.ts'
export { readRows } from '../../src/lake/tables/read-rows.ts'
export { DAILY_OBSERVATIONS, MARKET_METRICS, type TableRow } from '../../src/lake/tables/small-tables.ts'
export { append } from '../../src/lake/write/append.ts'
export { compact } from '../../src/lake/write/compact.ts'
export { recordReports } from '../../src/lake/write/record-reports.ts'
export { upsert } from '../../src/lake/write/write-rows.ts'
export type { Clock } from '../../src/market/clock.ts'
export type { OptionContract } from '../../src/market/contract.ts'
export type { Tick } from '../../src/market/quote.ts'
export { conId, epochMs, expiryDate, sessionDate } from '../../src/market/units.ts'
export { Failure } from '../../src/process/failure.ts'
export { openLog } from '../../src/process/log.ts'
export { createMetrics } from '../../src/serve/metrics/metrics.ts'
export { MARKET_METRICS_COLUMNS, type MarketMetricsRow } from '../../src/snapshot/figures/market-metrics.ts'
export { flagNames } from '../../src/snapshot/quality-flags.ts'
export { reportMissing } from '../../src/snapshot/symbol-report.ts'
export { runCommand } from '../commands/run-command.ts'
export { type Ended, type Environment, type Running, run, start, temporaryFolder } from '../e2e/program.ts'
export { filesBelow } from '../lake/lakes.ts'
export { after, chain, DAY, row, SLOT, slotOf } from '../lake/slots.ts'
export { recordAll } from '../support/recorded-metrics.ts'
