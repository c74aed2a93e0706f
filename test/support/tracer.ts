import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cannotMeasure } from './cannot-measure.ts'

/** System calls that change a lake's folder. One that the kernel or libc does not use has no fault points. */
export const CALLS = [
  'openat',
  'write',
  'pwrite64',
  'writev',
  'fsync',
  'fdatasync',
  'rename',
  'renameat2',
  'link',
  'linkat',
  'unlink',
  'symlink',
  'symlinkat',
  'mkdir',
  'rmdir',
  'utimensat',
  'ftruncate',
] as const
export type Call = (typeof CALLS)[number]

/** A fault at the n-th such call of a thread, counted from attaching. */
export interface Fault {
  readonly call: Call
  readonly nth: number
  /** `signal=KILL` ends the process before the call; `error=EIO` makes the call fail. */
  readonly effect: 'signal=KILL' | 'error=EIO' | 'error=ENOSPC'
}

/** strace attached to a process. */
export interface Tracer {
  /** Detaches from the process if it still runs; returns the trace. */
  detach(): Promise<string>
}

/** @throws Failure when strace is missing, with how to install it. */
export function requireTracer(): void {
  if (spawnSync('strace', ['-V']).error) throw cannotMeasure('strace is missing: apt-get install strace')
}

/** Attaches to a process and all its threads, and records its file calls. */
export function watchCalls(pid: number): Promise<Tracer> {
  return attach(pid, ['-e', `trace=${CALLS.join(',')}`])
}

/** Attaches to a process and injects a fault; only calls on one of `paths` count. */
export function inject(pid: number, { call, nth, effect }: Fault, paths: readonly string[]): Promise<Tracer> {
  const only = paths.flatMap((path) => ['-P', path])
  return attach(pid, [...only, '-e', `trace=${call}`, '-e', `inject=${call}:${effect}:when=${nth}`])
}

async function attach(pid: number, args: readonly string[]): Promise<Tracer> {
  const folder = await mkdtemp(join(tmpdir(), 'optionlake-trace-'))
  const output = join(folder, 'calls')
  const child = spawn('strace', ['-f', '-y', '-s', '0', '-o', output, ...args, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(child, 'close')
  let stderr = ''
  await new Promise<void>((done, fail) => {
    child.stderr.on('data', (data) => {
      stderr += data
      if (/attached/.test(stderr)) done()
    })
    void ended.then(() => fail(cannotMeasure(`strace could not attach: ${stderr.trim().split('\n').at(-1)}`)))
  })
  return {
    detach: async () => {
      child.kill('SIGINT')
      await ended
      const text = await readFile(output, 'utf8')
      await rm(folder, { recursive: true })
      return text
    },
  }
}

/** The paths in a trace that are the folder or below it. */
export function pathsBelow(folder: string, trace: string): string[] {
  const named = [...trace.matchAll(/["<](\/[^">]*)[">]/g)].map((match) => match[1] as string)
  return [...new Set(named)].filter((path) => path === folder || path.startsWith(`${folder}/`)).sort()
}

/** Whether a trace shows the injected fault. */
export function wasInjected(trace: string): boolean {
  return /\(INJECTED\)|killed by SIGKILL/.test(trace)
}
