import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Config } from '../../config/config.ts'
import { demoConfig } from '../../daemon/demo/demo-config.ts'
import {
  type DemoDay,
  LAST_DEMO_DATE,
  latestDemoDate,
  neighboursOf,
  planDemo,
} from '../../daemon/demo/demo-day.ts'
import { openDemo } from '../../daemon/demo/open-demo.ts'
import { pastSlotCount, storePast } from '../../daemon/demo/store-past.ts'
import { newYorkTime, sessionOn, type TradingSession } from '../../market/calendar.ts'
import { systemClock } from '../../market/clock.ts'
import { namesOf } from '../../market/instrument.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { DemoAnswer } from '../../schemas/gateway/demo.ts'
import { type CommandContext, untilStopped, withContext } from '../context.ts'
import { parseDate, parseWholeNumber } from '../option-values.ts'
import { isoTime, printJson } from '../print-json.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'

interface DemoOptions {
  readonly day?: string
  readonly speed: string
  readonly sessions: string
  readonly port?: string
  readonly keep?: true
}

/** Options of every command that a demo has no use for, or must not have. */
const NOT_FOR_DEMOS = {
  gateway: 'it has a simulated gateway of its own',
  config: 'it has settings of its own',
  clientId: 'it has a simulated gateway of its own',
  clock: 'it has a clock of its own',
  symbols: 'it has SPY and QQQ',
} as const

/** Above it, a slot would begin before the one before is stored. */
const MAX_SPEED = 300
const MAX_SESSIONS = 20
const USUAL_PORT = 8_787

export function registerDemo(program: Command, signal: AbortSignal, version: string): void {
  program
    .command('demo')
    .description('show the page on a simulated trading day with a crash, on any day, without an account')
    .option('--day <date>', 'the trading day to play (default: the last one that is over)')
    .option('--speed <number>', 'how many times as fast as the clock', '60')
    .option('--sessions <count>', 'whole sessions before the day that are stored first, 0 to 20', '0')
    .option('--port <number>', `port of the page (default: ${USUAL_PORT}, or a free one if it is taken)`)
    .option('--keep', 'keep the lake at the end; with --lake it is always kept')
    .addHelpText(
      'after',
      `
All data are simulated. The lake begins with a year of daily prices, the end of the session before and the first slots of
the day; the rest of the day is collected from an embedded gateway while you look on. Each whole session before takes
some seconds more. The market crashes ten minutes after the
demo begins, which is ten seconds at the usual speed. The lake is a new folder of its own, deleted at the end.
Settings and environment variables do not count here.

Examples:
  optionlake demo
  optionlake demo --day 2026-11-20 --speed 30
  optionlake demo --lake lake/demo --sessions 5`,
    )
    .action((options: DemoOptions, command: Command) =>
      withContext(command, signal, (context) => demo(context, options, { command, version })),
    )
}

async function demo(
  context: CommandContext,
  options: DemoOptions,
  { command, version }: { readonly command: Command; readonly version: string },
): Promise<void> {
  const { lifetime, log, signal, print, printStatus } = context
  const given = command.optsWithGlobals<Record<string, string | undefined>>()
  checkUseful(given)
  const speed = parseWholeNumber('--speed', options.speed, { max: MAX_SPEED })
  const wholeSessions = parseWholeNumber('--sessions', options.sessions, { min: 0, max: MAX_SESSIONS })
  const givenPort = options.port === undefined ? null : await freePort(options.port)
  const session = sessionOf(options.day)
  const day = planDemo(session, { wholeSessions, grid: demoConfig().harvest })
  const lake = lakeFolder(context, { named: given.lake, isKept: options.keep === true })
  const settings = { 'lake.folder': lake.folder, 'simulator.crashes': [day.crash] }
  const config = demoConfig(settings)

  const { date } = day.session
  printStatus(
    `optionlake demo: the trading day ${date}, ${speed} times as fast. All data are simulated; no account is used.`,
  )
  await storeWithProgress(day, config, context)
  // Looked at only now: another demo may have taken it while this one stored what came before.
  const port = givenPort ?? (await usualPort())
  const { url, over } = await openDemo(day, {
    config: demoConfig({ ...settings, 'http.port': port }),
    speed,
    log,
    version,
    lifetime,
  })
  const symbols = namesOf(config.symbols)
  if (context.json) {
    printJson<DemoAnswer>(context, {
      ...{ url, lake: resolve(lake.folder), kept: lake.isKept },
      ...{ date, speed, symbols, crash_at: isoTime(day.crashAt) },
    })
  } else {
    const seconds = Math.round((day.crashAt - day.startAt) / speed / 1_000)
    print(`page   ${url}/#/smile/${symbols[0]}`)
    print(`lake   ${lake.folder}${lake.isKept ? '' : ' (deleted at the end; --keep keeps it)'}`)
    print(
      `crash  at ${newYorkTime(day.crashAt)} New York time, in about ${seconds} seconds: see Smile, Volatility, Expected move`,
    )
    print('stop   Ctrl+C')
  }
  over.then(
    () => printStatus('The day is over and stored whole. The page stays; Ctrl+C ends the demo.'),
    () => {},
  )
  await untilStopped(signal)
  printStatus('stopping: storing what has arrived')
}

