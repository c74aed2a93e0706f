import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LedgerRow } from '../../src/snapshot/ledger.ts'
import { journalBytes } from './journal.ts'
import { answer, start, temporaryFolder } from './program.ts'

const SMALL = {
  OPTIONLAKE_SYMBOLS: 'IWM',
  OPTIONLAKE_UNIVERSE_POLICY: 'plain',
  OPTIONLAKE_HTTP_PORT: '0',
  OPTIONLAKE_SIMULATOR_MESSAGES_PER_SECOND: '150',
}

/** A service manager: a program `systemd-notify` on the PATH that records its arguments. */
function manager() {
  const folder = temporaryFolder()
  const file = join(folder, 'notifications')
  writeFileSync(file, '')
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$*" >> ${file}\n`)
  chmodSync(join(folder, 'systemd-notify'), 0o755)
  const env = {
    ...SMALL,
    NOTIFY_SOCKET: '/run/none',
    WATCHDOG_USEC: '900000',
    PATH: `${folder}:/usr/bin:/bin`,
  }
  return { env, notifications: () => readFileSync(file, 'utf8').trim().split('\n') }
}

test('as a service it reports when it is ready, notifies the watchdog, and on SIGTERM stores what it has', async () => {
  const { env, notifications } = manager()
  const lake = join(temporaryFolder(), 'lake')
  const daemon = start(['run', '--lake', lake], env)
  await daemon.printed(/collecting: embedded simulator, seed 1; lake .*lake; http:\/\/127\.0\.0\.1:\d+/)
  await expect.poll(notifications).toContainEqual(expect.stringMatching(/^WATCHDOG=1/))
  expect(notifications()[0]).toMatch(/^--ready --status=embedded simulator/)
  await expect.poll(() => journalBytes(lake)).toBeGreaterThan(20_000)

  const askedAtMs = performance.now()
  daemon.child.kill('SIGTERM')
  const { code, stderr } = await daemon.ended
  expect(code).toBe(0)
  expect(performance.now() - askedAtMs).toBeLessThan(10_000)
  expect(stderr).toContain('stopping: storing what has arrived')
  expect(notifications().at(-1)).toBe('STOPPING=1 --status=stopping: storing what has arrived')
  const { ledger } = await answer<{ ledger: LedgerRow[] }>(['stats', '--lake', lake])
  // The slots of the session before the start are in the ledger as well.
  const own = ledger.filter(({ reason }) => reason !== 'not_running')
  expect(own).toMatchObject([{ outcome: 'partial', reason: 'stopped' }])
  expect(own[0]?.rows).toBeGreaterThan(10)
}, 60_000)

test('stopped before it has begun, it ends at once and has created nothing', async () => {
  const lake = join(temporaryFolder(), 'lake')
  const daemon = start(['run', '--lake', lake], SMALL)
  daemon.child.kill('SIGTERM')
  await daemon.ended
  expect(daemon.child.signalCode).toBe('SIGTERM')
  await expect(answer(['stats', '--lake', lake])).rejects.toThrow(/exit 78: .*no lake at/)
})
