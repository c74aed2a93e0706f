import { stat } from 'node:fs'

const EVERY_MS = 500

let users = 0
let timer: NodeJS.Timeout | undefined

/**
 * Gives Node's thread pool a trifle to do twice a second, until the returned function is called. Where glibc loses the
 * wake-up of a condition variable (https://sourceware.org/bugzilla/show_bug.cgi?id=25847; seen with 2.36), the pool's
 * threads sleep beside a file operation that waits for them, and only the next one wakes them: a process that awaits
 * nothing else would wait forever. Keeps no process alive.
 */
export function keepThreadPoolAwake(): () => void {
  users++
  timer ??= setInterval(() => stat('/', () => {}), EVERY_MS).unref()
  let ended = false
  return () => {
    if (ended) return
    ended = true
    users--
    if (users > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
