import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { EpochMs } from '../../market/units.ts'
import { EXIT, Failure } from '../../process/failure.ts'
import { JOURNAL_VERSION, type JournalEvent, type JournalLine } from './events.ts'
import { lockJournal } from './lock.ts'
import { readJournal } from './read.ts'

/** The append-only file of everything that the trader decides and does. */
export interface Journal {
  readonly path: string
  /** Lines that could not be read when it was opened. */
  readonly damaged: number
  /**
   * Writes one event; resolves when it is on disk. Events are written in the order of the calls. Rejects with a Failure
   * EXIT.io; after that nothing more is written, because an order without its intent could be placed twice.
   */
  append(event: JournalEvent, at: EpochMs): Promise<JournalLine>
  close(): Promise<void>
}

/**
 * Opens the journal for one writer and passes each line that is in it. A last line that a crash has cut off is ended, so
 * that the next one stands by itself; no byte is ever changed or removed.
 * @throws Failure EXIT.tryLater if another process writes it, EXIT.io or EXIT.cannotCreate if the disk refuses
 */
export async function openJournal(file: string, onLine: (line: JournalLine) => void): Promise<Journal> {
  const path = resolve(file)
  await mkdir(dirname(path), { recursive: true }).catch((error: unknown) => {
    throw failureOf(EXIT.cannotCreate, `the folder of the journal ${path} cannot be created`, error)
  })
  const lock = await lockJournal(path)
  try {
    const { damaged, endsInLine, lastSeq } = await readJournal(path, onLine)
    const handle = await open(path, 'a', 0o600).catch((error: unknown) => {
      throw failureOf(EXIT.cannotCreate, `the journal ${path} cannot be opened for writing`, error)
    })
    if (!endsInLine) await handle.appendFile('\n')
    return writer(path, { handle, damaged, lastSeq, release: lock.release })
  } catch (error) {
    await lock.release()
    throw error
  }
}

function writer(
  path: string,
  {
    handle,
    damaged,
    lastSeq,
    release,
  }: { handle: FileHandle; damaged: number; lastSeq: number; release: () => Promise<void> },
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
    return line
  }

  return {
    path,
    damaged,
    append: (event, at) => {
      seq += 1
      const line = { v: JOURNAL_VERSION, seq, at: new Date(at).toISOString(), ...event } as JournalLine
      const written = writing.then(() => write(line))
      writing = written.catch(() => {})
      return written
    },
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
