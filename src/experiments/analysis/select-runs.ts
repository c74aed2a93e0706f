import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'

const ENDING = '.jsonl'

/**
 * The files of step records that an argument means, by name: one file, all files of a folder, or those whose names match a
 * pattern with `*`, such as `data/raw/normal_market_qty_100_*`.
 * @param option the one that names another folder, if the command has one
 * @throws Failure EXIT.usage when there is none, EXIT.io when a folder cannot be read
 */
export function selectRuns(selection: string, option: string | null = null): string[] {
  const found = kindOf(selection)
  if (found === 'file') return [selection]
  const isPattern = found === null && basename(selection).includes('*')
  const folder = isPattern ? dirname(selection) : selection
  if (found === null && (!isPattern || kindOf(folder) !== 'folder'))
    throw noRuns(selection, option, 'it is not there')
  const pattern = isPattern ? patternOf(basename(selection)) : /^/
  const names = namesIn(folder).filter((name) => name.endsWith(ENDING) && pattern.test(name))
  if (names.length > 0) return names.sort().map((name) => join(folder, name))
  throw noRuns(selection, option, isPattern ? 'no file has such a name' : `no file ends with ${ENDING}`)
}

/** The file of step records that an argument names. @throws Failure EXIT.usage when it is none. */
export function selectRun(path: string): string {
  const found = kindOf(path)
  if (found === 'file') return path
  throw new Failure(
    EXIT.usage,
    found === null
      ? `no run in ${path} (it is not there): make one with optionlake experiment run, or name another file`
      : `no run in ${path} (it is a folder): name one file of it`,
  )
}

function noRuns(selection: string, option: string | null, why: string): Failure {
  const other =
    option === null ? 'name another file, folder or pattern' : `name another folder with ${option}`
  return new Failure(
    EXIT.usage,
    `no runs in ${selection} (${why}): make some with optionlake experiment run, or ${other}`,
  )
}

function kindOf(path: string): 'file' | 'folder' | null {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return null
    throw cannotRead(path, error)
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    throw cannotRead(folder, error)
  }
}

function cannotRead(path: string, error: unknown): Failure {
  const { code = null } = error as NodeJS.ErrnoException
  return new Failure(EXIT.io, `${path} cannot be read (${code}): check who may read it`, error, code)
}

function patternOf(text: string): RegExp {
  const parts = text.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`)
}
