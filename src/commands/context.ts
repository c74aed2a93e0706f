import type { Command } from 'commander'
import { type Config, loadConfig, type Override } from '../config/config.ts'
import { findConfigFile } from '../config/config-file.ts'
import { EXIT, Failure } from '../process/failure.ts'
import { type Lifetime, openLifetime } from '../process/lifetime.ts'
import { type Log, openLog } from '../process/log.ts'
import { parseSymbols } from './option-values.ts'
import { clearActivity } from './terminal/activity.ts'
import { logLine } from './terminal/log-line.ts'
import { canRedraw, outputScreen, screenOf, setWide } from './terminal/screen.ts'
import { statusText, warningText, wrapped } from './terminal/wrap.ts'

/** The options that every command has. */
interface GlobalOptions {
  readonly config?: string
  readonly lake?: string
  readonly gateway?: string
  readonly clientId?: string
  readonly clock?: string
  readonly symbols?: string
  readonly json?: true
  readonly wide?: true
}

/** Everything that is passed to a command. */
export interface CommandContext {
  readonly config: Config
  /** The file that the configuration was read from; null without one. */
  readonly configFile: string | null
  readonly log: Log
  readonly lifetime: Lifetime
  /** Aborted by SIGINT and SIGTERM: end soon, and keep what has arrived. */
  readonly signal: AbortSignal
  readonly json: boolean
  /** Writes one line of the answer to standard output. */
  print(line: string): void
  /** Writes one line of progress or advice to standard error. */
  printStatus(line: string): void
  /** Writes one line to standard error that says what is wrong although the command goes on. */
  printWarning(line: string): void
  /** Standard error is a terminal on which progress can be shown. */
  readonly interactive: boolean
}

/** Runs a command with its own lifetime: whatever it opens is closed, even if it fails. */
export async function withContext(
  command: Command,
  signal: AbortSignal,
  run: (context: CommandContext) => Promise<void>,
): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions>()
  const file = findConfigFile({ named: options.config, environment: process.env })
  const config = loadConfig(file, process.env, overridesOf(options), (message) =>
    writeStatus(warningText(message)),
  )
  const lifetime = openLifetime()
  const json = options.json === true
  setWide(options.wide === true)
  let log: Log | undefined
  const context: CommandContext = {
    config,
    configFile: file?.path ?? null,
    // The log's package takes time to load, and commands that only read write none.
    get log() {
      log ??= openLog(config.log.level, json || process.stderr.isTTY !== true ? undefined : writeLogLine)
      return log
    },
    lifetime,
    signal,
    json,
    print: (line) => {
      clearActivity()
      process.stdout.write(`${json ? line : wrapped(line, outputScreen())}\n`)
    },
    printStatus: writeStatus,
    printWarning: (line) => writeStatus(warningText(line)),
    interactive: canRedraw(process.stderr),
  }
  try {
    await run(context)
  } finally {
    clearActivity()
    await lifetime.close()
  }
}

function writeStatus(line: string): void {
  clearActivity()
  process.stderr.write(`${statusText(line, screenOf(process.stderr))}\n`)
}

/** The log of a command at a terminal. */
function writeLogLine(line: string): void {
  clearActivity()
  process.stderr.write(`${logLine(line, screenOf(process.stderr))}\n`)
}

/** Waits until the user stops the command. */
export function untilStopped(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function overridesOf(options: GlobalOptions): Override[] {
  const overrides: Override[] = []
  const set = (source: string, path: string[], value: unknown) => overrides.push({ source, path, value })
  if (options.lake !== undefined) set('--lake', ['lake', 'folder'], options.lake)
  if (options.clock !== undefined) set('--clock', ['clock'], options.clock)
  if (options.symbols !== undefined) set('--symbols', ['symbols'], parseSymbols('--symbols', options.symbols))
  if (options.clientId !== undefined)
    set('--client-id', ['gateway', 'clientId'], numberOrText(options.clientId))
  if (options.gateway !== undefined) {
    const address = /^(?<host>[^:]+|\[.+\]):(?<port>\d+)$/.exec(options.gateway)?.groups
    if (!address) {
      throw new Failure(
        EXIT.usage,
        `--gateway ${options.gateway} is not HOST:PORT: write for example --gateway 127.0.0.1:4001`,
      )
    }
    set('--gateway', ['gateway', 'host'], address.host?.replace(/^\[|\]$/g, ''))
    set('--gateway', ['gateway', 'port'], Number(address.port))
  }
  return overrides
}

function numberOrText(text: string): number | string {
  return /^-?\d+$/.test(text) ? Number(text) : text
}
