import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** One line of a writer's output. */
export type WriterEvent =
  | { readonly event: 'ready' }
  /** `next`: its next operation; `cleared`: files of an earlier writer that it removed. */
  | { readonly event: 'open'; readonly next: number; readonly cleared: number }
  | { readonly event: 'stored'; readonly op: number }
  /** `days`: days of one symbol that were merged into one file. */
  | { readonly event: 'compacted'; readonly days: number }
  | { readonly event: 'failed'; readonly exitCode: number; readonly message: string }

export interface WriterEnd {
  /** Null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

/** A process that writes a lake. */
export interface Writer {
  readonly child: ChildProcess
  readonly ended: Promise<WriterEnd>
  /** The next event; null once it has ended. */
  next(): Promise<WriterEvent | null>
  /** Sends a command to a stepped writer and waits for the answer. */
  order(command: string): Promise<WriterEvent | null>
  /** The highest operation acknowledged so far; −1 for none. */
  acknowledged(): number
  /** Waits until it has acknowledged `count` operations or has ended. */
  storedCount(count: number): Promise<void>
  /** Sends SIGKILL, and waits until it has ended and all its output was read. */
  kill(): Promise<WriterEnd>
}

export interface WriterOptions {
  /** Folder of the compiled programs. */
  readonly programs: string
  readonly folder: string
  readonly stepped?: boolean
  /** Prefix of temporary and data file names, so that they are the same in every run. */
  readonly names?: string
  /** How long replaced files and covered commits are kept, seconds. */
  readonly retentionSeconds?: number
  /** A module of the same folder that is loaded before the program and receives messages. */
  readonly preload?: string
}

/** Characters kept of standard error: the first lines name the fault. */
const STDERR_CHARACTERS = 4_000

export function startWriter(options: WriterOptions): Writer {
  const { programs, folder, stepped, names, retentionSeconds, preload } = options
  const args = [
    ...(preload === undefined ? [] : ['--import', resolve(programs, preload)]),
    resolve(programs, 'writer-program.js'),
    folder,
    ...(stepped ? ['--stepped'] : []),
    ...(retentionSeconds === undefined ? [] : ['--retention', String(retentionSeconds)]),
    ...(names === undefined ? [] : ['--names', names]),
  ]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'pipe', ...(preload === undefined ? [] : ['ipc' as const])],
    // One thread for file calls, so that their order is always the same.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  const events: WriterEvent[] = []
  const waiting: ((event: WriterEvent | null) => void)[] = []
  const counting: { readonly count: number; readonly done: () => void }[] = []
  let acknowledged = -1
  let stored = 0
  let over = false
  let stderr = ''
  // Writing to a writer that has ended fails; `ended` reports it.
  child.stdin?.on('error', () => {})
  child.stderr?.on('data', (data) => {
    stderr = (stderr + data).slice(0, STDERR_CHARACTERS)
  })
  const lines = createInterface({ input: child.stdout as Readable })
  lines.on('line', (line) => {
    const event = JSON.parse(line) as WriterEvent
    if (event.event === 'stored') {
      acknowledged = Math.max(acknowledged, event.op)
      stored++
      for (const { count, done } of counting) if (count <= stored) done()
    }
    const listener = waiting.shift()
    if (listener) listener(event)
    else if (stepped || event.event === 'open') events.push(event)
  })
  const ended = once(child, 'close').then(([code, signal]): WriterEnd => {
    over = true
    for (const listener of waiting.splice(0)) listener(null)
    return { code, signal, stderr }
  })
  const next = async () =>
    events.shift() ?? (over ? null : new Promise<WriterEvent | null>((done) => waiting.push(done)))
  return {
    child,
    ended,
    next,
    order: (command) => {
      child.stdin?.write(`${command}\n`)
      return next()
    },
    acknowledged: () => acknowledged,
    storedCount: async (count) => {
      if (stored < count)
        await Promise.race([ended, new Promise<void>((done) => counting.push({ count, done }))])
    },
    kill: () => {
      child.kill('SIGKILL')
      return ended
    },
  }
}

/** Waits for an event of that name; throws when another one comes. */
export async function expectEvent<Name extends WriterEvent['event']>(
  writer: Writer,
  name: Name,
  event: WriterEvent | null | Promise<WriterEvent | null> = writer.next(),
): Promise<Extract<WriterEvent, { event: Name }>> {
  const received = await event
  if (received?.event === name) return received as Extract<WriterEvent, { event: Name }>
  const got = received ? JSON.stringify(received) : `the end: ${(await writer.ended).stderr}`
  throw new Error(`expected "${name}" from the writer, got ${got}`)
}
