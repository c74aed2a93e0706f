import { existsSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { marketAnswer } from '../../analytics/answers/market-answer.ts'
import { marketData } from '../../analytics/answers/questions.ts'
import { carryOf } from '../../analytics/options.ts'
import { chainAsOf } from '../../lake/query/chains.ts'
import { systemClock } from '../../market/clock.ts'
import { type EpochMs, epochMs } from '../../market/units.ts'
import { runBacktest } from '../../paper/backtest/backtest.ts'
import { createPerformance } from '../../paper/backtest/performance.ts'
import type { SteppedClock } from '../../paper/backtest/stepped-clock.ts'
import { type Journal, openJournal } from '../../paper/journal/journal.ts'
import { beginJournal } from '../../paper/live/journal-choice.ts'
import { QUOTE_COLUMNS } from '../../paper/structure.ts'
import { createTrader } from '../../paper/trader.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import type { BacktestAnswer } from '../../schemas/paper/replay.ts'
import type { CommandContext } from '../context.ts'
import { type LakeRecording, openLakeRecording } from '../gateway/simulate/lake-recording.ts'
import { parseSpeed } from '../gateway/simulate/market-choice.ts'
import { parseTime } from '../option-values.ts'
import { printJson } from '../print-json.ts'
import { dateAndTime } from '../terminal/format.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { openReplayGateway } from './replay-gateway.ts'
import { equityCsv, replayJson, replayText } from './replay-report.ts'

/** Options of `paper run` that go with `--replay` alone, and those that do not go with it. */
const REPLAY_ONLY = ['from', 'to', 'speed', 'equity'] as const
const LIVE_ONLY = ['account', 'gateway', 'clock'] as const

/** Whether a backtest is wanted. @throws Failure for options of a live run beside it, or of a replay without it. */
export function wantsReplay<Given extends Partial<ReplayOptions>>(
  options: Given,
  all: Readonly<Record<string, unknown>>,
): options is Given & ReplayOptions {
  const isReplay = options.replay !== undefined
  for (const name of isReplay ? LIVE_ONLY : REPLAY_ONLY) {
    if (all[name] === undefined) continue
    const reason = isReplay ? 'does not go with --replay' : 'goes with --replay: give that too'
    throw new Failure(EXIT.usage, `--${name} ${reason}`)
  }
  return isReplay
}

/** The options of `paper run` that belong to `--replay`. */
export interface ReplayOptions {
  readonly replay: string
  readonly from?: string
  readonly to?: string
  readonly speed?: string
  readonly journal?: string
  readonly equity?: string
}

const DEFAULT_FOLDER = 'data/paper'
/** Between two looks at open orders, ms of the replay: as in a live run. */
const MANAGE_EVERY_MS = 2_000

/**
 * Runs the trader over the stored slots of a lake and prints what it made. Nothing of the lake is changed.
 * @throws Failure for a lake without rows, times outside it, or a journal that exists.
 */
export async function runReplay(
  context: CommandContext,
  options: ReplayOptions,
  version: string,
): Promise<void> {
  const { config, lifetime, signal } = context
  const speed = options.speed === undefined ? null : parseSpeed(options.speed)
  const journalPath = newJournal(options.journal)
  const recording = await openLakeRecording(options.replay)
  lifetime.onClose(() => recording.close())
  const { from, to } = rangeOf(recording, options)
  const symbols = tradedSymbols(recording, config.paper.symbols)

  const { seed, ...rules } = config.simulator
  const { clock, entry } = await openReplayGateway(recording, {
    firstSlot: from,
    rules: { ...rules, port: 0 },
    limits: config.paper,
    clientId: config.paper.clientId,
    seed,
    lifetime,
  })
  const performance = createPerformance()
  const opened = await openJournal(journalPath)
  lifetime.onClose(() => opened.close())
  const journal = steppedJournal(opened, clock, performance.onLine)
  await clock.during(
    beginJournal(journal, {
      ...{ account: rules.account, version, settings: config.paper, now: clock.now() },
      gateway: `replay of ${recording.folder}`,
    }),
    from,
  )
  const trader = createTrader({
    figures: (symbol) =>
      clock.external(async () => {
        const at = clock.now()
        const data = await marketData(recording.lake, symbol, {
          at,
          carry: carryOf(config.analytics, symbol),
        })
        return marketAnswer(data, { symbol, now: at, defaults: false })
      }),
    chain: (symbol) =>
      clock.external(() => chainAsOf(recording.lake, symbol, { at: clock.now(), columns: QUOTE_COLUMNS })),
    orders: entry,
    journal,
    clock,
    settings: config.paper,
    symbols,
  })

  const slotMs = config.harvest.intervalSeconds * 1_000
  const bar = openProgressBar('slots', context.interactive)
  const total = Math.max(1, Math.round((to - from) / slotMs))
  const outcome = await runBacktest(
    { from: epochMs(from - 1), to, slotMs, manageEveryMs: MANAGE_EVERY_MS },
    {
      clock,
      trader,
      performance,
      slotAfter: (at) => firstSlotAfter(recording, symbols, at),
      signal,
      onSlot: ({ slot }) => bar.update(Math.round((slot - from) / slotMs), total),
      ...(speed !== null && {
        waitFor: async (slot, before) => {
          const gapMs = Math.min(slotMs, before === null ? 0 : slot - before)
          await systemClock.sleep(gapMs / speed, signal).catch(() => {})
        },
      }),
    },
  ).finally(bar.close)

  if (options.equity !== undefined) writeCsv(options.equity, equityCsv(outcome.equity))
  const range = { lake: recording.folder, symbols, from, to, journal: journalPath }
  if (context.json) printJson<BacktestAnswer>(context, replayJson(range, outcome))
  else context.print(replayText(range, outcome))
  if (outcome.isStopped)
    context.printStatus('stopped before the last slot: the figures are those up to there')
}

/** Time stands still while a line is written; each line is also followed for the report. */
function steppedJournal(
  journal: Journal,
  { external }: SteppedClock,
  onLine: (line: Awaited<ReturnType<Journal['append']>>) => void,
): Journal {
  return {
    ...journal,
    append: async (event, at) => {
      const line = await external(() => journal.append(event, at))
      onLine(line)
      return line
    },
  }
}

/** A backtest begins with nothing: its journal is a new file. */
function newJournal(named: string | undefined): string {
  const stamp = new Date(systemClock.now()).toISOString().replace(/[-:.]/g, '')
  const path = resolve(named ?? `${DEFAULT_FOLDER}/backtest_${stamp}.jsonl`)
  if (!existsSync(path)) return path
  throw new Failure(
    EXIT.usage,
    `the journal ${path} exists, and a backtest writes a new one: name another with --journal`,
  )
}

function writeCsv(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new Failure(EXIT.io, `--equity ${path} cannot be written: ${(error as Error).message}`, error)
  }
}

