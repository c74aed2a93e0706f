import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createDeltaEnvironment } from '../../interop/python-environment.ts'
import { cannotMeasure } from '../../support/cannot-measure.ts'
import type { Command, ForeignEngine, ForeignRows } from './engine.ts'

const PROGRAM = 'test/faults/foreign/engine.py'
/** How much of the process's standard error is kept. */
const STDERR_CHARACTERS = 5_000

const OPERATIONS: ReadonlySet<Command['op']> = new Set([
  'compact',
  'z_order',
  'vacuum',
  'checkpoint',
  'cleanup',
  'append',
  'delete',
  'update',
  'properties',
  'restore',
])

/** Starts delta-rs in a Python process that runs one command after the other. @throws Failure without Python. */
export async function openDeltaRs(): Promise<ForeignEngine> {
  const environment = await createDeltaEnvironment()
  if (environment.kind === 'missing') throw cannotMeasure(environment.why)
  // The compiled file is in build/test/faults/foreign.
  const program = join(resolve(import.meta.dirname, '../../../..'), PROGRAM)
  const child = spawn(environment.python, [program], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (data) => {
    stderr = (stderr + data).slice(-STDERR_CHARACTERS)
  })
  child.stdin.on('error', () => {})
  const ended = once(child, 'close')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextAnswer = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`the Python process ended: ${stderr.trim()}`)
    return JSON.parse(value)
  }
  await nextAnswer()
  let last: Promise<unknown> = Promise.resolve()
  const request = (command: object): Promise<Record<string, unknown>> => {
    const answer = last.then(async () => {
      child.stdin.write(`${JSON.stringify(command)}\n`)
      const found = await nextAnswer()
      if (found.error !== undefined) throw new Error(String(found.error))
      return found
    })
    last = answer.catch(() => {})
    return answer
  }
  return {
    name: 'delta-rs',
    operations: OPERATIONS,
    run: async (command) => {
      await request(command)
    },
    rows: async (table, version) => (await request({ op: 'rows', table, version })) as unknown as ForeignRows,
    totals: async (table, select) => (await request({ op: 'totals', table, select })).totals as number[],
    close: async () => {
      child.stdin.end()
      await ended
    },
  }
}
