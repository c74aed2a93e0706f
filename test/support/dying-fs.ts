import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/**
 * Makes this process stop changing files at a chosen call, as if it had been killed there: that call and all later ones
 * fail, so nothing is cleaned up either. Only calls through node:fs/promises count; what Polars writes has a temporary
 * name.
 */
export interface DyingFs {
  /** From the n-th changing call on, 1 for the next one, all calls fail. */
  dieAt(call: number): void
  /** Ends that. Returns whether the call was reached. */
  revive(): boolean
}

const CHANGES = ['mkdir', 'rename', 'link', 'rm', 'unlink', 'writeFile', 'copyFile'] as const
const READS = ['open', 'readFile', 'readdir', 'stat'] as const
const HANDLE_CALLS = ['writeFile', 'sync'] as const

type AsyncFunction = (...args: unknown[]) => Promise<unknown>

let installed: DyingFs | null = null

export async function dyingFs(): Promise<DyingFs> {
  installed ??= await install()
  return installed
}

async function install(): Promise<DyingFs> {
  let left = Number.POSITIVE_INFINITY
  const check = (isChange: boolean) => {
    if (isChange && left > 0) left--
    if (left <= 0) throw Object.assign(new Error('EIO: the process is dead'), { code: 'EIO' })
  }
  const wrap = (target: object, names: readonly string[], isChange: boolean) => {
    const functions = target as Record<string, AsyncFunction>
    for (const name of names) {
      const real = functions[name] as AsyncFunction
      functions[name] = async function (this: unknown, ...args) {
        check(isChange)
        return real.apply(this, args)
      }
    }
  }
  const handle = await promises.open(process.execPath, 'r')
  wrap(Object.getPrototypeOf(handle), HANDLE_CALLS, true)
  await handle.close()
  wrap(promises, CHANGES, true)
  wrap(promises, READS, false)
  syncBuiltinESMExports()
  return {
    dieAt: (call) => {
      left = call
    },
    revive: () => {
      const isDead = left <= 0
      left = Number.POSITIVE_INFINITY
      return isDead
    },
  }
}
