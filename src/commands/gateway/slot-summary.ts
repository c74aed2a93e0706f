import { resolve } from 'node:path'
import type { Captured } from '../../capture/capture.ts'
import type { SingleSession } from '../../daemon/sessions/gateway-source.ts'
import { whyText } from '../../daemon/slot-line.ts'
import type { AppendReport } from '../../lake/write/append.ts'
import type { Slot } from '../../market/slot.ts'
import type { CollectOnceAnswer } from '../../schemas/gateway/collect-once.ts'
import { ledgerRowAsJson } from '../../snapshot/row-as-json.ts'
import type { CommandContext } from '../context.ts'
import { printJson } from '../print-json.ts'
import { snakeCased } from '../snake-case.ts'
import { amount, bytes, count, fixed } from '../terminal/format.ts'
import { outcomeTone } from '../terminal/screen.ts'
import { formatTable, type PrintedColumn } from '../terminal/table.ts'

/** The results and costs of a slot. */
interface SlotSummary extends Omit<AppendReport, 'reports' | 'maintenance'> {
  readonly gateway: string
  readonly source: SingleSession['source']
  /** Folder of the lake. */
  readonly lake: string
  /** ISO text. */
  readonly slot: string
  readonly planned: Captured['estimate']
  readonly harvestSeconds: number
  /** Like the next two, for the whole process. */
  readonly processSeconds: number
  readonly cpuSeconds: number
  readonly peakResidentBytes: number
  readonly wire: ReturnType<SingleSession['session']['counters']>
  readonly symbols: AppendReport['reports']
}

export function summarize(
  { append, estimate, harvestSeconds }: Captured,
  { gateway, slot }: { gateway: SingleSession; slot: Pick<Slot, 'at'> },
): SlotSummary {
  const cpu = process.cpuUsage()
  return {
    gateway: gateway.description,
    source: gateway.source,
    lake: resolve(gateway.lakeFolder),
    slot: new Date(slot.at).toISOString(),
    version: append.version,
    files: append.files,
    bytes: append.bytes,
    rowsWritten: append.rowsWritten,
    commitMs: append.commitMs,
    planned: estimate,
    harvestSeconds,
    processSeconds: performance.now() / 1_000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    peakResidentBytes: process.resourceUsage().maxRSS * 1_024,
    wire: gateway.session.counters(),
    symbols: append.reports,
  }
}

/** Shown where a symbol has futures: its `rows` are those of options. */
const FUTURES_COLUMN: PrintedColumn<SlotSummary['symbols'][number]> = {
  title: 'futures',
  align: 'right',
  value: (row) => (row.future_rows === null ? '' : count(row.future_rows)),
}

export function printSummary(context: CommandContext, summary: SlotSummary): void {
  const { json, print, printWarning } = context
  if (json) {
    const { symbols: reports, ...others } = summary
    printJson<CollectOnceAnswer>(context, { ...snakeCased(others), symbols: reports.map(ledgerRowAsJson) })
    return
  }
  const { symbols } = summary
  const hasFutures = symbols.some(({ future_rows: rows }) => rows !== null)
  print(
    formatTable(symbols, [
      { title: 'symbol', value: (row) => row.symbol },
      { title: 'outcome', tone: ({ outcome }) => outcomeTone(outcome), value: (row) => row.outcome },
      { title: 'rows', align: 'right', value: (row) => count(row.rows) },
      ...(hasFutures ? [FUTURES_COLUMN] : []),
      { title: 'requested', leaveOut: 7, align: 'right', value: (row) => count(row.requested) },
      { title: 'answered', leaveOut: 6, align: 'right', value: (row) => count(row.answered) },
      { title: 'complete', align: 'right', value: (row) => count(row.complete) },
      { title: 'with greeks', leaveOut: 5, align: 'right', value: (row) => count(row.with_greeks) },
      { title: 'skipped', leaveOut: 2, align: 'right', value: (row) => count(row.skipped) },
      { title: 'underlying', leaveOut: 4, align: 'right', value: (row) => fixed(row.underlying_price, 2) },
      { title: 'skew s', leaveOut: 3, align: 'right', value: (row) => fixed(row.skew_seconds, 1) },
      {
        title: 'smile skew s',
        leaveOut: 1,
        align: 'right',
        value: (row) => fixed(row.smile_skew_seconds, 2),
      },
    ]),
  )
  for (const { symbol, outcome, reason, detail } of symbols) {
    if (outcome === 'stored') continue
    printWarning(`${symbol} is ${outcome}: ${whyText(reason, detail)}`)
  }
  const answered = symbols.reduce((sum, row) => sum + row.answered, 0)
  const vix = symbols.find((row) => row.vix !== null)?.vix ?? null
  print(
    `stored ${amount(answered, 'answered contract')}, ${amount(summary.rowsWritten, 'row')} in ${amount(summary.files, 'file')}, ` +
      `${bytes(summary.bytes)}, VIX ${fixed(vix, 2)}; harvest ${summary.harvestSeconds.toFixed(1)} s, ` +
      `${summary.processSeconds.toFixed(1)} s in total, commit ${count(Math.round(summary.commitMs))} ms, ` +
      `${bytes(summary.peakResidentBytes)} resident; gateway: ${summary.gateway}`,
  )
}
