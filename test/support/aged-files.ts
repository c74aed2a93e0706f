import { readdir, utimes } from 'node:fs/promises'
import { join } from 'node:path'

const TWO_DAYS_MS = 2 * 24 * 3_600_000

/** Makes every file below a folder two days old: younger files of a killed writer are left where they are. */
export async function ageFiles(folder: string): Promise<void> {
  const then = new Date(Date.now() - TWO_DAYS_MS)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) await utimes(join(entry.parentPath, entry.name), then, then)
  }
}
