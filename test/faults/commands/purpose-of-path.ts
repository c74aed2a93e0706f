import { PURPOSES, type Purpose } from '../../../src/commands/purpose.ts'

/** What a command is run for, by its names. */
export function purposeOfPath(path: readonly string[]): Purpose {
  return PURPOSES[path.join(' ')] ?? 'answer'
}
