import { Command } from 'commander'
import { registerBackfill } from './gateway/backfill.ts'
import { registerCollectOnce } from './gateway/collect-once.ts'
import { registerDoctor } from './gateway/doctor/doctor.ts'
import { registerPlan } from './gateway/plan.ts'
import { registerRun } from './gateway/run.ts'
import { registerSimulate } from './gateway/simulate.ts'
import { registerCompact } from './maintenance/compact.ts'
import { registerMetrics } from './maintenance/metrics.ts'
import { registerRepair } from './maintenance/repair.ts'
import { registerVacuum } from './maintenance/vacuum.ts'
import { registerVerify } from './maintenance/verify.ts'
import { registerChain } from './query/chain.ts'
import { registerExport } from './query/export.ts'
import { registerIv } from './query/iv.ts'
import { registerMarket } from './query/market.ts'
import { registerSql } from './query/sql.ts'
import { registerStats } from './query/stats.ts'
import { registerStatus } from './query/status.ts'

/** The program with every command, in the order of its help. `signal` asks the running command to end soon. */
export function createProgram(version: string, signal: AbortSignal): Command {
  const program = new Command('optionlake')
    .description(
      'Collects whole option chains from Interactive Brokers into an open, crash-safe Parquet lake.',
    )
    .version(version)
    .option('--config <file>', 'configuration file (default: config/optionlake.json if it exists)')
    .option('--lake <folder>', 'folder of the lake')
    .option(
      '--gateway <host:port>',
      'TWS or IB Gateway (default: gateway.host, or without one the embedded simulator)',
    )
    .option('--client-id <number>', 'client id at the gateway')
    .option('--clock <source>', 'where the time comes from: system or gateway')
    .option('--symbols <list>', 'underlyings, separated by commas')
    .option('--json', 'print the answer as JSON')
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText(
      'after',
      `
Exit codes: 0 ok (also a partial slot, with a warning), 64 usage or unknown symbol, 69 gateway unreachable,
73 folder not writable, 74 I/O error or disk full, 75 locked or try later, 77 client id in use or account refused,
78 configuration.

Examples:
  optionlake collect-once                           collect one slot from the embedded simulator
  optionlake chain SPY                              show what was stored
  optionlake --gateway 127.0.0.1:4001 doctor        check whether a gateway is ready`,
    )
  registerRun(program, signal, version)
  registerCollectOnce(program, signal)
  registerBackfill(program, signal)
  registerPlan(program, signal)
  registerDoctor(program, signal)
  registerChain(program, signal)
  registerMarket(program, signal)
  registerIv(program, signal)
  registerMetrics(program, signal)
  registerStatus(program, signal)
  registerStats(program, signal)
  registerSql(program, signal)
  registerExport(program, signal)
  registerCompact(program, signal)
  registerVerify(program, signal)
  registerRepair(program, signal)
  registerVacuum(program, signal)
  registerSimulate(program, signal)
  return program
}