function rangeOf(recording: LakeRecording, options: ReplayOptions): { from: EpochMs; to: EpochMs } {
  const { firstSlot, lastSlot, folder } = recording
  const from =
    options.from === undefined ? firstSlot : parseTime('--from', options.from, { dateMeans: 'first' })
  const to = options.to === undefined ? lastSlot : parseTime('--to', options.to, { dateMeans: 'last' })
  const has = `${folder} has ${dateAndTime(firstSlot)} to ${dateAndTime(lastSlot)} New York`
  if (from > lastSlot)
    throw new Failure(EXIT.usage, `--from ${dateAndTime(from)} is after the recording: ${has}`)
  if (to < firstSlot) throw new Failure(EXIT.usage, `--to ${dateAndTime(to)} is before the recording: ${has}`)
  if (from > to)
    throw new Failure(
      EXIT.usage,
      `--from ${dateAndTime(from)} is later than --to ${dateAndTime(to)}: swap them`,
    )
  return { from: epochMs(Math.max(from, firstSlot)), to: epochMs(Math.min(to, lastSlot)) }
}

/** The configured symbols that the lake has. */
function tradedSymbols(recording: LakeRecording, configured: readonly string[] | null): readonly string[] {
  const symbols = recording.symbols.filter((symbol) => configured === null || configured.includes(symbol))
  if (symbols.length > 0) return symbols
  throw new Failure(
    EXIT.usage,
    `the lake ${recording.folder} has none of paper.symbols (${configured?.join(', ')}): it has ${recording.symbols.join(', ')}`,
  )
}

/** The first slot of any of the symbols after a time. */
async function firstSlotAfter(
  recording: LakeRecording,
  symbols: readonly string[],
  at: EpochMs,
): Promise<EpochMs | null> {
  const slots = await Promise.all(symbols.map((symbol) => recording.slotAfter(symbol, at)))
  return slots.reduce(
    (first, slot) => (slot !== null && (first === null || slot < first) ? slot : first),
    null,
  )
}
