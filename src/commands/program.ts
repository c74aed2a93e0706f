import type { Command } from 'commander'
import { AdvisingCommand } from './advising-command.ts'
import { asksForJson } from './exit.ts'
import { fromFirstOperand, type Loaders } from './sub-commands.ts'
import { helpText } from './terminal/help-text.ts'
import { outputScreen } from './terminal/screen.ts'

/** Every command, in the order of the help. Loaded by name, because Polars, DuckDB and the IB client take time to load. */
export const COMMANDS: Loaders = {
  demo: async () => (await import('./gateway/demo.ts')).registerDemo,
  run: async () => (await import('./gateway/run.ts')).registerRun,
  top: async () => (await import('./gateway/top/top.ts')).registerTop,
  'collect-once': async () => (await import('./gateway/collect-once.ts')).registerCollectOnce,
  backfill: async () => (await import('./gateway/backfill.ts')).registerBackfill,
  plan: async () => (await import('./gateway/plan.ts')).registerPlan,
  doctor: async () => (await import('./gateway/doctor/doctor.ts')).registerDoctor,
  chain: async () => (await import('./query/chain/chain.ts')).registerChain,
  futures: async () => (await import('./query/futures.ts')).registerFutures,
  market: async () => (await import('./query/market.ts')).registerMarket,
  surface: async () => (await import('./query/surface.ts')).registerSurface,
  bars: async () => (await import('./query/bars.ts')).registerBars,
  iv: async () => (await import('./query/iv.ts')).registerIv,
  positioning: async () => (await import('./query/positioning.ts')).registerPositioning,
  realized: async () => (await import('./query/realized.ts')).registerRealized,
  metrics: async () => (await import('./maintenance/metrics.ts')).registerMetrics,
  alerts: async () => (await import('./alerts/alerts.ts')).registerAlerts,
  status: async () => (await import('./query/status.ts')).registerStatus,
  stats: async () => (await import('./query/stats.ts')).registerStats,
  sql: async () => (await import('./query/sql.ts')).registerSql,
  export: async () => (await import('./query/export.ts')).registerExport,
  mcp: async () => (await import('./query/mcp.ts')).registerMcp,
  compact: async () => (await import('./maintenance/compact.ts')).registerCompact,
  verify: async () => (await import('./maintenance/verify.ts')).registerVerify,
  repair: async () => (await import('./maintenance/repair.ts')).registerRepair,
  vacuum: async () => (await import('./maintenance/vacuum.ts')).registerVacuum,
  backup: async () => (await import('./maintenance/backup.ts')).registerBackup,
  restore: async () => (await import('./maintenance/restore.ts')).registerRestore,
  simulate: async () => (await import('./gateway/simulate/simulate.ts')).registerSimulate,
  exchange: async () => (await import('./gateway/exchange.ts')).registerExchange,
  experiment: async () => (await import('./experiment/experiment.ts')).registerExperiment,
  paper: async () => (await import('./paper/paper.ts')).registerPaper,
  completion: async () => (await import('./completion/completion.ts')).registerCompletion,
}

/** Descriptions of options are wrapped where they have as much room, beside the longest option. */
const LEAST_HELP_COLUMNS = 20

/** Other spellings of commands. */
const ALIASES: Readonly<Record<string, string>> = { realised: 'realized' }

/**
 * The program with the command that the arguments name, or with every command if they name none. `signal` asks the
 * running command to end soon. `commands` may be those of the catalogue, which are there at once.
 */
export async function createProgram(
  args: readonly string[],
  version: string,
  signal: AbortSignal,
  commands: Loaders = COMMANDS,
): Promise<Command> {
  const program = new AdvisingCommand('optionlake')
    .description(
      'Collects whole option chains from Interactive Brokers into an open, crash-safe Parquet lake.',
    )
    .version(version)
    .option(
      '--config <file>',
      'configuration file (default: the first of config/optionlake.json, ~/.config/optionlake/optionlake.json and /etc/optionlake/optionlake.json)',
    )
    .option('--lake <folder>', 'folder of the lake')
    .option(
      '--gateway <host:port>',
      'TWS or IB Gateway (default: gateway.host, or without one the embedded simulator)',
    )
    .option('--client-id <number>', 'client id at the gateway')
    .option('--clock <source>', 'where the time comes from: system or gateway')
    .option('--symbols <list>', 'underlyings, separated by commas')
    .option('--json', 'print the answer as JSON')
    .option('--wide', 'print whole tables, however narrow the terminal is')
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: LEAST_HELP_COLUMNS })
    .showSuggestionAfterError()
    .exitOverride()
    // main.ts writes errors, with the program's name before them or as JSON.
    .configureOutput({
      outputError: () => {},
      writeOut: (text) => void process.stdout.write(helpText(text, outputScreen())),
      ...(asksForJson(args) && { writeErr: () => {} }),
    })
    .addHelpText(
      'after',
      `
Exit codes: 0 ok (also a partial slot, with a warning), 64 usage or unknown symbol, 69 gateway unreachable,
73 folder not writable, 74 I/O error or disk full, 75 locked or try later, 77 client id in use or account refused,
78 configuration, 130 or 143 cut off by SIGINT or SIGTERM.

Examples:
  optionlake collect-once                           collect one slot from the embedded simulator
  optionlake chain SPY                              show what was stored
  optionlake --gateway 127.0.0.1:4001 doctor        check whether a gateway is ready`,
    )
  const [written = '', ...rest] = fromFirstOperand(args, program.options)
  const name = Object.hasOwn(ALIASES, written) ? (ALIASES[written] as string) : written
  for (const [known, load] of Object.entries(commands)) {
    if (known === name || !Object.hasOwn(commands, name)) {
      await (await load())(program, signal, version, known === name ? rest : [])
    }
  }
  // Only the spelling that was used, so that the list of commands has one name for each.
  if (name !== written) program.commands.find((command) => command.name() === name)?.alias(written)
  return program
}
