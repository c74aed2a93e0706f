import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createNotifier, feedWatchdog } from '../../src/daemon/systemd.ts'
import { systemClock } from '../../src/market/clock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'optionlake-notify-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

/** A program `systemd-notify` on the PATH that records its arguments. */
function environment(own: Record<string, string> = {}) {
  const file = join(folder, 'notifications')
  const program = join(folder, 'systemd-notify')
  writeFileSync(file, '')
  writeFileSync(program, `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${file}\n`)
  chmodSync(program, 0o755)
  const env = { NOTIFY_SOCKET: '/run/notify', PATH: `${folder}:/usr/bin:/bin`, ...own }
  return { env, notifications: () => readFileSync(file, 'utf8').trim().split('\n') }
}

test('outside a service there is no notifier', () => {
  expect(createNotifier({ PATH: '/usr/bin' })).toBeNull()
})

test('the service manager is notified when the program is ready and when it stops', async () => {
  const { env, notifications } = environment()
  const notifier = createNotifier(env)
  await notifier?.ready('collecting\n  SPY')
  await notifier?.stopping()
  expect(notifier?.watchdogMs).toBeNull()
  expect(notifications()).toEqual([
    '/run/notify --ready --status=collecting SPY',
    '/run/notify STOPPING=1 --status=stopping: storing what has arrived',
  ])
})

test('the watchdog is notified three times in its time, and not while nothing advances', async () => {
  const { env, notifications } = environment({ WATCHDOG_USEC: '150000', WATCHDOG_PID: String(process.pid) })
  const notifier = createNotifier(env)
  if (!notifier) throw new Error('no notifier')
  const stopping = new AbortController()
  let isStuck = false
  const fed = feedWatchdog(notifier, {
    clock: systemClock,
    signal: stopping.signal,
    alive: () => (isStuck ? null : 'well'),
    onError: (error) => {
      throw error
    },
  })
  await expect.poll(() => notifications().length).toBeGreaterThanOrEqual(3)
  isStuck = true
  await systemClock.sleep(150)
  const before = notifications().length
  await systemClock.sleep(300)
  expect(notifications()).toHaveLength(before)
  expect(notifications()[0]).toBe('/run/notify WATCHDOG=1 --status=well')
  stopping.abort(new Error('over'))
  await fed
})

test('a watchdog of another process is not notified', () => {
  const { env } = environment({ WATCHDOG_USEC: '150000', WATCHDOG_PID: '1' })
  expect(createNotifier(env)?.watchdogMs).toBeNull()
})

test('a notification that fails does not end the notifications', async () => {
  const notifier = createNotifier({ NOTIFY_SOCKET: '/run/notify', PATH: folder, WATCHDOG_USEC: '30000' })
  if (!notifier) throw new Error('no notifier')
  const stopping = new AbortController()
  const errors: unknown[] = []
  const fed = feedWatchdog(notifier, {
    clock: systemClock,
    signal: stopping.signal,
    alive: () => 'well',
    onError: (error) => errors.push(error),
  })
  await expect.poll(() => errors.length).toBeGreaterThanOrEqual(2)
  stopping.abort(new Error('over'))
  await fed
})
