import type { Command } from 'commander'
import { exchangeOptions, participantName } from '../../exchange/options.ts'
import { DEFAULT_PASSWORD } from '../../exchange/server/credentials.ts'
import { loadOfferedScenarios } from '../../exchange/server/offered-scenarios.ts'
import { openExchange } from '../../exchange/server/server.ts'
import { systemClock } from '../../market/clock.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { ExchangeAnswer } from '../../schemas/gateway/exchange.ts'
import { type CommandContext, untilStopped, withContext } from '../context.ts'
import { parseWholeNumber } from '../option-values.ts'
import { printJson } from '../print-json.ts'

interface ExchangeCommandOptions {
  readonly port?: string
  readonly scenario?: readonly string[]
  readonly rules?: string
  readonly seed?: string
  readonly steps?: string
  readonly name?: readonly string[]
}

export function registerExchange(program: Command, signal: AbortSignal): void {
  program
    .command('exchange')
    .description('serve simulated markets over the exchange protocol (REST and WebSockets), until stopped')
    .option('--port <port>', 'TCP port; 0 takes a free one (default: exchange.port, 8080)')
    .option(
      '--scenario <name...>',
      'scenarios to offer, by name or by the path of a .json file (default: all that are built in)',
    )
    .option(
      '--rules <set>',
      'original: breaking a limit ends the run; research: the order is refused (default: exchange.rules, research)',
    )
    .option('--seed <number>', 'seed of every run (default: that of the scenario)')
    .option(
      '--steps <number>',
      'steps of every run, 100 ms of market time each (default: those of the scenario)',
    )
    .option('--name <name...>', 'the only names that may start runs (default: exchange.participants)')
    .addHelpText(
      'after',
      `
Without exchange.participants in the configuration, on this machine only: name guest, password ${DEFAULT_PASSWORD}.
The protocol, with a complete example: docs/exchange.md.

Examples:
  optionlake exchange
  optionlake exchange --scenario flash_crash --rules original --port 9000
  curl -H "Authorization: Bearer guest" -H "X-Team-Password: ${DEFAULT_PASSWORD}" \\
    http://127.0.0.1:8080/api/replays/normal_market/start`,
    )
    .action((options: ExchangeCommandOptions, command: Command) =>
      withContext(command, signal, (context) => exchange(context, options)),
    )
}

async function exchange(context: CommandContext, options: ExchangeCommandOptions): Promise<void> {
  const { config, signal, lifetime, log } = context
  const settings = {
    ...config.exchange,
    ...(options.port !== undefined && {
      port: parseWholeNumber('--port', options.port, { min: 0, max: 65_535 }),
    }),
    ...(options.rules !== undefined && { rules: rulesOf(options.rules) }),
  }
  const scenarios = loadOfferedScenarios(options.scenario ?? [], {
    seed: optionalNumber('--seed', options.seed, { min: 0, max: 2_147_483_647 }),
    steps: optionalNumber('--steps', options.steps, { min: 1, max: 10_000_000 }),
  })
  const server = await openExchange({
    ...{ options: settings, scenarios, clock: systemClock },
    names: (options.name ?? []).map(nameOf),
    onError: (error) => log.error({ err: error }, 'the exchange'),
  })
  lifetime.onClose(() => server.close())

  const { url, port, names, withDefaultPassword, fingerprint } = server
  const ids = [...scenarios.keys()]
  if (context.json) {
    const { rules } = settings
    printJson<ExchangeAnswer>(context, { url, port, rules, scenarios: ids, names, fingerprint })
  } else {
    context.print(
      `listening on ${url}: ${ids.join(', ')}; rules ${settings.rules}; names ${names.join(', ')}`,
    )
    if (fingerprint !== null) context.print(`certificate SHA-256 ${fingerprint}`)
  }
  if (withDefaultPassword.length > 0) {
    context.printStatus(
      `${withDefaultPassword.join(', ')}: password ${DEFAULT_PASSWORD}, for programs on this machine only; set others in exchange.participants`,
    )
  }
  if (server.unreadableResults > 0) {
    context.printStatus(
      `${settings.resultsFile}: ${server.unreadableResults} lines are no results and were left out`,
    )
  }
  if (!context.json) context.printStatus('Ctrl-C stops it')
  await untilStopped(signal)
}

function nameOf(text: string): string {
  const parsed = participantName.safeParse(text)
  if (parsed.success) return parsed.data
  throw new Failure(EXIT.usage, `--name ${JSON.stringify(text)}: ${parsed.error.issues[0]?.message}`)
}

function rulesOf(text: string): 'original' | 'research' {
  const parsed = exchangeOptions.shape.rules.safeParse(text)
  if (parsed.success) return parsed.data
  throw new Failure(EXIT.usage, `--rules ${text} is unknown: write original or research`)
}

function optionalNumber(
  option: string,
  text: string | undefined,
  range: { min: number; max: number },
): number | null {
  return text === undefined ? null : parseWholeNumber(option, text, range)
}
