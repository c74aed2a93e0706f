import type { Command } from 'commander'
import { lastSessionBefore, newYorkClock, newYorkDate, sessionContaining } from '../../../market/calendar.ts'
import type { EpochMs } from '../../../market/units.ts'
import type { SimulatorEnded, SimulatorStarted } from '../../../schemas/gateway/simulate.ts'
import { IB_LIMIT_SETTINGS } from '../../../simulator/options.ts'
import { startSimulator } from '../../../simulator/server.ts'
import { type CommandContext, untilStopped, withContext } from '../../context.ts'
import { parseWholeNumber } from '../../option-values.ts'
import { isoTime, printJson } from '../../print-json.ts'
import { snakeCased } from '../../snake-case.ts'
import { openActivity } from '../../terminal/activity.ts'
import { amount, count } from '../../terminal/format.ts'
import type { MarketChoice } from './market-choice.ts'
import { openSimulatedMarket } from './simulated-market.ts'

interface SimulateOptions extends MarketChoice {
  readonly port: string
  readonly ibLimits?: true
}

const HALF_AN_HOUR_MS = 1_800_000

export function registerSimulate(program: Command, signal: AbortSignal): void {
  program
    .command('simulate')
    .description('serve a simulated market to any TWS client, until stopped')
    .option('--port <port>', 'TCP port on 127.0.0.1; 0 takes a free one', '4002')
    .option('--seed <number>', 'seed of the market (default: simulator.seed, or that of the scenario)')
    .option('--chain <file.csv>', 'serve recorded quotes from a file instead (columns: docs/chain-file.md)')
    .option(
      '--scenario <name>',
      'serve a scenario of the exchange, by name or by the path of a .json file; its stock EXCH trades in an order book',
    )
    .option(
      '--now <time>',
      "the gateway's time at the start, such as 2024-06-14T15:28:47Z (default: the system time; of a scenario the last open when the market is closed)",
    )
    .option('--replay <lake>', 'serve the stored chains of a lake instead, slot by slot')
    .option('--from <time>', 'start of the replay (default: the first stored slot)')
    .option('--speed <number>', 'pace of the replay or scenario (default: 1, real time)')
    .option('--ib-limits', "enforce Interactive Brokers' limits and latencies: 50 messages/s, 100 lines")
    .addHelpText(
      'after',
      `
Examples:
  optionlake simulate
  optionlake simulate --port 7497 --ib-limits --now 2026-11-20T10:00:00-05:00
  optionlake simulate --chain spy.csv --now 2024-06-14T15:28:47Z
  optionlake simulate --replay lake/ib --from 2026-11-20T10:00:00-05:00 --speed 10
  optionlake simulate --scenario flash_crash`,
    )
    .action((options: SimulateOptions, command: Command) =>
      withContext(command, signal, (context) => simulate(context, options)),
    )
}

async function simulate(context: CommandContext, options: SimulateOptions): Promise<void> {
  const { config, signal, lifetime } = context
  const { seed: _, ...configured } = config.simulator
  const rules = {
    ...configured,
    ...(options.ibLimits ? IB_LIMIT_SETTINGS : {}),
    port: parseWholeNumber('--port', options.port, { min: 0, max: 65_535 }),
  }
  openActivity('starting the gateway', context.interactive)
  const simulated = await openSimulatedMarket(context, options)
  const { market, clock, seed, what, symbols, openVenue, ended } = simulated
  const simulator = await startSimulator(market, rules, { clock, seed, ...(openVenue ? { openVenue } : {}) })
  lifetime.onClose(() => simulator.close())

  const { host, port } = simulator
  const time = `${newYorkDate(clock.now())} ${newYorkClock(clock.now())} New York`
  const limits = `${count(rules.messagesPerSecond)} messages/s, ${count(rules.lines)} lines`
  if (context.json) {
    const { messagesPerSecond: messages_per_second, lines } = rules
    const now = isoTime(clock.now())
    printJson<SimulatorStarted>(context, { host, port, what, now, messages_per_second, lines })
  } else {
    context.print(`listening on ${host}:${port}: ${what}; ${time}; ${limits}`)
    const named = symbols === null ? '' : ` --symbols ${symbols.join(',')}`
    context.printStatus(
      `try: optionlake doctor --gateway ${host}:${port} --clock gateway${named}; Ctrl-C stops it`,
    )
    const canStartElsewhen = options.chain === undefined && options.replay === undefined
    if (canStartElsewhen && sessionContaining(clock.now()) === null)
      context.printStatus(closedHint(clock.now()))
  }
  const goesOn = ended?.then((line) => {
    context.printStatus(line)
    return untilStopped(signal)
  })
  await Promise.race([untilStopped(signal), ...(goesOn ? [goesOn] : [])])
  const stats = simulator.stats()
  if (context.json) {
    const { received, errors, error100: _, error101: __, ...counts } = stats
    printJson<SimulatorEnded>(context, { ...snakeCased(counts), received, errors })
  } else {
    context.printStatus(
      `served ${amount(stats.connections, 'connection')}: at most ${amount(stats.peakMessagesPerSecond, 'message')}/s ` +
        `and ${amount(stats.peakLines, 'line')}; ${errorsText(stats.errors)}`,
    )
  }
}

/** `errors: 2 × 200, 1 × 354`. */
function errorsText(errors: Readonly<Record<string, number>>): string {
  const counts = Object.entries(errors).map(([code, times]) => `${count(times)} × ${code}`)
  return counts.length === 0 ? 'no errors' : `errors: ${counts.join(', ')}`
}

/** Orders that only wait are not what someone expects who tries the simulator on a weekend. */
function closedHint(now: EpochMs): string {
  const inSession = new Date(lastSessionBefore(now).openAt + HALF_AN_HOUR_MS).toISOString()
  return `the market is closed at this time, and orders wait for its open: --now ${inSession.replace('.000', '')} starts in a session`
}
