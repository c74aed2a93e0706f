import { afterEach, expect, test } from 'vitest'
import { newYorkClock, newYorkInstant, sessionOn } from '../../src/market/calendar.ts'
import { type EpochMs, sessionDate } from '../../src/market/units.ts'
import { startCron } from '../../src/schedule/cron.ts'
import { type SchedulerEvent, type SchedulerOptions, startScheduler } from '../../src/schedule/scheduler.ts'
import { stepOnce } from '../faults/clock-steps.ts'
import { type ManualClock, manualClock } from '../support/manual-clock.ts'

const date = sessionDate('2026-11-18')
const timetable = () => ({ grid: { intervalSeconds: 300, afterClose: false }, symbols: ['SPY'], sessionOn })
let stopping = new AbortController()
afterEach(() => {
  stopping.abort(new Error('test over'))
  stopping = new AbortController()
})

/** A cron that never fires, so that only the watchdog checks. */
const deadCron: typeof startCron = () => ({ stop: () => {} })

function open(clock: ManualClock, own: Partial<SchedulerOptions> = {}) {
  const ran: string[] = []
  const missed: string[] = []
  const events: SchedulerEvent[] = []
  const timeOf = (at: EpochMs) => newYorkClock(at).slice(0, 5)
  const scheduler = startScheduler({
    clock,
    signal: stopping.signal,
    timetable,
    lastHandled: new Map(),
    run: async ({ at }) => void ran.push(timeOf(at)),
    recordMissed: async (slots) => void missed.push(...slots.map(({ at }) => timeOf(at))),
    onEvent: (event) => events.push(event),
    cron: deadCron,
    ...own,
  })
  return { scheduler, ran, missed, events }
}

test('every slot is run once even when cron is dead, and that is reported', async () => {
  const clock = manualClock(newYorkInstant(date, '09:29:50'))
  const { ran, events } = open(clock)
  await clock.advance(16 * 60_000)
  expect(ran).toEqual(['09:30', '09:35', '09:40', '09:45'])
  expect(events.filter(({ kind }) => kind === 'cron_silent').length).toBeGreaterThan(20)
})

test('a cycle that overruns delays the next one, and the slots in between are recorded as missed', async () => {
  const clock = manualClock(newYorkInstant(date, '10:00'))
  let cyclesOpen = 0
  const { ran, missed, scheduler } = open(clock, {
    lastHandled: new Map([['SPY', newYorkInstant(date, '09:55')]]),
    run: async ({ at }) => {
      expect(++cyclesOpen).toBe(1)
      ran.push(newYorkClock(at).slice(0, 5))
      await clock.sleep(at === newYorkInstant(date, '10:00') ? 11 * 60_000 : 1_000)
      cyclesOpen--
    },
  })
  await clock.advance(60_000)
  expect(scheduler.state()).toMatchObject({ running: { at: newYorkInstant(date, '10:00') } })
  await clock.advance(14 * 60_000)
  expect(ran).toEqual(['10:00', '10:10', '10:15'])
  expect(missed).toEqual(['10:05'])
})

test('a missed slot that could not be recorded is recorded later and does not delay the next one', async () => {
  const clock = manualClock(newYorkInstant(date, '10:01'))
  let diskFull = true
  const missed: number[] = []
  const { ran, scheduler, events } = open(clock, {
    lastHandled: new Map([['SPY', newYorkInstant(date, '09:45')]]),
    recordMissed: async (slots) => {
      if (diskFull) throw new Error('ENOSPC')
      missed.push(...slots.map(({ at }) => at))
    },
  })
  await clock.advance(20_000)
  expect(ran).toEqual(['10:00'])
  expect(scheduler.state().unrecorded).toBe(2)
  expect(events.some((event) => event.kind === 'failed' && event.what === 'record')).toBe(true)
  diskFull = false
  await clock.advance(10_000)
  expect(missed).toEqual([newYorkInstant(date, '09:50'), newYorkInstant(date, '09:55')])
  expect(scheduler.state().unrecorded).toBe(0)
})

test('a cycle that throws is reported and not run again', async () => {
  const clock = manualClock(newYorkInstant(date, '10:00'))
  const { events, scheduler } = open(clock, { run: () => Promise.reject(new Error('no lake')) })
  await clock.advance(4 * 60_000)
  expect(events.filter((event) => event.kind === 'failed')).toHaveLength(1)
  expect(scheduler.state().running).toBeNull()
})

test('stopping waits for the running cycle and starts no other', async () => {
  const clock = manualClock(newYorkInstant(date, '10:00'))
  const { ran, scheduler } = open(clock, {
    run: async () => {
      await clock.sleep(60_000)
      ran.push('done')
    },
  })
  await clock.advance(10_000)
  stopping.abort(new Error('stop'))
  let ended = false
  void scheduler.done.then(() => {
    ended = true
  })
  await clock.advance(30_000)
  expect([ended, ran]).toEqual([false, []])
  await clock.advance(30_000)
  expect([ended, ran]).toEqual([true, ['done']])
})

test.each([
  [1, 'right'],
  [-1, 'right'],
  [24, 'moved'],
  [-24, 'absent'],
  [-24, 'silent'],
] as const)(
  'a clock set by %i h while the gateway is %s costs no slot and repeats none',
  async (hours, gateway) => {
    const result = await stepOnce({ stepMs: hours * 3_600_000, gateway, at: '10:07' })
    expect(result).toMatchObject({ ranTwice: 0, lost: 0, stepsLogged: 2 })
    expect(result.decidedAfterSeconds).toBeLessThanOrEqual(60)
  },
)

test('node-cron fires every second until it is stopped', async () => {
  let fired = 0
  const cron = startCron(1, () => fired++)
  await new Promise((resolve) => setTimeout(resolve, 2_300))
  cron.stop()
  const before = fired
  expect(before).toBeGreaterThanOrEqual(2)
  await new Promise((resolve) => setTimeout(resolve, 1_200))
  expect(fired).toBe(before)
})
