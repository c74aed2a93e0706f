import { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** Makes all further writes below the folder fail, as on a full disk. Returns a function that ends this. */
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
