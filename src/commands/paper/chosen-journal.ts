import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { JOURNAL_FOLDER } from '../../paper/live/journal-choice.ts'
import { EXIT, Failure } from '../../process/failure.ts'

/**
 * The journal to read: the one that `--journal` or the configuration names, else the newest of the folder.
 * @throws Failure EXIT.usage when there is none
 */
export function chosenJournal(option: string | undefined, configured: string | null): string {
  const path = option ?? configured ?? newestJournal()
  if (!existsSync(path)) throw noJournal(path)
  return path
}

function newestJournal(): string {
  const names = existsSync(JOURNAL_FOLDER) ? readdirSync(JOURNAL_FOLDER) : []
  const files = names.filter((name) => name.endsWith('.jsonl')).map((name) => join(JOURNAL_FOLDER, name))
  const newest = files
    .map((file) => ({ file, changedMs: statSync(file).mtimeMs }))
    .sort((a, b) => b.changedMs - a.changedMs)[0]
  if (!newest) throw noJournal(join(JOURNAL_FOLDER, '*.jsonl'))
  return newest.file
}

function noJournal(path: string): Failure {
  return new Failure(
    EXIT.usage,
    `there is no journal ${path}: start the trader with optionlake paper run, or name one with --journal`,
  )
}
