import { statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

export const CONFIG_VARIABLE = 'OPTIONLAKE_CONFIG'

/** A configuration file and the folder to which it belongs. */
export interface ConfigFile {
  /** As it was named, or absolute if it was found outside the current folder. */
  readonly path: string
  /** The folder below which lakes are, and to which a relative `lake.folder` of the file refers; null: the current folder. */
  readonly dataFolder: string | null
}

/** Where a program looks for its configuration. */
export interface ConfigSearch {
  /** The value of --config. */
  readonly named: string | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Whether something has this path, readable or not. */
  readonly exists?: (path: string) => boolean
}

/** Of the current folder. It precedes the others, so that a folder can be a lake and its configuration. */
export const LOCAL_FILE = 'config/optionlake.json'
/** The file of the service, and what its lakes are below. */
const SYSTEM: ConfigFile = {
  path: '/etc/optionlake/optionlake.json',
  dataFolder: '/var/lib/optionlake',
}

/**
 * The configuration file: the one that --config names, else the one of the environment variable, else the first of the
 * current folder's, the user's and the machine's that exists; null without one.
 */
export function findConfigFile({ named, environment, exists = isThere }: ConfigSearch): ConfigFile | null {
  const installed = [userFile(environment), SYSTEM]
  const given = named ?? (environment[CONFIG_VARIABLE] || undefined)
  if (given !== undefined) {
    return installed.find(({ path }) => path === resolve(given)) ?? { path: given, dataFolder: null }
  }
  const local = { path: LOCAL_FILE, dataFolder: null }
  return [local, ...installed].find(({ path }) => exists(path)) ?? null
}

/** Of the user, by the XDG base directories, which ignore relative paths. */
function userFile(environment: ConfigSearch['environment']): ConfigFile {
  const home = environment.HOME || homedir()
  const folder = (name: string, usual: string) => {
    const set = environment[name]
    return set !== undefined && isAbsolute(set) ? set : join(home, usual)
  }
  return {
    path: join(folder('XDG_CONFIG_HOME', '.config'), 'optionlake/optionlake.json'),
    dataFolder: join(folder('XDG_DATA_HOME', '.local/share'), 'optionlake'),
  }
}

/** A file that this user may not see counts as there: reading it then fails by name, and defaults do not replace it. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ENOTDIR'
  }
}
