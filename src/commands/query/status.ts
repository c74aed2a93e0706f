import type { Command } from 'commander'
import { olderFigures } from '../../analytics/stored/older-figures.ts'
import { slots, stats } from '../../lake/query/stats.ts'
import { ledgerDates } from '../../lake/tables/ledger.ts'
import { newYorkDate } from '../../market/calendar.ts'
import { systemClock } from '../../market/clock.ts'
import { collectsFutures, type Instrument, namesOf } from '../../market/instrument.ts'
import { calendarSessionOn, MAX_DAYS_EARLY, sessionsOfConfigured } from '../../market/trade-dates.ts'
import { addDays, type EpochMs, epochMs, type SessionDate } from '../../market/units.ts'
import { slotsOn, type Timetable } from '../../schedule/slots.ts'
import type { StatusAnswer } from '../../schemas/query/status.ts'
import { coverageOf, type DayCoverage, expectedFrom } from '../../snapshot/coverage-calendar.ts'
import { type DayQuality, qualityByDay } from '../../snapshot/quality-by-day.ts'
import { type CommandContext, withContext } from '../context.ts'
import { olderFiguresJson, olderFiguresText } from '../older-figures-text.ts'
import { parseWholeNumber } from '../option-values.ts'
import { isoTime, printJson } from '../print-json.ts'
import { describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { count, dateAndTime, fixed, percent } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'
import { futureCalendar, reasonLine, stockCalendar } from './coverage-calendar-text.ts'

interface StatusOptions {
  readonly days: string
  readonly quality?: true
}

export function registerStatus(program: Command, signal: AbortSignal): void {
  program
    .command('status')
    .description('show the coverage calendar: the outcome of every expected slot')
    .option('--days <number>', 'calendar days to look back', '14')
    .option('--quality', 'show the quality of every day instead of the newest only')
    .addHelpText(
      'after',
      `
█ stored  ▒ partial, or not for all symbols  · missing, with a reason  ? not in the ledger

Quality figures are medians over the slots of a day:
  parity                         distance of calls and puts from put-call parity, in half-spreads; above 1 it is tradable
  vertical, butterfly, calendar  arbitrage on executable prices; about 0 in a healthy feed
  skew s                         seconds from the first to the last quote

Examples:
  optionlake status
  optionlake status --quality
  optionlake status --days 60 --json`,
    )
    .action((options: StatusOptions, command: Command) =>
      withContext(command, signal, (context) => show(context, options)),
    )
}

async function show(context: CommandContext, options: StatusOptions): Promise<void> {
  const days = parseWholeNumber('--days', options.days, { max: 9_999, unit: 'days' })
  const { config } = context
  const lake = await openForQueries(context)
  const { lastSlot } = await stats(lake)
  // The embedded gateway has its own time: its lake is shown as of its last slot.
  const intervalMs = config.harvest.intervalSeconds * 1_000
  const now = lake.source === 'ib' || lastSlot === null ? systemClock.now() : epochMs(lastSlot + intervalMs)
  const today = newYorkDate(now)
  const dates = openedDates(config.symbols, { from: addDays(today, -days), now })
  const [first] = (await ledgerDates(lake)).keys()
  const ledger = await slots(lake, { from: addDays(today, -days) })
  const { harvest } = config
  const symbols = namesOf(config.symbols)
  const from = expectedFrom(symbols, ledger, dates.at(-1) ?? today)
  const sessionOn = sessionsOfConfigured(config.symbols)
  const timetable: Timetable = {
    grid: harvest,
    symbols,
    sessionOn: (date, symbol) => (date < (from.get(symbol) ?? date) ? null : sessionOn(date, symbol)),
  }
  const covered = dates.filter((date) => first !== undefined && date >= first)
  const expectedOf = (own: readonly string[]) =>
    covered.map((date) => ({ date, slots: slotsOn(date, { ...timetable, symbols: own }) }))
  const coverageFor = (own: readonly string[]) => coverageOf(expectedOf(own), ledger, { now, intervalMs })
  const coverage = coverageFor(symbols)
  const everyDay = qualityByDay(ledger.filter(({ date }) => (covered as readonly string[]).includes(date)))
  const newest = everyDay.at(-1)?.date
  const older = await olderFigures(lake)
  const quality = options.quality ? everyDay : everyDay.filter(({ date }) => date === newest)
  if (context.json) {
    printJson<StatusAnswer>(context, {
      ...lakeHeadOf(lake),
      at: isoTime(now),
      ...{ coverage, quality, older_figures: olderFiguresJson(older) },
    })
    return
  }
  if (coverage.length === 0) context.print('the ledger is empty; collect first: optionlake collect-once')
  else {
    const futures = namesOf(config.symbols.filter(collectsFutures))
    const others = symbols.filter((symbol) => !futures.includes(symbol))
    if (others.length > 0) for (const line of stockCalendar(coverageFor(others))) context.print(line)
    if (futures.length > 0) {
      const slotsOf = ({ date }: DayCoverage) =>
        slotsOn(date, { ...timetable, symbols: futures }).map(({ at }) => at)
      if (others.length > 0) context.print('')
      for (const line of futureCalendar(coverageFor(futures), slotsOf)) context.print(line)
    }
    const why = reasonLine(coverage)
    if (why !== null) context.print(`\n${why}`)
  }
  if (quality.length > 0) context.print(`\n${qualityTable(quality)}`)
  const ofOlder = olderFiguresText(older)
  if (ofOlder !== null)
    context.print(`\n${ofOlder}: the daemon rebuilds them, or optionlake metrics --rebuild`)
  context.printStatus(`as of ${dateAndTime(now)} New York; lake ${describeLake(lake)}`)
}

/** The trade dates of which a session of any instrument has opened: of futures in the evening the next day's. */
function openedDates(
  instruments: readonly Instrument[],
  { from, now }: { readonly from: SessionDate; readonly now: EpochMs },
): SessionDate[] {
  const calendars = new Set(instruments.map(({ calendar }) => calendar))
  const dates: SessionDate[] = []
  const last = addDays(newYorkDate(now), MAX_DAYS_EARLY)
  for (let date = from; date <= last; date = addDays(date, 1)) {
    const sessions = [...calendars].map((calendar) => calendarSessionOn(date, calendar))
    if (sessions.some((session) => session !== null && session.openAt <= now)) dates.push(date)
  }
  return dates
}

function qualityTable(days: readonly DayQuality[]): string {
  return formatTable(days, [
    { title: 'session', value: ({ date }) => date },
    { title: 'symbol', value: ({ symbol }) => symbol },
    { title: 'slots', align: 'right', value: ({ slots }) => count(slots) },
    { title: 'answered %', align: 'right', value: (day) => percent(day.answered_share, 1) },
    { title: 'complete %', align: 'right', value: (day) => percent(day.complete_share, 1) },
    { title: 'greeks %', leaveOut: 7, align: 'right', value: (day) => percent(day.with_greeks_share, 1) },
    { title: 'zero bids %', leaveOut: 4, align: 'right', value: (day) => percent(day.zero_bid_share, 1) },
    { title: 'parity', leaveOut: 5, align: 'right', value: (day) => fixed(day.parity_residual, 2) },
    { title: 'vertical', leaveOut: 3, align: 'right', value: (day) => fixed(day.vertical_violations, 1) },
    { title: 'butterfly', leaveOut: 2, align: 'right', value: (day) => fixed(day.butterfly_violations, 1) },
    { title: 'calendar', leaveOut: 1, align: 'right', value: (day) => fixed(day.calendar_violations, 1) },
    { title: 'skew s', leaveOut: 6, align: 'right', value: (day) => fixed(day.skew_seconds, 1) },
  ])
}