async function storeWithProgress(day: DemoDay, config: Config, context: CommandContext): Promise<void> {
  const { log, signal, interactive, lifetime } = context
  const total = pastSlotCount(day)
  const bar = openProgressBar('storing what came before', interactive)
  lifetime.onClose(() => bar.close())
  let done = 0
  await storePast(day, { config, log, signal, onSlot: () => bar.update(++done, total) })
  bar.close()
}

/** @throws Failure EXIT.usage for an option that contradicts a demo. */
function checkUseful(given: Readonly<Record<string, string | undefined>>): void {
  for (const [name, why] of Object.entries(NOT_FOR_DEMOS)) {
    if (given[name] === undefined) continue
    const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
    throw new Failure(EXIT.usage, `demo takes no ${option}: ${why}; leave it out`)
  }
}

function sessionOf(day: string | undefined): TradingSession {
  const date = day === undefined ? latestDemoDate(systemClock.now()) : parseDate('--day', day)
  if (date > LAST_DEMO_DATE) {
    throw new Failure(EXIT.usage, `--day ${date} is after ${LAST_DEMO_DATE}, the last that can be played`)
  }
  const session = sessionOn(date)
  if (session) return session
  const [before, after] = neighboursOf(date)
  throw new Failure(EXIT.usage, `--day ${date} is no trading day: try ${before} or ${after}`)
}

interface LakeFolder {
  readonly folder: string
  readonly isKept: boolean
}

/**
 * A new folder, deleted at the end unless it is to be kept.
 * @throws Failure EXIT.usage for one that holds anything; EXIT.cannotCreate for one that cannot be read or made.
 */
function lakeFolder(
  { lifetime, signal }: CommandContext,
  { named, isKept }: { readonly named: string | undefined; readonly isKept: boolean },
): LakeFolder {
  if (named !== undefined) {
    const folder = resolve(named)
    if (holdsAnything(folder, named)) {
      throw new Failure(
        EXIT.usage,
        `--lake ${named} is not empty: a demo has a lake of its own, which never mixes with another: name a new folder`,
      )
    }
    return { folder, isKept: true }
  }
  const folder = temporaryFolder()
  if (!isKept) {
    const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    // Registered first, so that it runs when everything else is closed.
    lifetime.onClose(remove)
    signal.addEventListener('abort', () => {
      for (const name of SIGNALS) process.once(name, () => endNow(name, remove))
    })
  }
  return { folder, isKept }
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** A second Ctrl+C, while the demo stops: it ends at once, as a program without listeners does, but leaves no folder. */
function endNow(name: NodeJS.Signals, remove: () => void): void {
  remove()
  process.kill(process.pid, name)
}

function holdsAnything(folder: string, named: string): boolean {
  try {
    return existsSync(folder) && readdirSync(folder).length > 0
  } catch (error) {
    throw new Failure(
      EXIT.cannotCreate,
      `--lake ${named} cannot be used (${codeOf(error)}): name a new folder`,
      error,
    )
  }
}

function temporaryFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'optionlake-demo-'))
  } catch (error) {
    throw new Failure(
      EXIT.cannotCreate,
      `cannot make a folder for the lake in ${tmpdir()} (${codeOf(error)}): name one with --lake`,
      error,
    )
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}

/** @throws Failure EXIT.usage for a number that is no port; EXIT.tryLater for one that another program has. */
async function freePort(text: string): Promise<number> {
  const port = parseWholeNumber('--port', text, { min: 0, max: 65_535 })
  const problem = await listenProblem(port)
  if (problem === null) return port
  throw new Failure(
    EXIT.tryLater,
    problem.code === 'EADDRINUSE'
      ? `--port ${port} is in use by another program: choose another port, or 0 for a free one`
      : `--port ${port} cannot be used: ${problem.message}: choose another port, or 0 for a free one`,
    problem,
  )
}

/** The usual port, or 0 for a free one while another program has it, such as a daemon that collects. */
async function usualPort(): Promise<number> {
  return (await listenProblem(USUAL_PORT)) === null ? USUAL_PORT : 0
}

/** Why a page cannot listen on this port at the moment; null if it can. */
function listenProblem(port: number): Promise<NodeJS.ErrnoException | null> {
  return new Promise((settle) => {
    const probe = createServer()
    probe.once('error', settle)
    probe.listen(port, '127.0.0.1', () => probe.close(() => settle(null)))
  })
}
