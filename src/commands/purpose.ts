import type { Command } from 'commander'

/** What a command is run for: it decides what a signal and a closed standard output mean. */
export type Purpose =
  /** What it prints. A closed output ends it with 0, because the reader has all it wants; a signal with 130 or 143. */
  | 'answer'
  /** Files. A closed output does not cut it off; a signal does, with 130 or 143. */
  | 'work'
  /** To serve until it is stopped, which is its proper end: 0. */
  | 'service'

export const PURPOSES: Readonly<Record<string, Purpose>> = {
  demo: 'service',
  run: 'service',
  simulate: 'service',
  exchange: 'service',
  mcp: 'service',
  top: 'service',
  'paper run': 'service',
  'collect-once': 'work',
  backfill: 'work',
  metrics: 'work',
  export: 'work',
  compact: 'work',
  repair: 'work',
  vacuum: 'work',
  backup: 'work',
  restore: 'work',
  'alerts test': 'work',
  'experiment run': 'work',
  'experiment summary': 'work',
  'experiment convert': 'work',
  'experiment report': 'work',
  'paper report': 'work',
}

export function purposeOf(command: Command): Purpose {
  const names: string[] = []
  for (let one = command; one.parent !== null; one = one.parent) names.unshift(one.name())
  const path = names.join(' ')
  // A backtest comes to an end by itself.
  if (path === 'paper run' && command.opts().replay !== undefined) return 'work'
  return PURPOSES[path] ?? 'answer'
}
