import { readFileSync } from 'node:fs'
import type { Catalogue } from './description.ts'

/** Written by the build; beside src/main.ts there is none. */
const FILE = new URL('../../commands.json', import.meta.url)

/** The commands as the build has described them; null when the program runs from its sources. */
export function readCatalogue(): Catalogue | null {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8')) as Catalogue
  } catch {
    return null
  }
}
