import type { Command } from 'commander'
import { type LakeStats, slots, stats } from '../../lake/query/stats.ts'
import { epochMs } from '../../market/units.ts'
import type { LedgerRow } from '../../snapshot/ledger.ts'
import { type CommandContext, withContext } from '../context.ts'
import { describeLake, openForQueries } from '../stored-lake.ts'
import { bytes, count, dateAndTime, fixed } from '../terminal/format.ts'
import { formatTable } from '../terminal/table.ts'

/** Slots shown without --json: the newest. */
const SHOWN = 12

export function registerStats(program: Command, signal: AbortSignal): void {
  program
    .command('stats')
    .description(
      'show what the lake holds: rows, slots, files, bytes, and the newest entries of the slot ledger',
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
  const ledger = await slots(lake)
  if (context.json) context.print(JSON.stringify({ lake: lake.layout.root, ...totals, ledger }))
  else {
    context.print(describe(totals))
    context.print('')
    context.print(ledgerTable(ledger.slice(-SHOWN)))
    if (ledger.length > SHOWN) context.print(`… ${count(ledger.length - SHOWN)} earlier entries: --json`)
    context.printStatus(`lake ${describeLake(lake)}`)
  }
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

function ledgerTable(rows: readonly LedgerRow[]): string {
  return formatTable(rows, [
    { title: 'slot (New York)', value: (row) => dateAndTime(epochMs(row.timestamp)) },
    { title: 'symbol', value: (row) => row.symbol },
    { title: 'outcome', value: (row) => row.outcome },
    { title: 'rows', align: 'right', value: (row) => count(row.rows) },
    { title: 'requested', align: 'right', value: (row) => count(row.requested) },
    { title: 'answered', align: 'right', value: (row) => count(row.answered) },
    { title: 'complete', align: 'right', value: (row) => count(row.complete) },
    { title: 'skew s', align: 'right', value: (row) => fixed(row.skew_seconds, 1) },
    { title: 'reason', value: (row) => row.reason ?? '' },
  ])
}
