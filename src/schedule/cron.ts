import { createTask } from 'node-cron'

export interface Cron {
  stop(): void
}

/**
 * Calls `check` at every multiple of `seconds` within the minute; `seconds` must divide 60. It does not decide what
 * is due, because node-cron stops firing when the clock steps back, and skips the hour that is repeated in autumn.
 */
export function startCron(seconds: number, check: () => void): Cron {
  const task = createTask(`*/${seconds} * * * * *`, () => check(), { suppressMissedWarning: true })
  void task.start()
  return { stop: () => void task.destroy() }
}
