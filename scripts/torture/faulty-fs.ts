/**
 * Loaded before a writer (`node --import`), it makes the file system fail or the process die at a chosen call, where there
 * is no tracer. A parent says over the channel which call, counted from that moment; it is told when the fault has come.
 * Only calls that go through node:fs/promises are seen: what Polars and DuckDB write themselves is strace's part.
 */
import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** The `nth` call from now on; `null` only counts. */
export interface FaultOrder {
  readonly nth: number
  readonly effect: 'kill' | 'EIO' | 'ENOSPC'
}

const CALLS = ['open', 'mkdir', 'rename', 'link', 'rm', 'unlink', 'writeFile', 'readFile', 'readdir'] as const
const HANDLE_CALLS = ['writeFile', 'write', 'sync', 'datasync'] as const
const ERRNO = { EIO: -5, ENOSPC: -28 } as const

type AsyncFunction = (...args: unknown[]) => Promise<unknown>

let order: FaultOrder | null = null
let calls = 0

function strike(name: string): void {
  if (order === null || ++calls !== order.nth) return
  const { effect } = order
  order = null
  if (effect === 'kill') process.kill(process.pid, 'SIGKILL')
  process.send?.({ struck: name })
  if (effect !== 'kill') {
    throw Object.assign(new Error(`${effect}: injected, ${name}`), { code: effect, errno: ERRNO[effect] })
  }
}

function wrap(target: object, names: readonly string[]): void {
  const functions = target as Record<string, AsyncFunction>
  for (const name of names) {
    const real = functions[name] as AsyncFunction
    functions[name] = async function (this: unknown, ...args) {
      strike(name)
      return real.apply(this, args)
    }
  }
}

const handle = await promises.open(process.execPath, 'r')
wrap(Object.getPrototypeOf(handle), HANDLE_CALLS)
await handle.close()
wrap(promises, CALLS)
syncBuiltinESMExports()

process.on('message', (message) => {
  order = message as FaultOrder
  calls = 0
})
// A channel that is listened to would keep the process alive.
process.channel?.unref()
