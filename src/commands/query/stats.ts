import type { Command } from 'commander'
import type { Lake } from '../../lake/open.ts'
import { type Growth, growth } from '../../lake/query/growth.ts'
import { type LakeStats, slots, stats } from '../../lake/query/stats.ts'
import { ledgerDates } from '../../lake/tables/ledger.ts'
import { epochMs } from '../../market/units.ts'
import type { StatsAnswer } from '../../schemas/query/stats.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import { ledgerRowAsJson } from '../../snapshot/row-as-json.ts'
import { type CommandContext, withContext } from '../context.ts'
import { isoTime, printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { describeLake, lakeHeadOf, openForQueries } from '../stored-lake.ts'
import { amount, bytes, count, dateAndTime, describeDisk, fixed, words } from '../terminal/format.ts'
import { outcomeTone } from '../terminal/screen.ts'
import { formatTable } from '../terminal/table.ts'

/** Slots shown without --json: the newest. */
const SHOWN = 12

export function registerStats(program: Command, signal: AbortSignal): void {
  program
    .command('stats')
    .description(
      'show what the lake holds and how fast it grows: rows, slots, files, bytes, and the newest entries of the ledger',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  optionlake stats\n  optionlake stats --lake /var/lib/optionlake/ib --json',
    )
    .action((_: unknown, command: Command) => withContext(command, signal, show))
}

async function show(context: CommandContext): Promise<void> {
  const lake = await openForQueries(context)
  const totals = await stats(lake)
  const grows = await growth(lake, context.config.harvest, context.config.symbols)
  if (context.json) {
    const { firstSlot, lastSlot, ...others } = totals
    printJson<StatsAnswer>(context, {
      ...lakeHeadOf(lake),
      ...snakeCased(others),
      ...{ first_slot: isoTime(firstSlot), last_slot: isoTime(lastSlot) },
      ...{ growth: snakeCased(grows), ledger: (await slots(lake)).map(ledgerRowAsJson) },
    })
  } else {
    const { newest, earlier } = await newestEntries(lake)
    context.print(describe(totals))
    context.print(describeGrowth(grows))
    context.print('')
    context.print(ledgerTable(newest))
    if (earlier > 0) context.print(`… ${amount(earlier, 'earlier entry', 'earlier entries')}: --json`)
    context.printStatus(`lake ${describeLake(lake)}`)
  }
}

/** The newest entries of the ledger, read without the days before them, and the number of earlier ones. */
async function newestEntries(lake: Lake): Promise<{ newest: readonly LedgerRow[]; earlier: number }> {
  const dates = [...(await ledgerDates(lake))]
  const from = dates.findLastIndex((_, at) => rowsSince(dates, at) >= SHOWN)
  const newest = (await slots(lake, { from: dates[Math.max(from, 0)]?.[0] })).slice(-SHOWN)
  return { newest, earlier: Math.max(0, rowsSince(dates, 0) - SHOWN) }
}

function rowsSince(dates: readonly (readonly [date: string, rows: number])[], at: number): number {
  return dates.slice(at).reduce((sum, [, rows]) => sum + rows, 0)
}

function describe(totals: LakeStats): string {
  const facts: [string, string][] = [
    ['rows', count(totals.rows)],
    ['symbols', totals.symbols.join(', ') || '–'],
    ['slots', count(totals.slots)],
    ['first slot', totals.firstSlot === null ? '–' : dateAndTime(totals.firstSlot)],
    ['last slot', totals.lastSlot === null ? '–' : dateAndTime(totals.lastSlot)],
    ['files', count(totals.files)],
    ['bytes', `${bytes(totals.bytes)} (${fixed(totals.bytesPerRow, 1)} a row)`],
    ['log version', count(totals.version)],
  ]
  return facts.map(([name, value]) => `${name.padEnd(12)}${value}`).join('\n')
}

function describeGrowth(found: Growth): string {
  const { symbols, otherTablesBytesPerDay, bytesPerDay, bytesPerYear, reason } = found
  if (bytesPerDay === null || bytesPerYear === null) return `growth      – (${words(reason)})`
  const parts = symbols.map((one) => `${one.symbol} ${bytes(one.bytesPerDay)}`)
  if (otherTablesBytesPerDay !== null) parts.push(`other tables ${bytes(otherTablesBytesPerDay)}`)
  return [
    `growth      ${bytes(bytesPerDay)} a session, ${bytes(bytesPerYear)} a year; ${describeBasis(found)}`,
    `            ${parts.join(', ')}`,
    `disk        ${describeDisk(found)}`,
  ].join('\n')
}

function describeBasis({ symbols }: Growth): string {
  const days = Math.max(...symbols.map((one) => one.days))
  return symbols.every(({ basis }) => basis === 'compacted_days')
    ? `measured on ${amount(days, 'compacted day')}`
    : 'measured in part on files of single slots, which become smaller when their day is compacted'
}

function ledgerTable(rows: readonly LedgerRow[]): string {
  return formatTable(rows, [
    { title: 'slot (New York)', value: (row) => dateAndTime(epochMs(row.timestamp)) },
    { title: 'symbol', value: (row) => row.symbol },
    { title: 'outcome', tone: ({ outcome }) => outcomeTone(outcome), value: (row) => row.outcome },
    { title: 'rows', align: 'right', value: (row) => count(row.rows) },
    { title: 'requested', leaveOut: 2, align: 'right', value: (row) => count(row.requested) },
    { title: 'answered', leaveOut: 3, align: 'right', value: (row) => count(row.answered) },
    { title: 'complete', leaveOut: 4, align: 'right', value: (row) => count(row.complete) },
    { title: 'skew s', leaveOut: 1, align: 'right', value: (row) => fixed(row.skew_seconds, 1) },
    { title: 'reason', shortenTo: 14, value: (row) => words(row.reason) },
  ])
}
