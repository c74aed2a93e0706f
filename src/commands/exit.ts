import { CommanderError } from 'commander'
import { RequestRefused, RequestTimedOut, SessionEnded } from '../gateway/session/errors.ts'
import { EXIT, type ExitCode, Failure } from '../process/failure.ts'
import { explainMissingPackage } from '../process/missing-package.ts'
import type { Purpose } from './purpose.ts'

/** The exit code after a command threw, and the message for standard error; null if help was written instead. */
export interface CommandExit {
  readonly code: ExitCode
  readonly message: string | null
}

/** A failure that the user can act on is one line; anything else is a defect and shows its stack. */
export function exitAfter(error: unknown, signal: AbortSignal, purpose: Purpose = 'answer'): CommandExit {
  if (error instanceof CommanderError) return exitAfterParsing(error)
  // Stopped by the user: only rows that could not be stored matter now.
  if (signal.aborted && !(error instanceof Failure && error.exitCode === EXIT.io)) {
    const { message } = signal.reason as Error
    return { code: purpose === 'service' ? EXIT.ok : codeOfSignal(message), message }
  }
  if (error instanceof Failure) return { code: error.exitCode, message: oneLine(error.message) }
  if (error instanceof SessionEnded) return { code: EXIT.unreachable, message: oneLine(error.message) }
  if (error instanceof RequestTimedOut || error instanceof RequestRefused) {
    return { code: EXIT.tryLater, message: oneLine(error.message) }
  }
  const missing = explainMissingPackage(error)
  if (missing !== null) return { code: EXIT.configuration, message: missing }
  return {
    code: EXIT.internal,
    message: `unexpected: ${error instanceof Error ? error.stack : String(error)}`,
  }
}

/** Help and version are thrown too. A suggestion of the parser stands on a line of its own. */
function exitAfterParsing({ exitCode, code, message }: CommanderError): CommandExit {
  if (exitCode === 0) return { code: EXIT.ok, message: null }
  if (code === 'commander.help') return { code: EXIT.usage, message: null }
  const text = message.replace(/^error: /, '').replace(/\n(?=\(Did you mean )/, ' ')
  return { code: EXIT.usage, message: oneLine(text) }
}

const LETTER_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }
/** A word that is longer is no name or path of anybody. */
const MAX_WORD_LENGTH = 1_000

/** One line, whatever values it quotes: what would move or colour text is written as escapes, huge words are cut. */
function oneLine(message: string): string {
  return message
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, escaped)
    .replace(/\S+/g, (word) => (word.length > MAX_WORD_LENGTH ? `${word.slice(0, 100)}…` : word))
}

function escaped(character: string): string {
  const code = character.codePointAt(0) as number
  return LETTER_ESCAPES[character] ?? `\\u${code.toString(16).padStart(4, '0')}`
}

/** What standard error says of a failure; empty if it has said it already. */
export function errorText({ code, message }: CommandExit, json: boolean): string {
  if (!json) return message === null ? '' : `optionlake: ${message}\n`
  if (code === EXIT.ok) return ''
  const error = { exit_code: code, name: exitName(code), message: message ?? 'name a command: see --help' }
  return `${JSON.stringify({ error })}\n`
}

/** The name of an exit code in JSON: the key of `EXIT` in snake_case, such as `try_later`. */
export function exitName(code: ExitCode): string {
  const [name] = Object.entries(EXIT).find(([, one]) => one === code) as [string, ExitCode]
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}

/** The arguments ask for JSON, as far as can be told before they are parsed. */
export function asksForJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end < 0 ? undefined : end).includes('--json')
}

/** The exit code of work that a signal has cut off. */
function codeOfSignal(reason: string): ExitCode {
  return reason.endsWith('SIGTERM') ? EXIT.terminated : EXIT.interrupted
}
