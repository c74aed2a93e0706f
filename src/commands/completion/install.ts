import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'
import { EXIT, Failure } from '../../process/failure.ts'
import { makeFolderSync } from '../../process/make-folder.ts'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

type Environment = Readonly<Record<string, string | undefined>>

export interface Installed {
  readonly path: string
  /** False if the same script was there already. */
  readonly changed: boolean
  /** What the user still has to do, and what a new shell does by itself. */
  readonly advice: string
}

/** Writes the script where the shell looks for those of a user. No start-up file of the shell is touched. */
export function installCompletion(shell: Shell, script: string, environment: Environment): Installed {
  const path = scriptPath(shell, environment)
  const changed = !existsSync(path) || readFileSync(path, 'utf8') !== script
  try {
    if (changed) {
      makeFolderSync(dirname(path))
      writeFileSync(path, script)
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new Failure(
      EXIT.cannotCreate,
      `${path} cannot be written (${code}): print the script instead`,
      error,
    )
  }
  return { path, changed, advice: adviceOf(shell, path) }
}

/** The shell that $SHELL names. */
export function shellOf({ SHELL = '' }: Environment): Shell {
  const shell = SHELLS.find((one) => SHELL.endsWith(`/${one}`))
  if (shell) return shell
  throw new Failure(
    EXIT.usage,
    `the shell "${SHELL}" is none of bash, zsh, fish: name one: optionlake completion install bash`,
  )
}

function scriptPath(shell: Shell, environment: Environment): string {
  const home = environment.HOME || homedir()
  const folder = (name: string, usual: string) => {
    const set = environment[name]
    return set !== undefined && isAbsolute(set) ? set : join(home, usual)
  }
  if (shell === 'fish') return join(folder('XDG_CONFIG_HOME', '.config'), 'fish/completions/optionlake.fish')
  const data = folder('XDG_DATA_HOME', '.local/share')
  if (shell === 'zsh') return join(data, 'zsh/site-functions/_optionlake')
  const own = environment.BASH_COMPLETION_USER_DIR
  return join(own && isAbsolute(own) ? own : join(data, 'bash-completion'), 'completions/optionlake')
}

function adviceOf(shell: Shell, path: string): string {
  if (shell === 'fish') return 'new shells of fish use it'
  if (shell === 'bash') {
    return `new shells of Bash use it where the package bash-completion is installed; elsewhere add to ~/.bashrc: source ${path}`
  }
  return `add to ~/.zshrc before compinit: fpath=(${dirname(path)} $fpath)`
}
