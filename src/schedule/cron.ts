import { createTask } from 'node-cron'

/** Says "look" at every mark of the wall clock. */
export interface Cron {
  stop(): void
}

/**
 * Calls `look` at every multiple of so many seconds of the minute. It only says "look": whether anything is due is
 * decided elsewhere, because node-cron stops firing when the clock steps back and skips the hour that autumn repeats.
 * `seconds` divides 60.
 */
export function startCron(seconds: number, look: () => void): Cron {
  const task = createTask(`*/${seconds} * * * * *`, () => look(), { suppressMissedWarning: true })
  void task.start()
  return { stop: () => void task.destroy() }
}
