import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { QuotedContract } from '../../market/contract.ts'
import type { Tick } from '../../market/quote.ts'
import type { EpochMs } from '../../market/units.ts'
import type { UnderlyingPrice } from '../harvest.ts'
import {
  askLine,
  endLine,
  futuresLine,
  headerLine,
  type JournalFutures,
  type JournalHeader,
  type JournalLine,
  type JournalPlan,
  planLine,
  tickLine,
} from './entries.ts'

/** The journal of a cycle: every tick in order of arrival, so that a killed process loses no quote it had received. */
export interface Journal {
  readonly path: string
  planned(plan: JournalPlan): void
  plannedFutures(futures: JournalFutures): void
  asked(contract: QuotedContract): void
  tick(contract: QuotedContract, tick: Tick, when: { at: EpochMs; underlying: UnderlyingPrice | null }): void
  ended(contract: QuotedContract): void
  /** Writes the buffer. Call it before relying on the file. */
  flush(): void
  /** Deletes the file: its rows are committed. */
  remove(): void
  /** Keeps the file: its rows are not committed. */
  close(): void
}

/**
 * Opens a new journal. The ticks of one turn of the event loop are written together at its end. Data already
 * written survives a kill of the process; a power cut may lose the last seconds. If a write fails, `onFailure` gets the
 * error, once, and the cycle continues without a journal: the quotes in memory matter more.
 */
export function openJournal(
  path: string,
  header: JournalHeader,
  onFailure: (error: unknown) => void,
): Journal {
  mkdirSync(dirname(path), { recursive: true })
  const fd = openSync(path, 'wx')
  let buffered: string[] = []
  let scheduled: NodeJS.Immediate | undefined
  let isOpen = true

  function flush(): void {
    if (scheduled) clearImmediate(scheduled)
    scheduled = undefined
    if (buffered.length === 0 || !isOpen) return
    const text = buffered.join('')
    buffered = []
    try {
      writeSync(fd, text)
    } catch (error) {
      // The quotes are also in memory, and the rows will need the disk space.
      isOpen = false
      closeSync(fd)
      rmSync(path, { force: true })
      onFailure(error)
    }
  }

  function write(line: JournalLine): void {
    if (!isOpen) return
    buffered.push(`${JSON.stringify(line)}\n`)
    scheduled ??= setImmediate(flush)
  }

  function close(): void {
    if (!isOpen) return
    flush()
    if (isOpen) closeSync(fd)
    isOpen = false
  }

  write(headerLine(header))
  flush()
  return {
    path,
    planned: (plan) => write(planLine(plan)),
    plannedFutures: (futures) => write(futuresLine(futures)),
    asked: (contract) => write(askLine(contract)),
    tick: ({ conId }, tick, when) => write(tickLine(conId, tick, when)),
    ended: ({ conId }) => write(endLine(conId)),
    flush,
    close,
    remove: () => {
      close()
      rmSync(path, { force: true })
    },
  }
}
