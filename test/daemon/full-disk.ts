import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** From now on nothing new can be written below the folder, as on a full disk. Returns what frees it. */
export function fillDisk(folder: string): () => void {
  const real = promises.open
  promises.open = async (path, flags, mode) => {
    if (String(path).startsWith(folder) && /[wa]/.test(String(flags))) {
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', errno: -28 })
    }
    return real(path, flags, mode)
  }
  syncBuiltinESMExports()
  return () => {
    promises.open = real
    syncBuiltinESMExports()
  }
}
