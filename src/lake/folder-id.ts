import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'

/**
 * Tells a lake's folder from every other on this machine, under whatever path (symbolic links, bind mounts), and does
 * not give its path away. Null if it cannot be looked at.
 */
export async function folderIdOf(folder: string): Promise<string | null> {
  const found = await stat(folder, { bigint: true }).catch(() => null)
  if (found === null) return null
  return createHash('sha256').update(`${found.dev}:${found.ino}`).digest('hex').slice(0, 32)
}
