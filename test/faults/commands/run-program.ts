import { spawn } from 'node:child_process'
import { EXIT } from '../../../src/process/failure.ts'
import type { OddArguments } from './odd-arguments.ts'
import { faultOf, type Outcome } from './run-in-process.ts'

/** How long a command may take to end once it is asked to, ms. */
const MAX_STOP_MS = 15_000
/** No program can be given longer words, or words with this character. */
const MAX_WORD = 100_000

/** Whether the system can start a program with these words. */
export function canBeStarted({ args, environment }: OddArguments): boolean {
  return [...args, ...Object.values(environment)].every(
    (word) => !word.includes('\0') && word.length < MAX_WORD,
  )
}

/** Runs one command line as a process of its own, and sends it SIGINT after a time. */
export function runProgram(
  main: string,
  { args, environment }: OddArguments,
  stopAfterMs: number,
): Promise<Outcome> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => {
    errors = (errors + data.toString()).slice(0, 100_000)
  })
  const stop = setTimeout(() => child.kill('SIGINT'), stopAfterMs)
  let hasHung = false
  const hang = setTimeout(() => {
    hasHung = true
    child.kill('SIGKILL')
  }, stopAfterMs + MAX_STOP_MS)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(stop)
      clearTimeout(hang)
      if (hasHung) return resolve({ code: -1, fault: 'did not end within 15 s of being stopped' })
      const last = errors.trimEnd().split('\n').at(-1) ?? ''
      const message = code === EXIT.ok || code === null ? null : last
      const fault = code === null ? `ended by ${signal}` : faultOf(code, message, errors)
      resolve({ code: code ?? -2, fault })
    })
  })
}
