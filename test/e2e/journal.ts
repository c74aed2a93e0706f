import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Size of the journal of the running cycle, which grows with every quote. */
export function journalBytes(lake: string): number {
  const folder = join(lake, '.state', 'spool')
  const names = existsSync(folder) ? readdirSync(folder) : []
  return names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}
