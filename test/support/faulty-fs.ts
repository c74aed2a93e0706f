/**
 * Loaded before a writer (`node --import`), it injects a file error or a kill at a chosen call, without a tracer. The
 * parent process names the call over the channel, counted from that message, and may ask whether the fault has occurred.
 * Every message is answered, so that the order in which two pipes are read does not matter. Only calls through
 * node:fs/promises are seen; strace is needed for what Polars and DuckDB write themselves.
 */
import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** A fault at the `nth` call from now on. */
export interface FaultOrder {
  readonly nth: number
  readonly effect: 'kill' | 'EIO' | 'ENOSPC'
}

/** Asks at which call the last order took effect. */
export interface FaultQuestion {
  readonly ask: 'struck'
}

/** The name of the call; null when the fault has not occurred. */
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
  const request = message as FaultOrder | FaultQuestion
  if (!('ask' in request)) {
    order = request
    calls = 0
    struck = null
  }
  process.send?.({ struck } satisfies FaultAnswer)
})
// A channel with a listener would keep the process alive.
process.channel?.unref()
