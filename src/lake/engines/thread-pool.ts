import { stat } from 'node:fs'

const INTERVAL_MS = 500

let users = 0
let timer: NodeJS.Timeout | undefined

/**
 * Works around a glibc bug that can hang a process: a condition variable sometimes loses a wake-up
 * (https://sourceware.org/bugzilla/show_bug.cgi?id=25847; seen with 2.36). A file operation of Node then stays in the
 * thread pool's queue while all of its threads sleep, until another operation wakes one. This function queues a `stat`
 * twice a second to wake them. Its timer does not keep the process alive.
 * @returns a function to call when the lake closes; after the last such call the timer stops.
 */
export function keepThreadPoolAwake(): () => void {
  users++
  timer ??= setInterval(() => stat('/', () => {}), INTERVAL_MS).unref()
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
