import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Command } from 'commander'
import { newYorkClock, newYorkDate } from '../../market/calendar.ts'
import { type Clock, clockFrom, systemClock } from '../../market/clock.ts'
import type { EpochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { Market } from '../../simulator/market/market.ts'
import { recordedMarket } from '../../simulator/market/recorded/recorded.ts'
import { dailyMarket } from '../../simulator/market/synthetic/daily.ts'
import { IB_LIMIT_SETTINGS } from '../../simulator/options.ts'
import { startSimulator } from '../../simulator/server.ts'
import { type CommandContext, untilStopped, withContext } from '../context.ts'
import { parseTime, parseWholeNumber } from '../option-values.ts'
import { count } from '../terminal/format.ts'

interface SimulateOptions {
  readonly port: string
  readonly seed?: string
  readonly chain?: string
  readonly now?: string
  readonly ibLimits?: true
}

export function registerSimulate(program: Command, signal: AbortSignal): void {
  program
    .command('simulate')
    .description('serve a simulated market to any TWS client, until stopped')
    .option('--port <port>', 'TCP port on 127.0.0.1; 0 takes a free one', '4002')
    .option('--seed <number>', 'seed of the synthetic market')
    .option('--chain <file.csv>', 'serve recorded quotes from a file instead (columns: docs/chain-file.md)')
    .option(
      '--now <time>',
      "the gateway's time at the start, such as 2024-06-14T15:28:47Z (default: the system time)",
    )
    .option('--ib-limits', "enforce Interactive Brokers' limits and latencies: 50 messages/s, 100 lines")
    .addHelpText(
      'after',
      `
Examples:
  optionlake simulate
  optionlake simulate --port 7497 --ib-limits --now 2026-11-20T10:00:00-05:00
  optionlake simulate --chain spy.csv --now 2024-06-14T15:28:47Z`,
    )
    .action((options: SimulateOptions, command: Command) =>
      withContext(command, signal, (context) => simulate(context, options)),
    )
}

async function simulate(context: CommandContext, options: SimulateOptions): Promise<void> {
  const { config, signal, lifetime } = context
  const clock = clockOf(options.now)
  const seed =
    options.seed === undefined
      ? config.simulator.seed
      : parseWholeNumber('--seed', options.seed, { min: 0, max: 2_147_483_647 })
  const market = marketOf(options, { clock, seed })
  const { seed: _, ...configured } = config.simulator
  const rules = {
    ...configured,
    ...(options.ibLimits ? IB_LIMIT_SETTINGS : {}),
    port: parseWholeNumber('--port', options.port, { min: 0, max: 65_535 }),
  }
  const simulator = await startSimulator(market, rules, { clock, seed })
  lifetime.onClose(() => simulator.close())

  const { host, port } = simulator
  const what = options.chain ? `recorded chain ${basename(options.chain)}` : `synthetic market, seed ${seed}`
  const time = `${newYorkDate(clock.now())} ${newYorkClock(clock.now())} New York`
  const limits = `${count(rules.messagesPerSecond)} messages/s, ${count(rules.lines)} lines`
  if (context.json) context.print(JSON.stringify({ host, port, what, now: clock.now(), ...limitsOf(rules) }))
  else {
    context.print(`listening on ${host}:${port}: ${what}; ${time}; ${limits}`)
    const symbols = options.chain ? ` --symbols ${symbolsOf(market, config.symbols).join(',')}` : ''
    context.printStatus(
      `try: optionlake doctor --gateway ${host}:${port} --clock gateway${symbols}; Ctrl-C stops it`,
    )
  }
  await untilStopped(signal)
  const stats = simulator.stats()
  if (context.json) context.print(JSON.stringify(stats))
  else {
    context.printStatus(
      `served ${stats.connections} connections: peak ${stats.peakMessagesPerSecond} messages/s and ${stats.peakLines} lines, ` +
        `errors ${JSON.stringify(stats.errors)}`,
    )
  }
}

function limitsOf({ messagesPerSecond, lines }: { messagesPerSecond: number; lines: number }) {
  return { messagesPerSecond, lines }
}

/** The configured symbols that the recorded market has; all of them if it has none. */
function symbolsOf(market: Market, symbols: readonly string[]): readonly string[] {
  const known = symbols.filter((symbol) => market.find({ symbol, secType: 'STK' }).length > 0)
  return known.length > 0 ? known : symbols
}

function clockOf(now: string | undefined): Clock {
  if (now === undefined) return systemClock
  return clockFrom(parseTime('--now', now))
}

function marketOf(options: SimulateOptions, { clock, seed }: { clock: Clock; seed: number }): Market {
  const asOf: EpochMs = clock.now()
  if (options.chain === undefined) return dailyMarket(seed, clock)
  let text: string
  try {
    text = readFileSync(options.chain, 'utf8')
  } catch (error) {
    throw new Failure(EXIT.usage, `--chain ${options.chain} cannot be read: ${(error as Error).message}`)
  }
  return recordedMarket(text, { name: options.chain, now: asOf })
}
