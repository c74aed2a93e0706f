import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const CALLS = [
  'copyFile',
  'link',
  'mkdir',
  'open',
  'readFile',
  'readdir',
  'rename',
  'rm',
  'stat',
  'symlink',
  'unlink',
  'writeFile',
] as const
const HANDLE_CALLS = ['sync', 'utimes', 'write', 'writeFile'] as const

type AsyncFunction = (...args: unknown[]) => Promise<unknown>

/**
 * Runs work whose file calls all fail from the n-th on, so that not even its clean-up changes anything: the disk is
 * afterwards as if the process had been killed at that call. Only calls through node:fs/promises are seen.
 * @returns the number of calls, and what the work threw.
 */
export async function withDeadDisk(
  nth: number,
  work: () => Promise<unknown>,
): Promise<{ readonly calls: number; readonly error: unknown }> {
  let calls = 0
  const undo: (() => void)[] = []
  const wrap = (target: object, names: readonly string[]) => {
    const functions = target as Record<string, AsyncFunction>
    for (const name of names) {
      const real = functions[name] as AsyncFunction
      functions[name] = async function (this: unknown, ...args) {
        if (++calls >= nth)
          throw Object.assign(new Error(`EIO: injected, ${name}`), { code: 'EIO', errno: -5 })
        return real.apply(this, args)
      }
      undo.push(() => {
        functions[name] = real
      })
    }
  }
  const handle = await promises.open(process.execPath, 'r')
  wrap(Object.getPrototypeOf(handle), HANDLE_CALLS)
  await handle.close()
  wrap(promises, CALLS)
  syncBuiltinESMExports()
  try {
    await work()
    return { calls, error: null }
  } catch (error) {
    return { calls, error }
  } finally {
    for (const restore of undo) restore()
    syncBuiltinESMExports()
  }
}
