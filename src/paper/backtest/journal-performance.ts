import type { EpochMs } from '../../market/units.ts'
import type { EventOf, JournalLine } from '../journal/events.ts'
import { type JournalRead, readJournal } from '../journal/read.ts'
import { type BacktestReport, createPerformance } from './performance.ts'

/** A journal as a report shows it. */
export interface JournalPerformance {
  readonly report: BacktestReport
  readonly decisions: readonly EventOf<'decision'>[]
  readonly started: EventOf<'started'> | null
  readonly read: JournalRead
  /** Decisions beyond the newest that are kept. */
  readonly olderDecisions: number
}

/** Decisions that are kept: those with an entry come first. */
const MOST_DECISIONS = 2_000

/**
 * Profit and loss of a journal, live or of a backtest, slot by slot. The equity of a slot is that after the trader's cycle: it
 * is read behind the last decision or mark of the slot, before its orders do anything. The file is read twice, so that only
 * what is shown is in memory.
 * @throws Failure EXIT.io, EXIT.usage for a version that cannot be read.
 */
export async function readPerformance(path: string): Promise<JournalPerformance> {
  const lastLineOf = new Map<string, number>()
  await readJournal(path, (line) => {
    if (line.kind === 'decision' || line.kind === 'mark') lastLineOf.set(line.slot, line.seq)
  })
  const slotAt = new Map([...lastLineOf].map(([slot, seq]) => [seq, Date.parse(slot) as EpochMs]))
  const performance = createPerformance()
  const entries: EventOf<'decision'>[] = []
  const others: EventOf<'decision'>[] = []
  let started: EventOf<'started'> | null = null
  let count = 0
  const read = await readJournal(path, (line: JournalLine) => {
    performance.onLine(line)
    if (line.kind === 'started') started = line
    if (line.kind === 'decision') {
      count++
      const kept = line.action === 'enter' ? entries : others
      kept.push(line)
      if (kept.length > MOST_DECISIONS) kept.shift()
    }
    const slot = slotAt.get(line.seq)
    if (slot !== undefined) performance.slotEnded(slot)
  })
  const decisions = [...entries, ...others].slice(0, MOST_DECISIONS)
  decisions.sort((one, other) => one.slot.localeCompare(other.slot))
  return {
    report: performance.report(),
    decisions,
    started,
    read,
    olderDecisions: count - decisions.length,
  }
}
