import type { Command } from 'commander'
import { sql } from '../lake/sql.ts'
import { type CommandContext, withContext } from './context.ts'
import { openForReading, originOf } from './reading.ts'
import { count, formatTable } from './table.ts'

/** Wider cells are cut on a terminal; --json is whole. */
const CELL_WIDTH = 40

export function registerSql(program: Command, signal: AbortSignal): void {
  program
    .command('sql')
    .argument('<query>', 'exactly one SELECT over option_snapshots and slots')
    .description('ask the lake in SQL; read-only, and nothing but the lake can be read')
    .addHelpText(
      'after',
      `
Examples:
  optionlake sql "SELECT symbol, count(*) AS n, avg(iv) FROM option_snapshots GROUP BY symbol"
  optionlake sql "SELECT timestamp, symbol, outcome, reason FROM slots ORDER BY timestamp DESC LIMIT 10"
  optionlake sql "SELECT * FROM option_snapshots WHERE symbol = 'SPY' AND date = '2026-11-20'" --json`,
    )
    .action((query: string, _: unknown, command: Command) =>
      withContext(command, signal, (context) => ask(context, query)),
    )
}

async function ask(context: CommandContext, query: string): Promise<void> {
  const lake = await openForReading(context)
  const { columns, rows } = await sql(lake, query)
  if (context.json) {
    context.print(JSON.stringify({ lake: lake.layout.root, source: lake.source, columns, rows }))
    return
  }
  context.print(
    formatTable(
      rows,
      columns.map((title, at) => ({
        title,
        align: rows.every((row) => row[at] === null || typeof row[at] === 'number') ? 'right' : 'left',
        value: (row) => cell(row[at]),
      })),
    ),
  )
  context.say(`${count(rows.length)} rows from ${originOf(lake)}`)
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return 'null'
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  return text.length > CELL_WIDTH ? `${text.slice(0, CELL_WIDTH - 1)}…` : text
}
