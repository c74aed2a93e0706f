/**
 * Loaded before a writer (`node --import`), it makes the file system fail or the process die at a chosen call, where there
 * is no tracer. A parent says over the channel which call, counted from that moment, and may ask whether the fault has
 * come. Every message is answered, so that nothing hangs on which of two pipes is read first.
 * Only calls that go through node:fs/promises are seen: what Polars and DuckDB write themselves is strace's part.
 */
import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** The `nth` call from now on; `null` only counts. */
export interface FaultOrder {
  readonly nth: number
  readonly effect: 'kill' | 'EIO' | 'ENOSPC'
}

/** Asks which call was struck since the last order. */
export interface FaultQuestion {
  readonly ask: 'struck'
}

/** `struck` is the call's name; null where the fault has not come. */
export interface FaultAnswer {
  readonly struck: string | null
}

const CALLS = ['open', 'mkdir', 'rename', 'link', 'rm', 'unlink', 'writeFile', 'readFile', 'readdir'] as const
const HANDLE_CALLS = ['writeFile', 'write', 'sync', 'datasync'] as const
const ERRNO = { EIO: -5, ENOSPC: -28 } as const

type AsyncFunction = (...args: unknown[]) => Promise<unknown>

let order: FaultOrder | null = null
let calls = 0
let struck: string | null = null

function strike(name: string): void {
  if (order === null || ++calls !== order.nth) return
  const { effect } = order
  order = null
  if (effect === 'kill') process.kill(process.pid, 'SIGKILL')
  struck = name
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
  const said = message as FaultOrder | FaultQuestion
  if (!('ask' in said)) {
    order = said
    calls = 0
    struck = null
  }
  process.send?.({ struck } satisfies FaultAnswer)
})
// A channel that is listened to would keep the process alive.
process.channel?.unref()
