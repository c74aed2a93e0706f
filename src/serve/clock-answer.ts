import { CLOCK_WORDS } from './health/checks.ts'
import type { HealthSnapshot } from './health/snapshot.ts'

/**
 * Whose time an answer uses. Every answer has it: simulated or replayed time must never be taken for the time of day.
 */
export function clockAnswer({ clockSource }: Pick<HealthSnapshot, 'clockSource'>) {
  const artificial = clockSource !== 'machine'
  return { source: clockSource, artificial, words: artificial ? CLOCK_WORDS[clockSource] : null }
}
