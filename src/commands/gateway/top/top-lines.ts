import { newYorkClock, newYorkDate, newYorkTime } from '../../../market/calendar.ts'
import { type EpochMs, epochMs } from '../../../market/units.ts'
import { amount, count, fixed, minutesAndSeconds, percent, words } from '../../terminal/format.ts'
import { outcomeTone, type Screen, toned } from '../../terminal/screen.ts'
import { formatTable } from '../../terminal/table.ts'
import { shortened, widthOf, wrapped } from '../../terminal/wrap.ts'
import type { DaemonState, SymbolState } from './daemon-state.ts'

/** The running cycle, as the daemon's events tell it. */
export interface CycleState {
  readonly phase: 'chain' | 'harvest' | 'write' | 'idle'
  readonly requested: number
  readonly answered: number
  readonly contracts_per_second: number | null
}

const PHASES: Readonly<Record<CycleState['phase'], string>> = {
  chain: 'listing contracts',
  harvest: 'collecting',
  write: 'storing',
  idle: 'waiting',
}
const BAR_WIDTH = 24
const MOST_NOTICES = 4

/**
 * The lines of the screen, within its width and at most `rows` of them: problems first, then the slot, the symbols, and
 * the newest notices, of which the oldest are left out first. Pure.
 */
export function topLines(
  state: DaemonState,
  {
    cycle,
    now,
    screen,
    rows,
    trouble,
  }: {
    readonly cycle: CycleState | null
    /** The daemon's time as it is now. */
    readonly now: EpochMs
    readonly screen: Screen
    /** Null: without a limit. */
    readonly rows: number | null
    /** Why nothing newer is known; null if the daemon answers. */
    readonly trouble: string | null
  },
): string[] {
  const text = [
    `optionlake at ${state.url} · ${state.source}`,
    toned(
      `${newYorkDate(now)} ${newYorkClock(now)} New York · ${state.clock} · health ${state.health.status}`,
      'dim',
      screen,
    ),
    ...(trouble === null ? [] : [toned(`no answer: ${trouble}; asking again`, 'bad', screen)]),
    ...problems(state).map(({ text, isFailure }) => toned(text, isFailure ? 'bad' : 'warning', screen)),
    '',
    sessionLine(state, now),
    cycleLine(state, cycle),
    limitsLine(state),
    '',
    symbolTable(state.symbols, screen),
  ].flatMap((line) => wrapped(line, screen).split('\n'))
  const notices = noticeLines(state, screen)
  const room = rows === null ? notices.length : Math.max(0, rows - text.length)
  const all = room < 3 ? text : [...text, ...notices.slice(0, room)]
  return (rows === null ? all : all.slice(0, rows)).map((line) => clipped(line, screen))
}

/** Failures before warnings. */
function problems({ health }: DaemonState) {
  const wrong = health.checks.filter(({ status }) => status !== 'ok')
  return wrong
    .sort((a, b) => Number(b.status === 'fail') - Number(a.status === 'fail'))
    .map(({ name, status, reason, advice }) => ({
      isFailure: status === 'fail',
      text: `${status === 'fail' ? '✗' : '!'} ${words(name)}: ${reason}${advice === null ? '' : `: ${advice}`}`,
    }))
}

function sessionLine({ session, next_slot }: DaemonState, now: EpochMs): string {
  const open =
    session === null ? 'no session now' : `session of ${session.date} until ${timeOf(session.close)}`
  if (next_slot === null) return `${open} · no slot within a month`
  const at = epochMs(Date.parse(next_slot.slot))
  const isToday = newYorkDate(at) === newYorkDate(now)
  const when = isToday ? newYorkTime(at) : `${newYorkDate(at)} ${newYorkTime(at)}`
  const inTime = at - now < 3_600_000 ? ` in ${minutesAndSeconds((at - now) / 1_000)}` : ''
  return `${open} · next slot ${when}${inTime}`
}

function cycleLine({ cycle_seconds, connected, limits }: DaemonState, cycle: CycleState | null): string {
  if (!connected) return 'not connected to the gateway'
  if (cycle === null || cycle.phase === 'idle') {
    return cycle_seconds === null
      ? 'waiting for the next slot'
      : `a cycle runs, ${count(Math.round(cycle_seconds))} s so far`
  }
  const { phase, requested, answered, contracts_per_second: rate } = cycle
  const part = requested === 0 ? 0 : Math.min(1, answered / requested)
  const bar = '█'.repeat(Math.round(part * BAR_WIDTH)).padEnd(BAR_WIDTH, '░')
  const speed =
    rate === null
      ? ''
      : ` · ${fixed(rate, 0)} of at most ${fixed(limits.contracts_per_second, 0)} contracts/s`
  return `${PHASES[phase]} ${bar} ${count(answered)} of ${amount(requested, 'contract')}${speed}`
}

function limitsLine({ limits }: DaemonState): string {
  const { messages_per_second, lines, lines_in_use, peak_messages_per_second } = limits
  return (
    `lines ${count(lines_in_use)} of ${count(lines)} in use · ` +
    `messages: most ${count(peak_messages_per_second)} of ${count(messages_per_second)} a second`
  )
}

function symbolTable(symbols: readonly SymbolState[], screen: Screen): string {
  return formatTable(
    symbols,
    [
      { title: 'symbol', value: ({ symbol }) => symbol },
      { title: 'stored today', align: 'right', value: (one) => `${count(one.stored)} of ${count(one.due)}` },
      { title: 'partial', align: 'right', leaveOut: 2, value: ({ partial }) => count(partial) },
      { title: 'missing', align: 'right', leaveOut: 3, value: ({ missing }) => count(missing) },
      { title: 'price', align: 'right', value: ({ price }) => fixed(price, 2) },
      { title: 'iv30 %', align: 'right', value: ({ iv30 }) => percent(iv30, 2) },
      { title: 'rank', align: 'right', value: (one) => fixed(one.iv_rank, 0) },
      { title: 'VIX', align: 'right', leaveOut: 4, value: ({ vix }) => fixed(vix, 2) },
      {
        title: 'newest slot',
        shortenTo: 12,
        leaveOut: 5,
        tone: ({ newest }) => (newest === null ? null : outcomeTone(newest.outcome)),
        value: ({ newest }) => (newest === null ? '–' : newestText(newest)),
      },
      {
        title: 'answered',
        align: 'right',
        leaveOut: 1,
        value: ({ newest }) =>
          newest === null ? '–' : `${count(newest.answered)} of ${count(newest.requested)}`,
      },
    ],
    screen,
  )
}

function newestText({ timestamp, outcome, reason }: NonNullable<SymbolState['newest']>): string {
  return `${timeOf(timestamp)} ${outcome}${reason === null ? '' : `: ${words(reason)}`}`
}

function noticeLines({ notices }: DaemonState, screen: Screen): string[] {
  if (notices.length === 0) return []
  const lines = notices.slice(0, MOST_NOTICES).map(({ at, code, message }) => {
    const line = `${timeOf(at)} ${code} ${message}`
    return screen.columns === null ? line : shortened(line, screen.columns)
  })
  return ['', toned('newest notices of the gateway', 'dim', screen), ...lines]
}

function clipped(line: string, { columns }: Screen): string {
  // Only texts without colours can be wider: wrapping and tables keep the width.
  return columns !== null && widthOf(line) > columns ? shortened(line, columns) : line
}

function timeOf(iso: string): string {
  return newYorkTime(epochMs(Date.parse(iso)))
}
