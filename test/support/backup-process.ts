import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** One line of the program's output. */
export type BackupEvent =
  | { readonly event: 'ready' }
  | { readonly event: 'done' }
  | { readonly event: 'failed'; readonly exitCode: number; readonly message: string }

/** A process that backs up, restores or upgrades a lake once. */
export interface BackupProcess {
  readonly child: ChildProcess
  /** Waits until it is ready to begin. */
  readonly ready: Promise<void>
  /** Lets a stepped process begin. */
  begin(): void
  /** Its last event once it has ended; null when it was killed. */
  readonly ended: Promise<Extract<BackupEvent, { event: 'done' | 'failed' }> | null>
  kill(): void
}

/** @param args as in the program's comment. */
export function startBackup(
  programs: string,
  args: readonly string[],
  program = 'backup-program.js',
): BackupProcess {
  const child = spawn(process.execPath, [resolve(programs, program), ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    // One thread for file calls, so that their order is always the same.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  let stderr = ''
  let last: BackupEvent | null = null
  let isReady = () => {}
  const ready = new Promise<void>((done) => {
    isReady = done
  })
  // Writing to a process that has ended fails; `ended` reports it.
  child.stdin.on('error', () => {})
  child.stderr.on('data', (data) => {
    stderr += data
  })
  createInterface({ input: child.stdout as Readable }).on('line', (line) => {
    last = JSON.parse(line) as BackupEvent
    if (last.event === 'ready') isReady()
  })
  const ended = once(child, 'close').then(([code, signal]) => {
    isReady()
    if (signal === 'SIGKILL') return null
    if (last?.event === 'done' || last?.event === 'failed') return last
    throw new Error(`the program ended with ${code ?? signal}: ${stderr.slice(0, 4_000)}`)
  })
  return {
    child,
    ready,
    ended,
    begin: () => child.stdin.write('\n'),
    kill: () => void child.kill('SIGKILL'),
  }
}
