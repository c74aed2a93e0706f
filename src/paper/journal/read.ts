import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { EXIT, Failure } from '../../process/failure.ts'
import { JOURNAL_VERSION, type JournalLine, journalLine } from './events.ts'

export interface JournalRead {
  readonly lines: number
  /** Lines that are no events of this version: cut off by a crash, or written by something else. They are skipped. */
  readonly damaged: number
  /** Whether the file is empty or its last line is whole. */
  readonly endsInLine: boolean
  readonly lastSeq: number
}

/** Passes each event of a journal, the oldest first; a file that does not exist has none. @throws Failure EXIT.io */
export async function readJournal(path: string, onLine: (line: JournalLine) => void): Promise<JournalRead> {
  const read = { lines: 0, damaged: 0, endsInLine: true, lastSeq: 0 }
  try {
    const handle = await open(path)
    const stream = handle.createReadStream({ encoding: 'utf8' })
    stream.on('data', (chunk) => {
      read.endsInLine = chunk.at(-1) === '\n'
    })
    for await (const text of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (text === '') continue
      const line = parseLine(text, path)
      if (line === null) read.damaged += 1
      else {
        read.lines += 1
        read.lastSeq = Math.max(read.lastSeq, line.seq)
        onLine(line)
      }
    }
  } catch (error) {
    if (error instanceof Failure) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'ENOENT') throw new Failure(EXIT.io, `the journal ${path} cannot be read: ${message}`, error)
  }
  return read
}

function parseLine(text: string, path: string): JournalLine | null {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  const parsed = journalLine.safeParse(value)
  if (parsed.success) return parsed.data
  const version = z.object({ v: z.int() }).safeParse(value).data?.v
  if (version === undefined || version === JOURNAL_VERSION) return null
  // Skipped, its orders would be unknown and could be placed again.
  throw new Failure(
    EXIT.usage,
    `the journal ${path} has lines of version ${version}, and this program reads version ${JOURNAL_VERSION}: name another journal with --journal`,
  )
}
