import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { daemonUrl } from '../../../daemon/running-daemon.ts'
import { epochMs } from '../../../market/units.ts'
import { EXIT, Failure } from '../../../process/failure.ts'
import type { TopAnswer } from '../../../schemas/gateway/top.ts'
import { type CommandContext, withContext } from '../../context.ts'
import { printJson } from '../../print-json.ts'
import { canRedraw, outputScreen } from '../../terminal/screen.ts'
import { type DaemonState, readDaemonState } from './daemon-state.ts'
import { serverEvents } from './event-stream.ts'
import { openFullScreen } from './full-screen.ts'
import { type CycleState, topLines } from './top-lines.ts'

/** The newest slots and figures are read again so often at least, and after each event that changes them. */
const READ_EVERY_MS = 5_000
const DRAW_EVERY_MS = 500
/** From the end of a stream of events to the next attempt. */
const AGAIN_MS = 1_000

export function registerTop(program: Command, signal: AbortSignal): void {
  program
    .command('top')
    .description('show what a running daemon does, live: slots, rates, coverage, figures, problems')
    .option(
      '--url <address>',
      'address of the daemon (default: http.host and http.port of the configuration)',
    )
    .addHelpText(
      'after',
      `
Shows the running slot and the next one, the rate against its limit, what is stored
today, the newest figures, and what is wrong. q or Ctrl+C ends it. Without a terminal,
and with --json, it prints the state once.

Examples:
  optionlake top
  optionlake top --url http://127.0.0.1:8787
  optionlake top --json`,
    )
    .action((options: { url?: string }, command: Command) =>
      withContext(command, signal, (context) => top(context, options.url)),
    )
}

async function top(context: CommandContext, named: string | undefined): Promise<void> {
  const url = addressOf(named, context)
  const first = await readDaemonState(url, context.signal).catch((error: unknown) => {
    throw new Failure(
      EXIT.unreachable,
      `no daemon answers at ${url} (${reasonOf(error)}): start one with optionlake run or optionlake demo, or name its address with --url`,
    )
  })
  if (context.json) printJson<TopAnswer>(context, first)
  else if (canRedraw(process.stdout) && process.stdin.isTTY) await watch(context, first)
  else for (const line of linesOf(first)) context.print(line)
}

function addressOf(named: string | undefined, { config }: CommandContext): string {
  if (named !== undefined) {
    if (URL.canParse(named) && /^https?:/.test(named)) return named.replace(/\/+$/, '')
    throw new Failure(EXIT.usage, `--url ${named} is not an address: write for example http://127.0.0.1:8787`)
  }
  const url = daemonUrl(config.http)
  if (url !== null) return url
  throw new Failure(
    EXIT.usage,
    'http.port is 0, so the daemon took any free port: name its address with --url',
  )
}

/** One snapshot, without a terminal. */
function linesOf(state: DaemonState): string[] {
  const now = epochMs(Date.parse(state.at))
  return topLines(state, { cycle: null, now, screen: outputScreen(), rows: null, trouble: null })
}

/** Redraws until q, Ctrl+C or a signal. */
async function watch({ lifetime, signal }: CommandContext, first: DaemonState): Promise<void> {
  const ended = new AbortController()
  const stop = AbortSignal.any([signal, ended.signal])
  const screen = openFullScreen({ onQuit: () => ended.abort(), onResize: () => draw() })
  lifetime.onClose(screen.close)
  let state = first
  let readAt = performance.now()
  let cycle: CycleState | null = null
  let trouble: string | null = null

  function draw(): void {
    // Between two answers the daemon's clock is taken to go on as ours does.
    const now = epochMs(Math.round(Date.parse(state.at) + performance.now() - readAt))
    screen.draw(
      topLines(state, { cycle, now, screen: outputScreen(), rows: process.stdout.rows || 24, trouble }),
    )
  }

  let isReading = false
  async function readAgain(): Promise<void> {
    if (isReading || stop.aborted) return
    isReading = true
    try {
      state = await readDaemonState(state.url, stop)
      readAt = performance.now()
      trouble = null
    } catch (error) {
      trouble = reasonOf(error)
    }
    isReading = false
  }

  async function follow(): Promise<void> {
    while (!stop.aborted) {
      try {
        for await (const { name, data } of serverEvents(`${state.url}/api/events`, stop)) {
          if (name === 'cycle') cycle = data as CycleState
          else if (name !== 'beat') void readAgain()
        }
      } catch {
        // The reading says why there is no answer.
      }
      // What its cycle does meanwhile is not known.
      cycle = null
      await readAgain()
      await setTimeout(AGAIN_MS, undefined, { signal: stop }).catch(() => {})
    }
  }

  const reading = setInterval(() => void readAgain(), READ_EVERY_MS)
  const drawing = setInterval(draw, DRAW_EVERY_MS)
  lifetime.onClose(() => {
    clearInterval(reading)
    clearInterval(drawing)
  })
  draw()
  await follow()
}

/** `fetch` wraps what the system said. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : message
}
