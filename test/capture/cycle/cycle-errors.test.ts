import { expect, test } from 'vitest'
import { DeadlineOver, handleCycleError } from '../../../src/capture/cycle/cycle-errors.ts'
import type { Outage } from '../../../src/capture/session-source.ts'
import { BreakerOpen } from '../../../src/gateway/breaker/breaker.ts'
import { RequestTimedOut, SessionEnded } from '../../../src/gateway/session/errors.ts'
import { NotReady } from '../../../src/gateway/supervisor/state.ts'
import { ioFailure } from '../../../src/lake/delta.ts'
import { epochMs } from '../../../src/market/units.ts'
import { openLog } from '../../../src/process/log.ts'

const OUTAGE: Outage = { reason: 'gateway_restart', detail: 'the gateway restarts every night' }

function handled(error: unknown, { outage = null as Outage | null, stopping = false } = {}) {
  const logged: string[] = []
  const log = Object.assign(openLog('silent'), {
    warn: () => void logged.push('warn'),
    error: () => void logged.push('error'),
  })
  const signal = stopping ? AbortSignal.abort() : new AbortController().signal
  const { reason } = handleCycleError(error, { log, signal, sessions: { outage: () => outage } })
  return [reason, ...logged]
}

const ended = new SessionEnded({ reason: 'connection_lost', message: 'dropped' })
const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
const since = epochMs(0)

test.each([
  ['a deadline', new DeadlineOver(), ['deadline', 'warn']],
  ['an open breaker', new BreakerOpen(1_000, null), ['breaker_open', 'warn']],
  [
    'a gateway that is still connecting',
    new NotReady({ name: 'connecting', since }),
    ['gateway_unreachable', 'warn'],
  ],
  ['a session that ended', ended, ['connection_lost', 'warn']],
  ['a request without an answer', new RequestTimedOut('contracts', 1_000), ['no_chain', 'warn']],
  ['a full disk', ioFailure('write', '/lake', full), ['disk_full', 'error']],
  // Polars has no codes, only text.
  ['a full disk in Polars', ioFailure('write', '/lake', new Error('(os error 28)')), ['disk_full', 'error']],
  ['a broken disk', ioFailure('write', '/lake', new Error('(os error 5)')), ['failed', 'error']],
  ['a defect that mentions ENOSPC', new TypeError('ENOSPC is not a function'), ['failed', 'error']],
])('%s has its reason in the ledger and is logged once', (_, error, expected) => {
  expect(handled(error)).toEqual(expected)
})

test('a known outage of the gateway explains a session that ended', () => {
  expect(handled(ended, { outage: OUTAGE })).toEqual(['gateway_restart', 'warn'])
})

test('an error caused by the stop of the program is recorded as stopped, but not a disk error', () => {
  expect(handled(ended, { stopping: true })).toEqual(['stopped', 'warn'])
  expect(handled(ioFailure('write', '/lake', full), { stopping: true })).toEqual(['disk_full', 'error'])
})
