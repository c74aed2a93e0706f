import type { ExitCode } from '../../../process/failure.ts'

/** One question about the set-up, and its answer. */
export interface Check {
  readonly name: string
  readonly status: 'ok' | 'warn' | 'fail'
  /** What was found, with its numbers. */
  readonly found: string
  /** What to do; empty if it is ok. */
  readonly advice: string
  /** The exit code of the command if this check fails. */
  readonly exitCode?: ExitCode
}

export function passed(name: string, found: string): Check {
  return { name, status: 'ok', found, advice: '' }
}

export function warning(name: string, found: string, advice: string): Check {
  return { name, status: 'warn', found, advice }
}

export function failed(name: string, found: string, advice: string, exitCode?: ExitCode): Check {
  return { name, status: 'fail', found, advice, ...(exitCode !== undefined && { exitCode }) }
}

/** Whether an answer is a check: one that failed, because there was no answer. */
export function isCheck<T extends object>(answer: T | Check): answer is Check {
  return 'advice' in answer
}
