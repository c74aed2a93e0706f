import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { EpochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { createJournalState, type JournalState, type TraderState } from '../state.ts'
import { JOURNAL_VERSION, type JournalEvent, type JournalLine } from './events.ts'
import { lockJournal } from './lock.ts'
import { readJournal } from './read.ts'

/** The append-only file of everything that the trader decides and does. */
export interface Journal {
  readonly path: string
  /** What the lines say, those of earlier runs included. */
  readonly state: TraderState
  /** Lines that could not be read when it was opened. */
  readonly damaged: number
  /**
   * Writes one event; resolves when it is on disk and in the state. Events are written in the order of the calls. Rejects with a Failure
   * EXIT.io; after that nothing more is written, because an order without its intent could be placed twice.
   */
  append(event: JournalEvent, at: EpochMs): Promise<JournalLine>
  /** Why nothing is written any more; null while all is well. */
  failure(): Failure | null
  close(): Promise<void>
}

/**
 * Opens the journal for one writer, and reads what is in it. A last line that a crash has cut off is ended, so
 * that the next one stands by itself; no byte is ever changed or removed.
 * @throws Failure EXIT.tryLater if another process writes it, EXIT.io or EXIT.cannotCreate if the disk refuses
 */
export async function openJournal(file: string): Promise<Journal> {
  const path = resolve(file)
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw failureOf(EXIT.cannotCreate, `the folder of the journal ${path} cannot be created`, error)
  })
  const lock = await lockJournal(path)
  try {
    const state = createJournalState()
    const { damaged, endsInLine, lastSeq } = await readJournal(path, state.apply)
    const handle = await open(path, 'a', 0o600).catch((error: unknown) => {
      throw failureOf(EXIT.cannotCreate, `the journal ${path} cannot be opened for writing`, error)
    })
    if (!endsInLine) await handle.appendFile('\n')
    return writer(path, { handle, state, damaged, lastSeq, release: lock.release })
  } catch (error) {
    await lock.release()
    throw error
  }
}

function writer(
  path: string,
  {
    handle,
    state,
    damaged,
    lastSeq,
    release,
  }: {
    handle: FileHandle
    state: JournalState
    damaged: number
    lastSeq: number
    release: () => Promise<void>
  },
): Journal {
  let seq = lastSeq
  let writing: Promise<unknown> = Promise.resolve()
  let failure: Failure | null = null

  async function write(line: JournalLine): Promise<JournalLine> {
    if (failure) throw failure
    try {
      await handle.appendFile(`${JSON.stringify(line)}\n`)
      await handle.datasync()
    } catch (error) {
      failure = failureOf(EXIT.io, `the journal ${path} cannot be written`, error)
      throw failure
    }
    state.apply(line)
    return line
  }

  return {
    path,
    state,
    damaged,
    append: (event, at) => {
      seq += 1
      const line = { v: JOURNAL_VERSION, seq, at: new Date(at).toISOString(), ...event } as JournalLine
      const written = writing.then(() => write(line))
      writing = written.catch(() => {})
      return written
    },
    failure: () => failure,
    close: async () => {
      await writing
      await handle.close()
      await release()
    },
  }
}

function failureOf(code: (typeof EXIT)['io' | 'cannotCreate'], message: string, error: unknown): Failure {
  const { message: why, code: name } = error as NodeJS.ErrnoException
  return new Failure(code, `${message}: ${why}`, error, name ?? null)
}
