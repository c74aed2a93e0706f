import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'

const ENDING = '.jsonl'

/**
 * The files of step records that an argument means, by name: one file, all files of a folder, or those whose names match a
 * pattern with `*`, such as `data/raw/normal_market_qty_100_*`.
 * @throws Failure EXIT.usage when there is none.
 */
export function selectRuns(selection: string): string[] {
  const kind = kindOf(selection)
  if (kind === 'file') return [selection]
  const folder = kind === 'folder' ? selection : dirname(selection)
  const pattern = kind === 'folder' ? /^/ : patternOf(basename(selection))
  const isPattern = kind === 'folder' || basename(selection).includes('*')
  const names = isPattern ? namesIn(folder).filter((name) => name.endsWith(ENDING) && pattern.test(name)) : []
  if (names.length > 0) return names.sort().map((name) => join(folder, name))
  throw new Failure(
    EXIT.usage,
    `${selection} names no file of step records: give a ${ENDING} file, a folder, or a pattern in quotes such as 'data/raw/normal_market_passive_*'`,
  )
}

function kindOf(path: string): 'file' | 'folder' | null {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return null
  return found.isDirectory() ? 'folder' : 'file'
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure(EXIT.usage, `the folder ${folder} cannot be read (${code}): check the path`, error)
  }
}

function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
