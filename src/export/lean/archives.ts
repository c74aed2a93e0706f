import { type Zippable, zipSync } from 'fflate'
import type { EntryName } from './names.ts'

/** The text files of some zip files, line by line, until they are taken. */
export interface Archives {
  add(name: EntryName, line: string): void
  /** All zip files so far, by path; nothing is left. Equal lines give equal bytes. */
  take(): Generator<{ readonly name: string; readonly bytes: Uint8Array }>
}

/** The earliest time that a zip file can tell, so that equal exports are equal files. */
const NO_TIME = new Date(1980, 0, 1)

export function createArchives(): Archives {
  const archives = new Map<string, Map<string, string[]>>()
  const entriesOf = (archive: string) => {
    const known = archives.get(archive)
    if (known) return known
    const made = new Map<string, string[]>()
    archives.set(archive, made)
    return made
  }
  return {
    add: ({ archive, entry }, line) => {
      const entries = entriesOf(archive)
      const lines = entries.get(entry)
      if (lines) lines.push(line)
      else entries.set(entry, [line])
    },
    *take() {
      for (const [name, entries] of archives) {
        archives.delete(name)
        const texts: Zippable = {}
        for (const [entry, lines] of entries) texts[entry] = Buffer.from(`${lines.join('\n')}\n`)
        yield { name, bytes: zipSync(texts, { level: 6, mtime: NO_TIME }) }
      }
    },
  }
}
