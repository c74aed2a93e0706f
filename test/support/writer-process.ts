import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

/** What a writer says, a line each. */
export type WriterEvent =
  | { readonly event: 'ready' }
  /** `next`: the operation it will do; `cleared`: files of an earlier writer that it cleared away. */
  | { readonly event: 'open'; readonly next: number; readonly cleared: number }
  | { readonly event: 'stored'; readonly op: number }
  /** `days`: of one symbol, that are now one file. */
  | { readonly event: 'compacted'; readonly days: number }
  | { readonly event: 'failed'; readonly exitCode: number; readonly message: string }

export interface WriterEnd {
  /** Null where a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stderr: string
}

/** A writing process. */
export interface Writer {
  readonly child: ChildProcess
  readonly ended: Promise<WriterEnd>
  /** The next thing it says; null once it has ended. */
  heard(): Promise<WriterEvent | null>
  /** Says a word to a stepped writer and waits for the answer. */
  order(word: string): Promise<WriterEvent | null>
  /** Every operation that it acknowledged so far, the highest; −1 while there is none. */
  acknowledged(): number
  /** Waits until it has acknowledged so many operations, or has ended. */
  storedCount(count: number): Promise<void>
  /** kill -9, and waits until it is gone and all it said was heard. */
  kill(): Promise<WriterEnd>
}

export interface WriterOptions {
  /** Folder of the compiled programs. */
  readonly programs: string
  readonly folder: string
  readonly stepped?: boolean
  /** Prefix of the temporary and data file names, for names that repeat. */
  readonly names?: string
  /** How long replaced files and covered commits stay; seconds. */
  readonly retentionSeconds?: number
  /** A module of the same folder that is loaded before the program, and can be sent messages. */
  readonly preload?: string
}

/** Kept of what a writer says on standard error: the first lines name the fault. */
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
    // One thread for the file system: its calls then come in one order.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  })
  const events: WriterEvent[] = []
  const waiting: ((event: WriterEvent | null) => void)[] = []
  const counting: { readonly count: number; readonly done: () => void }[] = []
  let acknowledged = -1
  let stored = 0
  let over = false
  let stderr = ''
  // A writer that is gone cannot be told anything; `ended` says so.
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
  const heard = async () =>
    events.shift() ?? (over ? null : new Promise<WriterEvent | null>((done) => waiting.push(done)))
  return {
    child,
    ended,
    heard,
    order: (word) => {
      child.stdin?.write(`${word}\n`)
      return heard()
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

/** Waits for a certain event; throws with what the writer said when something else comes. */
export async function expectEvent<Name extends WriterEvent['event']>(
  writer: Writer,
  name: Name,
  event: WriterEvent | null | Promise<WriterEvent | null> = writer.heard(),
): Promise<Extract<WriterEvent, { event: Name }>> {
  const heard = await event
  if (heard?.event === name) return heard as Extract<WriterEvent, { event: Name }>
  const said = heard ? JSON.stringify(heard) : `it ended: ${(await writer.ended).stderr}`
  throw new Error(`the writer should have said "${name}": ${said}`)
}
